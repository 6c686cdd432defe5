"""What waits: jobs by priority, requests that are looked at again, and what texts cost and became."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Jobs from before are work; what they tell a citizen is told among it.
    op.add_column("jobs", sa.Column("priority", sa.Integer, nullable=False, server_default="1"))
    op.add_column("jobs", sa.Column("slot_at", sa.BigInteger, nullable=True))
    op.drop_index("jobs_by_due", "jobs")
    op.create_index("jobs_by_due", "jobs", ["state", "priority", "due_at"])

    op.add_column("requests", sa.Column("look_at", sa.BigInteger, nullable=True))
    op.execute("UPDATE requests SET look_at = 0 WHERE status NOT IN ('done', 'rejected')")
    op.create_index("requests_by_look", "requests", ["look_at", "id"])

    op.add_column("sms", sa.Column("number_hash", sa.LargeBinary, nullable=True))
    op.add_column("sms", sa.Column("kind", sa.Text, nullable=False, server_default=""))
    op.add_column("sms", sa.Column("parts", sa.Integer, nullable=False, server_default="1"))
    op.create_index("sms_by_status", "sms", ["status", "changed_at"])
    op.create_index("sms_by_number", "sms", ["number_hash"])

    op.create_table(
        "sms_spent",
        sa.Column("since", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("parts", sa.Integer, nullable=False),
    )
    op.create_table(
        "silenced",
        sa.Column("number_hash", sa.LargeBinary, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rates",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("next_at", sa.BigInteger, nullable=False),
    )
