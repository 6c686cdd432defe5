"""All that is kept of one citizen: told to them, and erased where nothing has to be carried out any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from app.audit import AuditEntry
from app.messages import ARROWS, HistoryEntry, Request, Status
from app.payments import Refund
from app.tasks import LOOK
from integrations.database.audit import append
from integrations.database.limits import citizen_requests_max
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import (
    JobState,
    bills,
    checks,
    jobs,
    payments,
    preferences,
    request_history,
    requests,
    silenced,
    sms,
    tallies,
)

_TABLES = ("requests", "preferences", "tallies", "sms", "payments", "checks")
_FINAL = [status for status, arrows in ARROWS.items() if not arrows]


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that went out about a request: on which occasion, and what became of it."""

    occasion: str
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that came from a number, or for its bill: amounts in minor units."""

    receipt: str
    wallet: str
    amount_minor: int
    currency: str
    unfit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill of a request: amounts in minor units."""

    code: str
    fee_minor: int
    charge_minor: int
    currency: str
    state: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request, its history, its messages, its bills."""

    request: Request
    history: Sequence[HistoryEntry]
    messages: Sequence[Message]
    bills: Sequence[Billed]


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """What stands under a number; `requests` oldest first, `payments` those that came from it. `checks` say at which
    office, when and with what end it was checked who they are.
    """

    language: str
    counts: Sequence[tuple[str, str, int]]  # what is counted, the day, how many
    requests: Sequence[RequestRecord]
    payments: Sequence[Paid]
    checks: Sequence[tuple[str, datetime, str]]


class DatabaseCitizens:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def record(self, msisdn: str, entry: AuditEntry) -> CitizenRecord:
        """Everything under a number, and a line in the audit log that somebody looked."""
        hashes = {table: self._seals.number_hash(table, msisdn) for table in _TABLES}

        def work(connection: Connection) -> CitizenRecord:
            rows = connection.execute(_of(hashes["requests"])).all()
            chosen = select(preferences.c.language).where(preferences.c.number_hash == hashes["preferences"])
            counted = select(tallies).where(tallies.c.number_hash == hashes["tallies"]).order_by(tallies.c.day)
            found = [self._whole(connection, row) for row in rows]
            came = select(payments).where(payments.c.payer_hash == hashes["payments"]).order_by(payments.c.at)
            paid = [_paid(row) for row in connection.execute(came)]
            checked = select(checks).where(checks.c.number_hash == hashes["checks"]).order_by(checks.c.opened_at)
            append(connection, entry)
            return CitizenRecord(
                connection.execute(chosen).scalar() or "",
                [(row.name, row.day.isoformat(), row._mapping["count"]) for row in connection.execute(counted)],
                found,
                paid,
                [(row.office, row.opened_at, row.state) for row in connection.execute(checked)],
            )

        return await self._store.write(work)

    async def erase(self, msisdn: str, entry: AuditEntry) -> tuple[Sequence[str], Sequence[str]]:
        """Forget who filed what was ended, and what they said. Returns the references that were erased, and those that
        were left: still under way, or with a text that is yet to be sent.

        What stays is that something was filed, when, and how it went: no word of it names anybody.
        """
        hashes = {table: self._seals.number_hash(table, msisdn) for table in _TABLES}

        def work(connection: Connection) -> tuple[list[str], list[str]]:
            erased, left = [], []
            for row in connection.execute(_of(hashes["requests"])).all():
                if row.status not in _FINAL or _has_work(connection, row.id):
                    left.append(row.reference)
                    continue
                connection.execute(update(requests).where(requests.c.id == row.id).values(self._nobody(row.id)))
                about = jobs.c.id.startswith(f"{row.id}:", autoescape=True)
                connection.execute(update(jobs).where(about).values(payload=None, state=JobState.DONE))
                self._forget_bills(connection, row.id)
                erased.append(row.reference)
            came = select(payments.c.receipt, payments.c.unfit, payments.c.refund)
            for row in connection.execute(came.where(payments.c.payer_hash == hashes["payments"])).all():
                if not row.unfit or row.refund == Refund.DONE:  # money in suspense must find back to whoever sent it
                    self._forget_payer(connection, row.receipt)
            connection.execute(delete(preferences).where(preferences.c.number_hash == hashes["preferences"]))
            connection.execute(delete(tallies).where(tallies.c.number_hash == hashes["tallies"]))
            connection.execute(delete(silenced).where(silenced.c.number_hash == hashes["sms"]))
            connection.execute(update(sms).where(sms.c.number_hash == hashes["sms"]).values(number_hash=None))
            connection.execute(delete(checks).where(checks.c.number_hash == hashes["checks"]))
            append(connection, entry)
            return erased, left

        return await self._store.write(work)

    def _nobody(self, id: str) -> dict[str, Any]:
        return {
            "number_hash": self._seals.number_hash("erased", id),
            "msisdn": self._seals.seal("requests.msisdn", id, {"msisdn": ""}),
            "answers": self._seals.seal("requests.answers", id, {}),
            "results": self._seals.seal("requests.results", id, {}),
        }

    def _forget_bills(self, connection: Connection, request_id: str) -> None:
        for bill in connection.execute(select(bills.c.id).where(bills.c.request_id == request_id)).all():
            nobody = {
                "number_hash": self._seals.number_hash("erased", bill.id),
                "msisdn": self._seals.seal("bills.msisdn", bill.id, {"msisdn": ""}),
            }
            connection.execute(update(bills).where(bills.c.id == bill.id).values(nobody))

    def _forget_payer(self, connection: Connection, receipt: str) -> None:
        nobody = self._seals.seal("payments.payer", receipt, {"payer": "", "reference": ""})
        mine = update(payments).where(payments.c.receipt == receipt)
        connection.execute(mine.values(payer_hash=None, payer=nobody))

    def _whole(self, connection: Connection, row: Row[Any]) -> RequestRecord:
        moves = select(request_history).where(request_history.c.request_id == row.id).order_by(request_history.c.id)
        history = [
            HistoryEntry(Status(move.status), move.stage, move.reason, move.at, move.evidence)
            for move in connection.execute(moves)
        ]
        about = or_(*(sms.c.job_id.startswith(f"{row.id}:{kind}:", autoescape=True) for kind in ("tell", "remind")))
        texts = connection.execute(select(sms).where(about).order_by(sms.c.sent_at))
        sent = [Message(text.job_id.split(":")[2], text.status, text.sent_at) for text in texts]
        made = select(bills).where(bills.c.request_id == row.id).order_by(bills.c.created_at)
        billed = [_billed(one) for one in connection.execute(made)]
        return RequestRecord(self._seals.request(row), history, sent, billed)


def _of(number_hash: bytes) -> Any:
    mine = select(requests).where(requests.c.number_hash == number_hash)
    return mine.order_by(requests.c.filed_at, requests.c.id).limit(citizen_requests_max)


def _has_work(connection: Connection, request_id: str) -> bool:
    about = jobs.c.id.startswith(f"{request_id}:", autoescape=True)
    waiting = select(jobs.c.id).where(about, jobs.c.state != JobState.DONE, jobs.c.kind != LOOK).limit(1)
    return connection.execute(waiting).first() is not None


def _billed(row: Row[Any]) -> Billed:
    return Billed(
        row.code, row.fee_minor, row.charge_minor, row.currency, row.state, row.created_at, row.expires_at
    )  # fmt: skip


def _paid(row: Row[Any]) -> Paid:
    return Paid(row.receipt, row.wallet, row.amount_minor, row.currency, row.unfit, row.at)
