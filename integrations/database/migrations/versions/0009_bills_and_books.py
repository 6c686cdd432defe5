"""Bills, the books as entries that sum to zero and are never changed, and the payments that came for bills."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEPT = "the books are only ever added to"
UNEQUAL = "a posting needs two entries or more that sum to zero by currency"
CLOSED = "a posting takes no entries more"
FEW = "(SELECT count(*) FROM entries WHERE posting = NEW.id) < 2"
ODD = "EXISTS (SELECT 1 FROM entries WHERE posting = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0)"
THERE = "EXISTS (SELECT 1 FROM postings WHERE id = NEW.posting)"
FACTS = "receipt, wallet, correlation, server_id, bill_id, paid_bill, amount_minor, currency, unfit, at, posting"
PRICE = "id, code, request_id, stage, currency, minor_digits, fee_minor, charge_minor, fee_to, charge_to, source"


def upgrade() -> None:
    _bills()
    _books()
    _payments()
    if op.get_context().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _bills() -> None:
    op.create_table(
        "bills",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("msisdn", sa.LargeBinary, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("minor_digits", sa.Integer, nullable=False),
        sa.Column("fee_minor", sa.BigInteger, nullable=False),
        sa.Column("charge_minor", sa.BigInteger, nullable=False),
        sa.Column("fee_to", sa.Text, nullable=False),
        sa.Column("charge_to", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("receipt", sa.Text, unique=True),
        sa.CheckConstraint("fee_minor >= 0 AND charge_minor >= 0 AND fee_minor + charge_minor > 0", "bills_cost"),
        sa.CheckConstraint(
            "(receipt IS NOT NULL) = (state IN ('paid', 'refund_asked', 'refunded'))", "bills_are_paid_by_a_payment"
        ),
    )
    op.create_index("bills_by_number", "bills", ["number_hash", "created_at"])
    op.create_index("bills_by_request", "bills", ["request_id"])


def _books() -> None:
    op.create_table(
        "postings",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("posting", sa.Text, _later("postings.id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", "entries_are_of_something"),
    )
    op.create_index("entries_by_account", "entries", ["account"])


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("receipt", sa.Text, primary_key=True),
        sa.Column("wallet", sa.Text, nullable=False),
        sa.Column("correlation", sa.Text, nullable=False),
        sa.Column("server_id", sa.Text, nullable=False, unique=True),
        sa.Column("bill_id", sa.Text, sa.ForeignKey("bills.id"), nullable=False),
        sa.Column("paid_bill", sa.Text, sa.ForeignKey("bills.id"), unique=True),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("payer_hash", sa.LargeBinary),
        sa.Column("payer", sa.LargeBinary, nullable=False),
        sa.Column("unfit", sa.Text, nullable=False),
        sa.Column("refund", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("posting", sa.Text, _later("postings.id"), nullable=False),
        sa.UniqueConstraint("wallet", "correlation", name="payments_come_once"),
        sa.CheckConstraint("amount_minor > 0", "payments_are_of_something"),
        sa.CheckConstraint("(paid_bill IS NOT NULL) = (unfit = '')", "payments_pay_or_are_unfit"),
    )
    op.create_index("payments_by_bill", "payments", ["bill_id"])
    op.create_index("payments_by_payer", "payments", ["payer_hash"])


def _later(column: str) -> sa.ForeignKey:
    """Held at the end of the transaction: entries and payments are written before the posting that closes them."""
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")


def _guard_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    for table in ("postings", "entries"):
        op.execute(f"CREATE TRIGGER {table}_kept_as_written BEFORE UPDATE ON {table} {refuse}")
    for table in ("postings", "entries", "payments", "bills"):
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER payments_kept_as_came BEFORE UPDATE OF {FACTS} ON payments {refuse}")
    op.execute(f"CREATE TRIGGER bills_kept_as_made BEFORE UPDATE OF {PRICE} ON bills {refuse}")
    op.execute(
        f"CREATE TRIGGER entries_before_posting BEFORE INSERT ON entries WHEN {THERE} "
        f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
    )
    op.execute(
        f"CREATE TRIGGER postings_balanced BEFORE INSERT ON postings WHEN {FEW} OR {ODD} "
        f"BEGIN SELECT RAISE(ABORT, '{UNEQUAL}'); END"
    )


def _guard_postgres() -> None:
    _function("books_kept", _raising(KEPT))
    _function("books_closed", f"IF {THERE} THEN {_raising(CLOSED)} END IF; RETURN NEW;")
    _function("books_balanced", f"IF {FEW} OR {ODD} THEN {_raising(UNEQUAL)} END IF; RETURN NEW;")
    for table in ("postings", "entries"):
        _trigger(f"{table}_kept_as_written", "UPDATE", table, "books_kept")
    for table in ("postings", "entries", "payments", "bills"):
        _trigger(f"{table}_kept", "DELETE", table, "books_kept")
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION books_kept()"
        )
    _trigger("payments_kept_as_came", f"UPDATE OF {FACTS}", "payments", "books_kept")
    _trigger("bills_kept_as_made", f"UPDATE OF {PRICE}", "bills", "books_kept")
    _trigger("entries_before_posting", "INSERT", "entries", "books_closed")
    _trigger("postings_balanced", "INSERT", "postings", "books_balanced")


def _raising(text: str) -> str:
    return f"RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{text}';"


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _trigger(name: str, event: str, table: str, function: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
