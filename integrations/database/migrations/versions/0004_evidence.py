"""Which exchange with an office led to a move of a request."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request_history", sa.Column("evidence", sa.Text, nullable=False, server_default=""))
