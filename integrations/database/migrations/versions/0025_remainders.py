"""What was given back of money in suspense beside the bill that it paid, so that the bill's own part can still go back.

Of remainders that were given back before, the bill's part stays as it is: postings are never written again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("left_back_minor", sa.BigInteger, nullable=False, server_default="0"))
