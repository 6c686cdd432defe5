"""How offices' doors stand for workers, whose the jobs are that no request owns, and guards of the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEPT = "the audit log is only ever added to"


def upgrade() -> None:
    op.create_table(
        "doors",
        sa.Column("process", sa.Text, primary_key=True),
        sa.Column("office", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("away_until", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_index("doors_by_time", "doors", ["seen_at"])
    op.add_column("jobs", sa.Column("number_hash", sa.LargeBinary, nullable=True))
    op.create_index("jobs_by_number", "jobs", ["number_hash"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    op.execute(f"CREATE TRIGGER audit_kept_as_written BEFORE UPDATE ON audit {refuse}")
    op.execute(f"CREATE TRIGGER audit_kept BEFORE DELETE ON audit {refuse}")


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION audit_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{KEPT}'; END $$"
    )
    for name, event, each in (
        ("audit_kept_as_written", "UPDATE", "ROW"),
        ("audit_kept", "DELETE", "ROW"),
        ("audit_never_emptied", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON audit FOR EACH {each} EXECUTE FUNCTION audit_log_kept()")
