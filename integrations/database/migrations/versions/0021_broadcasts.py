"""Who wants to be warned of what, and the warnings that were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("msisdn", sa.LargeBinary, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("district", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("number_hash", "topic", "district", name="subscriptions_are_made_once"),
    )
    op.create_index("subscriptions_by_topic", "subscriptions", ["topic", "id"])
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("district", sa.Text, nullable=False),
        sa.Column("texts", sa.Text, nullable=False),
        sa.Column("from_hour", sa.Integer, nullable=False),
        sa.Column("to_hour", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("queued", sa.Integer, nullable=False),
        sa.CheckConstraint("queued >= 0", name="broadcasts_are_to_somebody"),
    )
    op.create_index("broadcasts_by_time", "broadcasts", ["made_at"])
