"""How dialogues began: what the session server may lose."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("session", sa.LargeBinary, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("fallen", sa.LargeBinary, nullable=True),
    )
    op.create_index("openings_by_time", "openings", ["at"])
