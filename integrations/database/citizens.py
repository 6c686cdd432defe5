"""All that is kept of one citizen: told to them, and erased where nothing has to be carried out any more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, not_, or_, select, update

from app.audit import AuditEntry
from app.errors import SealBroken
from app.messages import HistoryEntry, Request, Status
from app.tasks import ERASURE
from integrations.database.audit import append
from integrations.database.forgetting import OWED, forget_ended, forget_payers, requests_of
from integrations.database.limits import citizen_requests_max
from integrations.database.prefixes import Begins
from integrations.database.rows import OVER, Seals
from integrations.database.store import Store
from integrations.database.tables import (
    JobState,
    agent_numbers,
    bills,
    checks,
    consents,
    drafts,
    jobs,
    mandates,
    objections,
    payments,
    preferences,
    question_turns,
    questions,
    request_history,
    sheet_codes,
    silenced,
    sms,
    subscriptions,
    tallies,
)

_TABLES = (
    *("requests", "preferences", "tallies", "sms", "payments", "checks", "consents", "drafts", "jobs"),
    *("agent_numbers", "questions", "mandates", "sheet_codes", "subscriptions"),
)
"""Those that know a number by its keyed hash; `silenced` knows it by that of `sms`, and all of questions by one."""


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that went out about a request: on which occasion, and what became of it."""

    occasion: str
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Texted:
    """An SMS that went out to a number, whatever it was about: what it said is not kept."""

    kind: str
    parts: int
    status: str
    reason: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that came from a number, or for its bill: amounts in minor units. `reference` is the wallet's own word, and
    empty if no key that is held opens it.
    """

    receipt: str
    wallet: str
    amount_minor: int
    currency: str
    unfit: str
    at: datetime
    reference: str


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
class ConsentAct:
    """That a purpose was agreed to or taken back; `menus` is the version whose words were agreed to."""

    purpose: str
    version: int
    act: str
    at: datetime
    channel: str
    language: str
    menus: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """That a number is or was an agent's, by the agent's code."""

    agent: str
    active_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Helped:
    """That an agent asked to act for a number, for which program, by which means, and what became of it."""

    agent: str
    program: str
    means: str
    state: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that is yet to be sent (`text`) or answered (`answer`), or waits for a person if it is `set_aside`.

    `text` is empty if no key that is held opens it.
    """

    kind: str
    text: str
    state: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """That somebody asked from a number to be forgotten: the job that says so, and until when they were to hear."""

    id: str
    msisdn: str
    language: str
    until: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """What stands under a number; `requests` and `consents` oldest first, `payments` those that came from it. `checks`
    say at which office, when and with what end it was checked who they are.
    """

    language: str
    counts: Sequence[tuple[str, str, int]]  # what is counted, the day, how many
    requests: Sequence[RequestRecord]
    payments: Sequence[Paid]
    checks: Sequence[tuple[str, datetime, str]]
    consents: Sequence[ConsentAct] = ()
    unfinished_until: datetime | None = None
    silenced_since: datetime | None = None
    agents: Sequence[Enrolment] = ()
    questions: Sequence[tuple[str, datetime, str]] = ()  # what kind, when it was asked, the answer
    objects_since: datetime | None = None
    waiting: Sequence[Waiting] = ()
    mandates: Sequence[Helped] = ()
    sheets: Sequence[tuple[datetime, int]] = ()  # when codes were printed, and how many are unspent
    texted: Sequence[Texted] = ()
    warned: Sequence[tuple[str, str, datetime]] = ()  # of which topic, in which district, since when
    unopened: Sequence[str] = ()  # references of requests that no key that is held opens


class DatabaseCitizens:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def record(self, msisdn: str, entry: AuditEntry) -> CitizenRecord:
        """Everything under a number, and a line in the audit log that somebody looked."""
        hashes = {table: self._seals.number_hash(table, msisdn) for table in _TABLES}

        def work(connection: Connection) -> CitizenRecord:
            rows = connection.execute(requests_of(hashes["requests"])).all()
            chosen = select(preferences.c.language).where(preferences.c.number_hash == hashes["preferences"])
            counted = select(tallies).where(tallies.c.number_hash == hashes["tallies"]).order_by(tallies.c.day)
            whole = [(row.reference, self._whole(connection, row)) for row in rows]
            found = [one for _, one in whole if one is not None]
            unopened = [reference for reference, one in whole if one is None]
            came = select(payments).where(payments.c.payer_hash == hashes["payments"]).order_by(payments.c.at)
            paid = [self._paid(row) for row in connection.execute(came)]
            to_them = select(sms).where(sms.c.number_hash == hashes["sms"]).order_by(sms.c.sent_at, sms.c.message_id)
            texted = [
                Texted(row.kind, row.parts, row.status, row.reason, row.sent_at) for row in connection.execute(to_them)
            ]
            checked = select(checks).where(checks.c.number_hash == hashes["checks"]).order_by(checks.c.opened_at)
            acts = select(consents).where(consents.c.number_hash == hashes["consents"])
            unfinished = select(drafts.c.until).where(
                drafts.c.number_hash == hashes["drafts"], drafts.c.fallen.is_not(None)
            )
            enrolled = select(agent_numbers).where(agent_numbers.c.number_hash == hashes["agent_numbers"])
            silent = select(silenced.c.at).where(silenced.c.number_hash == hashes["sms"])
            asked = (
                select(questions).where(questions.c.number_hash == hashes["questions"]).order_by(questions.c.opened_at)
            )
            objects = select(objections.c.at).where(objections.c.number_hash == hashes["questions"])
            texts = select(jobs).where(jobs.c.number_hash == hashes["jobs"]).order_by(jobs.c.added_at, jobs.c.id)
            waiting = [self._waiting(row) for row in connection.execute(texts.limit(citizen_requests_max))]
            asked_for = select(mandates).where(mandates.c.number_hash == hashes["mandates"])
            helped = [
                Helped(row.agent, row.program, row.means, row.state, row.asked_at)
                for row in connection.execute(asked_for.order_by(mandates.c.asked_at, mandates.c.id))
            ]
            unspent = func.count().filter(sheet_codes.c.spent_at.is_(None))
            printed = select(sheet_codes.c.made_at, unspent).where(sheet_codes.c.number_hash == hashes["sheet_codes"])
            sheets = [(at, count) for at, count in connection.execute(printed.group_by(sheet_codes.c.made_at))]
            wanted = select(subscriptions).where(subscriptions.c.number_hash == hashes["subscriptions"])
            rows_of_topics = connection.execute(wanted.order_by(subscriptions.c.at, subscriptions.c.id))
            subscribed = [(row.topic, row.district, row.at) for row in rows_of_topics]
            append(connection, entry)
            return CitizenRecord(
                connection.execute(chosen).scalar() or "",
                [(row.name, row.day.isoformat(), row._mapping["count"]) for row in connection.execute(counted)],
                found,
                paid,
                [(row.office, row.opened_at, row.state) for row in connection.execute(checked)],
                [
                    ConsentAct(row.purpose, row.version, row.act, row.at, row.channel, row.language, row.menus)
                    for row in connection.execute(acts.order_by(consents.c.at, consents.c.id))
                ],
                connection.execute(unfinished).scalar(),
                connection.execute(silent).scalar(),
                [
                    Enrolment(row.agent, row.active_at, row.removed_at)
                    for row in connection.execute(enrolled.order_by(agent_numbers.c.invited_until))
                ],
                [(row.kind, row.opened_at, row.answer) for row in connection.execute(asked)],
                connection.execute(objects).scalar(),
                waiting,
                helped,
                sheets,
                texted,
                subscribed,
                unopened,
            )

        return await self._store.write(work)

    async def erasures(self, entry: AuditEntry) -> Sequence[Asking]:
        """Who asks to be forgotten and was not seen to, the oldest first; a line in the audit log says who looked."""
        asked = select(jobs).where(Begins(jobs.c.id, ERASURE), jobs.c.state == JobState.SET_ASIDE)

        def work(connection: Connection) -> Sequence[Asking]:
            found = []
            for row in connection.execute(asked.order_by(jobs.c.added_at, jobs.c.id).limit(citizen_requests_max)):
                with suppress(SealBroken):
                    told = self._seals.job(row).payload
                    found.append(Asking(row.id, told["to"], told["language"], told["until"], row.added_at))
            append(connection, entry)
            return found

        return await self._store.write(work)

    async def erase(self, msisdn: str, entry: AuditEntry) -> tuple[Sequence[str], Sequence[str]]:
        """Forget who filed what was ended, and what they said. Returns the references that were erased, and those that
        were left: still under way, or with a text that is yet to be sent.

        What stays is that something was filed, when, and how it went: no word of it names anybody. A number that is an
        agent's stays that until a clerk removes it.
        """
        hashes = {table: self._seals.number_hash(table, msisdn) for table in _TABLES}

        def work(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
            erased, left = forget_ended(connection, self._seals, msisdn, entry.at)
            came = select(payments.c.receipt).where(payments.c.payer_hash == hashes["payments"], not_(OWED))
            forget_payers(connection, self._seals, connection.execute(came).scalars().all(), entry.at)
            for table in (preferences, tallies, checks, consents, drafts, mandates, sheet_codes, subscriptions):
                connection.execute(delete(table).where(table.c.number_hash == hashes[table.name]))
            theirs = and_(
                agent_numbers.c.number_hash == hashes["agent_numbers"], agent_numbers.c.removed_at.is_not(None)
            )
            connection.execute(delete(agent_numbers).where(theirs))
            for table in (question_turns, objections):
                connection.execute(delete(table).where(table.c.number_hash == hashes["questions"]))
            asked = update(questions).where(questions.c.number_hash == hashes["questions"])
            connection.execute(asked.values(number_hash=None, answered_by="", forget_at=None))
            texts = update(jobs).where(jobs.c.number_hash == hashes["jobs"])
            connection.execute(texts.values({**OVER, "ended_at": entry.at, "reason": "erased"}))
            connection.execute(delete(silenced).where(silenced.c.number_hash == hashes["sms"]))
            connection.execute(update(sms).where(sms.c.number_hash == hashes["sms"]).values(number_hash=None))
            append(connection, entry)
            return erased, left

        return await self._store.write(work)

    def _waiting(self, row: Row[Any]) -> Waiting:
        try:
            text = self._seals.job(row).payload.get("text", "")
        except SealBroken:
            text = ""
        return Waiting(row.kind, text, row.state, row.added_at)

    def _paid(self, row: Row[Any]) -> Paid:
        try:
            reference = self._seals.open("payments.payer", row.receipt, row.payer).get("reference", "")
        except SealBroken:
            reference = ""
        return Paid(row.receipt, row.wallet, row.amount_minor, row.currency, row.unfit, row.at, reference)

    def _whole(self, connection: Connection, row: Row[Any]) -> RequestRecord | None:
        try:
            request = self._seals.request(row)
        except SealBroken:
            return None
        moves = select(request_history).where(request_history.c.request_id == row.id).order_by(request_history.c.id)
        history = [
            HistoryEntry(Status(move.status), move.stage, move.reason, move.at, move.evidence)
            for move in connection.execute(moves)
        ]
        about = or_(*(Begins(sms.c.job_id, f"{row.id}:{kind}:") for kind in ("tell", "remind")))
        texts = connection.execute(select(sms).where(about).order_by(sms.c.sent_at))
        sent = [Message(text.job_id.split(":")[2], text.status, text.sent_at) for text in texts]
        made = select(bills).where(bills.c.request_id == row.id).order_by(bills.c.created_at)
        billed = [_billed(one) for one in connection.execute(made)]
        return RequestRecord(request, history, sent, billed)


def _billed(row: Row[Any]) -> Billed:
    return Billed(
        row.code, row.fee_minor, row.charge_minor, row.currency, row.state, row.created_at, row.expires_at
    )  # fmt: skip
