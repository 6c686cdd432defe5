"""How often a job's lease ran out in a row; an index for beginnings of ids, whatever the locale sorts by."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("lapses", sa.Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("jobs_by_beginning", "jobs", [sa.text("id text_pattern_ops")])
