"""Work lists of offices without a system, and the clerks who may see them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("promised_at", sa.BigInteger, nullable=False),
        sa.Column("assignee", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("escalated_at", sa.BigInteger, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
    )
    op.create_index("tasks_by_promise", "tasks", ["closed_at", "promised_at", "id"])
    op.create_index("tasks_by_request", "tasks", ["request_id", "stage"])
    op.create_table(
        "clerks",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("added_at", sa.BigInteger, nullable=False),
    )
