"""What looks odd of agents, complaints about them, and what points may take in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_alerts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("week", sa.Date, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger, nullable=True),
        sa.Column("settled_by", sa.Text, nullable=False),
    )
    op.create_index("agent_alerts_by_week", "agent_alerts", ["week", "id"])
    op.create_index("agent_alerts_by_settling", "agent_alerts", ["settled_at", "id"])
    op.create_table(
        "agent_complaints",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("agent_complaints_by_agent", "agent_complaints", ["agent", "at"])
    op.create_table(
        "point_caps",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("payments", sa.Integer, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=True),
        sa.CheckConstraint("amount_minor > 0 AND payments > 0", name="point_caps_are_of_something"),
        sa.CheckConstraint("state <> 'approved' OR decided_by <> asked_by", name="point_caps_take_two"),
    )
    op.create_index("point_caps_by_point", "point_caps", ["point", "state", "decided_at"])
    op.create_index("point_caps_by_state", "point_caps", ["state", "asked_at"])
    op.create_index("agents_by_point", "agents", ["point", "code"])
    op.create_index("agent_orders_by_agent", "agent_orders", ["agent", "made_at"])
    op.create_index("agent_orders_by_time", "agent_orders", ["made_at"])
