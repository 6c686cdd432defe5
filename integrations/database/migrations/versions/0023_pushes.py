"""Which wallets were to ask for the money of bills."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pushes",
        sa.Column("bill_id", sa.Text, sa.ForeignKey("bills.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("wallet", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("is_asked", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("number > 0", name="pushes_count_from_one"),
    )
    op.create_index("pushes_by_effect", "pushes", ["effect"])
