"""Statements of wallets and banks, how they differ from the books, what two people decide, money that was applied."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEPT = "what was decided is never changed"
PAID_OTHERWISE = "a bill is paid once"
ASKED = "id, act, subject, details, note, asked_by, asked_at"
STATED = "source, id, flow, currency, amount_minor, copy, at, day, names, bill_code, digest"
PAID_BY_MONEY = "EXISTS (SELECT 1 FROM payments WHERE paid_bill = NEW.bill_id)"
PAID_FROM_SUSPENSE = "EXISTS (SELECT 1 FROM applications WHERE bill_id = NEW.paid_bill)"


def upgrade() -> None:
    op.add_column("payments", sa.Column("reference_hash", sa.LargeBinary))
    op.create_index("payments_by_reference", "payments", ["reference_hash"])
    op.create_index("payments_by_time", "payments", ["wallet", "at"])
    op.create_index("postings_by_receipt", "postings", ["receipt"])
    _applications()
    _statements()
    _differences()
    _proposals()
    if op.get_context().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("receipt", sa.Text, sa.ForeignKey("payments.receipt"), primary_key=True),
        sa.Column("bill_id", sa.Text, sa.ForeignKey("bills.id"), nullable=False, unique=True),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column(
            "posting", sa.Text, sa.ForeignKey("postings.id", deferrable=True, initially="DEFERRED"), nullable=False
        ),
        sa.CheckConstraint("amount_minor > 0", "applications_are_of_something"),
    )


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("closing_minor", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("vouched_by", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint('vouched_by <> "by"', "statements_take_two"),
    )
    op.create_index("statements_by_day", "statements", ["source", "day"])
    op.create_table(
        "statement_lines",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("flow", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("amount_minor", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("copy", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("bill_code", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text),
        sa.CheckConstraint("amount_minor > 0", "statement_lines_are_of_something"),
    )
    op.create_index("statement_lines_by_day", "statement_lines", ["source", "day"])
    op.create_index("statement_lines_by_time", "statement_lines", ["source", "at"])
    op.create_index("statement_lines_by_receipt", "statement_lines", ["source", "receipt"])


def _differences() -> None:
    op.create_table(
        "differences",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("flow", sa.Text, nullable=False),
        sa.Column("line_id", sa.Text, nullable=False),
        sa.Column("copy", sa.Integer, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("theirs_minor", sa.BigInteger, nullable=False),
        sa.Column("theirs_currency", sa.Text, nullable=False),
        sa.Column("ours_minor", sa.BigInteger, nullable=False),
        sa.Column("ours_currency", sa.Text, nullable=False),
        sa.Column("bill_code", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("closed_by", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("differences_by_state", "differences", ["state", "source", "day"])
    op.create_index("differences_by_day", "differences", ["source", "day"])


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_at", sa.BigInteger),
        sa.CheckConstraint("state <> 'done' OR decided_by NOT IN ('', asked_by)", "proposals_take_two"),
    )
    still = sa.text("state = 'asked'")
    op.create_index(
        "proposals_one_at_a_time", "proposals", ["act", "subject"], unique=True, sqlite_where=still,
        postgresql_where=still,
    )  # fmt: skip
    op.create_index("proposals_by_state", "proposals", ["state", "asked_at"])


def _guard_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    for table in ("applications", "proposals", "statements", "statement_lines", "differences"):
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER applications_kept_as_written BEFORE UPDATE ON applications {refuse}")
    op.execute(f"CREATE TRIGGER proposals_kept_as_asked BEFORE UPDATE OF {ASKED} ON proposals {refuse}")
    op.execute(
        f"CREATE TRIGGER proposals_kept_as_decided BEFORE UPDATE ON proposals WHEN OLD.state <> 'asked' {refuse}"
    )
    op.execute(f"CREATE TRIGGER statement_lines_kept_as_stated BEFORE UPDATE OF {STATED} ON statement_lines {refuse}")
    once = f"BEGIN SELECT RAISE(ABORT, '{PAID_OTHERWISE}'); END"
    op.execute(f"CREATE TRIGGER applications_once BEFORE INSERT ON applications WHEN {PAID_BY_MONEY} {once}")
    op.execute(f"CREATE TRIGGER payments_once BEFORE INSERT ON payments WHEN {PAID_FROM_SUSPENSE} {once}")


def _guard_postgres() -> None:
    _function("decisions_kept", _raising(KEPT))
    _function("bills_paid_by_money", f"IF {PAID_BY_MONEY} THEN {_raising(PAID_OTHERWISE)} END IF; RETURN NEW;")
    _function("bills_applied", f"IF {PAID_FROM_SUSPENSE} THEN {_raising(PAID_OTHERWISE)} END IF; RETURN NEW;")
    for table in ("applications", "proposals", "statements", "statement_lines", "differences"):
        _trigger(f"{table}_kept", "DELETE", table, "decisions_kept")
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION decisions_kept()"
        )
    _trigger("applications_kept_as_written", "UPDATE", "applications", "decisions_kept")
    _trigger("proposals_kept_as_asked", f"UPDATE OF {ASKED}", "proposals", "decisions_kept")
    op.execute(
        "CREATE TRIGGER proposals_kept_as_decided BEFORE UPDATE ON proposals "
        "FOR EACH ROW WHEN (OLD.state <> 'asked') EXECUTE FUNCTION decisions_kept()"
    )
    _trigger("statement_lines_kept_as_stated", f"UPDATE OF {STATED}", "statement_lines", "decisions_kept")
    _trigger("applications_once", "INSERT", "applications", "bills_paid_by_money")
    _trigger("payments_once", "INSERT", "payments", "bills_applied")


def _raising(text: str) -> str:
    return f"RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{text}';"


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _trigger(name: str, event: str, table: str, function: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
