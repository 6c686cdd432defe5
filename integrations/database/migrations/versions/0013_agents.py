"""Agents, their numbers, what they were asked to confirm and what two clerks decide; balances kept beside entries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEPT = "the books are only ever added to"


def upgrade() -> None:
    _agents()
    _balances()
    # Of bills that were made before there were agents, nobody gets a commission.
    priced = sa.CheckConstraint("commission_minor BETWEEN 0 AND charge_minor", "bills_commission")
    op.add_column("bills", sa.Column("commission_minor", sa.BigInteger, priced, nullable=False, server_default="0"))
    op.create_index("payments_by_wallet", "payments", ["wallet", "at"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER bills_commission_kept BEFORE UPDATE OF commission_minor ON bills "
            "FOR EACH ROW EXECUTE FUNCTION books_kept()"
        )
        op.execute("CREATE TRIGGER balances_kept BEFORE DELETE ON balances FOR EACH ROW EXECUTE FUNCTION books_kept()")
    else:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f"CREATE TRIGGER bills_commission_kept BEFORE UPDATE OF commission_minor ON bills {refuse}")
        op.execute(f"CREATE TRIGGER balances_kept BEFORE DELETE ON balances {refuse}")


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("day_payments", sa.Integer, nullable=False),
        sa.Column("day_minor", sa.BigInteger, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("stated", sa.Text, nullable=False),
    )
    op.create_table(
        "agent_numbers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("msisdn", sa.LargeBinary, nullable=False),
        sa.Column("activation", sa.LargeBinary, nullable=True),
        sa.Column("invited_until", sa.BigInteger, nullable=False),
        sa.Column("active_at", sa.BigInteger, nullable=True),
        sa.Column("usable_at", sa.BigInteger, nullable=True),
        sa.Column("removed_at", sa.BigInteger, nullable=True),
    )
    # A number is of one agent at a time; those that were removed stay for disputes.
    there = sa.text("removed_at IS NULL")
    op.create_index(
        "agent_numbers_of_one", "agent_numbers", ["number_hash"], unique=True,
        sqlite_where=there, postgresql_where=there,
    )  # fmt: skip
    op.create_index("agent_numbers_by_agent", "agent_numbers", ["agent"])
    op.create_table(
        "agent_orders",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("number_id", sa.Text, nullable=False),
        sa.Column("bill_id", sa.Text, sa.ForeignKey("bills.id"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("float_minor", sa.BigInteger, nullable=False),
    )
    op.create_index("agent_orders_by_number", "agent_orders", ["number_id", "made_at"])
    op.create_index("agent_orders_by_bill", "agent_orders", ["bill_id", "agent"])
    op.create_table(
        "agent_proposals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.code"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("payments", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=True),
        sa.CheckConstraint("amount_minor > 0", "agent_proposals_are_of_something"),
        sa.CheckConstraint("state <> 'approved' OR decided_by <> asked_by", "agent_proposals_take_two"),
    )
    op.create_index("agent_proposals_by_state", "agent_proposals", ["state", "asked_at"])


def _balances() -> None:
    """No float is ever below zero: the database says so too, whatever the code does."""
    op.create_table(
        "balances",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount_minor >= 0 OR account NOT LIKE 'agent:%:float'", "balances_of_floats"),
    )
