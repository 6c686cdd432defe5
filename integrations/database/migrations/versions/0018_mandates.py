"""What citizens let agents do for them, and the codes of printed sheets."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("number_id", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("msisdn", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("means", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=True),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.CheckConstraint("(state = 'used') = (request_id <> '')", name="mandates_are_used_by_a_request"),
    )
    op.create_index("mandates_by_number", "mandates", ["number_hash", "asked_at"])
    op.create_index("mandates_by_time", "mandates", ["asked_at"])
    op.create_table(
        "sheet_codes",
        sa.Column("number_hash", sa.LargeBinary, primary_key=True),
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("spent_at", sa.BigInteger, nullable=True),
    )
    op.create_index("sheet_codes_by_time", "sheet_codes", ["made_at"])
    op.add_column("requests", sa.Column("mandate", sa.Text, nullable=False, server_default=""))
