"""Checks of who somebody is by a one-time code, and how often codes were sent and tried."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("verified_at", sa.BigInteger, nullable=True),
        sa.Column("verified_by", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("waiting", sa.LargeBinary, nullable=True),
    )
    op.create_index("checks_by_number", "checks", ["number_hash", "opened_at"])
    op.create_index("checks_by_time", "checks", ["opened_at"])
    op.create_table(
        "check_counts",
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("subject_hash", sa.LargeBinary, primary_key=True),
        sa.Column("since", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("check_counts_by_time", "check_counts", ["since"])
