"""What agents confirm on the pages of their menu, and what they file in their own name."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_orders", sa.Column("channel", sa.Text, nullable=False, server_default="sms"))
    op.create_table(
        "agent_intents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("number_id", sa.Text, nullable=False),
        sa.Column("bill_id", sa.Text, sa.ForeignKey("bills.id"), nullable=False),
        sa.Column("order_id", sa.Text, nullable=True, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.CheckConstraint("(kind = 'pay') = (order_id IS NOT NULL)", name="agent_intents_pay_an_order"),
    )
    op.create_table(
        "agent_filings",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("number_id", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("attests", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("agent_filings_by_agent", "agent_filings", ["agent", "at"])
