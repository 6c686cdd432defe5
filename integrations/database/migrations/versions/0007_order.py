"""When a job was added, so that what a citizen is told comes in order; jobs from before count as the oldest."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("added_at", sa.BigInteger, nullable=False, server_default="0"))
