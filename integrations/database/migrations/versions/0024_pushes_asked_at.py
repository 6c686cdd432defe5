"""When a push was last to be sent, so that no process sends it again before it has settled."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pushes", sa.Column("asked_at", sa.BigInteger))
    op.execute("UPDATE pushes SET asked_at = at WHERE is_asked > 0")
