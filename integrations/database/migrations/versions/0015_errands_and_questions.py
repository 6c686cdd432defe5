"""What was done by phone, to be counted; questions by SMS, and who wants none."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "errands",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("district", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("errands_by_time", "errands", ["at"])
    op.create_table(
        "questions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=True),
        sa.Column("allowed", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", sa.BigInteger, nullable=True),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("forget_at", sa.BigInteger, nullable=True),
    )
    op.create_index("questions_by_number", "questions", ["number_hash", "opened_at"])
    op.create_index("questions_by_kind", "questions", ["kind", "opened_at"])
    op.create_index("questions_by_forgetting", "questions", ["forget_at"])
    op.create_table(
        "question_turns",
        sa.Column("number_hash", sa.LargeBinary, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("question_turns_by_time", "question_turns", ["until"])
    op.create_table(
        "objections",
        sa.Column("number_hash", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("objections_by_time", "objections", ["at"])
