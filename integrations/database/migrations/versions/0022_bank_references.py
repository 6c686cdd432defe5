"""The bank's own id of money that agents paid in or were paid, by which its statement is matched."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_proposals", sa.Column("reference", sa.Text, nullable=False, server_default=""))
    once = sa.text("reference <> '' AND state <> 'refused'")
    op.create_index(
        "agent_proposals_once_a_reference",
        "agent_proposals",
        ["kind", "reference"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
