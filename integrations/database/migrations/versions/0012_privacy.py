"""What citizens agreed to, what of their requests and payments is forgotten when, dialogues that are not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("forget_at", sa.BigInteger, nullable=True))
    op.add_column("requests", sa.Column("rules", sa.Text, nullable=False, server_default=""))
    op.create_index("requests_by_forgetting", "requests", ["rules", "forget_at"])
    op.add_column("payments", sa.Column("forgotten_at", sa.BigInteger, nullable=True))
    op.create_index("payments_by_forgetting", "payments", ["forgotten_at", "at"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("menus", sa.Text, nullable=False),
        sa.Column("dialogue", sa.LargeBinary, nullable=False),
    )
    op.create_index("consents_by_number", "consents", ["number_hash", "at"])
    op.create_index("consents_by_dialogue", "consents", ["dialogue"])
    op.create_index("consents_by_time", "consents", ["at"])
    op.create_table(
        "drafts",
        sa.Column("number_hash", sa.LargeBinary, primary_key=True),
        sa.Column("session", sa.LargeBinary, nullable=False),
        sa.Column("fallen", sa.LargeBinary, nullable=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("drafts_by_time", "drafts", ["until"])
