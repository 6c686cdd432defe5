"""All that is kept of one citizen: told to them, and erased where nothing has to be carried out any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, not_, or_, select, update

from app.audit import AuditEntry
from app.errors import SealBroken
from app.messages import HistoryEntry, Status
from app.tasks import ERASURE
from integrations.database.audit import append
from integrations.database.citizen_record import (
    Asking,
    Billed,
    CitizenRecord,
    ConsentAct,
    Enrolment,
    Helped,
    Message,
    Paid,
    RequestRecord,
    Texted,
    Waiting,
)
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
_Hashes = Mapping[str, bytes]
"""The hash of one number by the name of a table; they differ, so that tables cannot be joined by who it is."""


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
            whole = [(row.reference, self._whole(connection, row)) for row in rows]
            chosen = select(preferences.c.language).where(preferences.c.number_hash == hashes["preferences"])
            unfinished = select(drafts.c.until).where(
                drafts.c.number_hash == hashes["drafts"], drafts.c.fallen.is_not(None)
            )
            silent = select(silenced.c.at).where(silenced.c.number_hash == hashes["sms"])
            objects = select(objections.c.at).where(objections.c.number_hash == hashes["questions"])
            told = CitizenRecord(
                language=connection.execute(chosen).scalar() or "",
                counts=_counts(connection, hashes),
                requests=[one for _, one in whole if one is not None],
                payments=self._payments(connection, hashes),
                checks=_checked(connection, hashes),
                consents=_consents(connection, hashes),
                unfinished_until=connection.execute(unfinished).scalar(),
                silenced_since=connection.execute(silent).scalar(),
                agents=_enrolments(connection, hashes),
                questions=_asked(connection, hashes),
                objects_since=connection.execute(objects).scalar(),
                waiting=self._all_waiting(connection, hashes),
                mandates=_helped(connection, hashes),
                sheets=_sheets(connection, hashes),
                texted=_texted(connection, hashes),
                warned=_warned(connection, hashes),
                unopened=[reference for reference, one in whole if one is None],
            )
            append(connection, entry)
            return told

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

    def _payments(self, connection: Connection, hashes: _Hashes) -> Sequence[Paid]:
        came = select(payments).where(payments.c.payer_hash == hashes["payments"]).order_by(payments.c.at)
        return [self._paid(row) for row in connection.execute(came)]

    def _all_waiting(self, connection: Connection, hashes: _Hashes) -> Sequence[Waiting]:
        texts = select(jobs).where(jobs.c.number_hash == hashes["jobs"]).order_by(jobs.c.added_at, jobs.c.id)
        return [self._waiting(row) for row in connection.execute(texts.limit(citizen_requests_max))]

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


def _counts(connection: Connection, hashes: _Hashes) -> Sequence[tuple[str, str, int]]:
    counted = select(tallies).where(tallies.c.number_hash == hashes["tallies"]).order_by(tallies.c.day)
    return [(row.name, row.day.isoformat(), row._mapping["count"]) for row in connection.execute(counted)]


def _checked(connection: Connection, hashes: _Hashes) -> Sequence[tuple[str, datetime, str]]:
    checked = select(checks).where(checks.c.number_hash == hashes["checks"]).order_by(checks.c.opened_at)
    return [(row.office, row.opened_at, row.state) for row in connection.execute(checked)]


def _consents(connection: Connection, hashes: _Hashes) -> Sequence[ConsentAct]:
    acts = select(consents).where(consents.c.number_hash == hashes["consents"]).order_by(consents.c.at, consents.c.id)
    return [
        ConsentAct(row.purpose, row.version, row.act, row.at, row.channel, row.language, row.menus)
        for row in connection.execute(acts)
    ]


def _enrolments(connection: Connection, hashes: _Hashes) -> Sequence[Enrolment]:
    enrolled = select(agent_numbers).where(agent_numbers.c.number_hash == hashes["agent_numbers"])
    rows = connection.execute(enrolled.order_by(agent_numbers.c.invited_until))
    return [Enrolment(row.agent, row.active_at, row.removed_at) for row in rows]


def _asked(connection: Connection, hashes: _Hashes) -> Sequence[tuple[str, datetime, str]]:
    asked = select(questions).where(questions.c.number_hash == hashes["questions"]).order_by(questions.c.opened_at)
    return [(row.kind, row.opened_at, row.answer) for row in connection.execute(asked)]


def _helped(connection: Connection, hashes: _Hashes) -> Sequence[Helped]:
    asked_for = select(mandates).where(mandates.c.number_hash == hashes["mandates"])
    rows = connection.execute(asked_for.order_by(mandates.c.asked_at, mandates.c.id))
    return [Helped(row.agent, row.program, row.means, row.state, row.asked_at) for row in rows]


def _sheets(connection: Connection, hashes: _Hashes) -> Sequence[tuple[datetime, int]]:
    unspent = func.count().filter(sheet_codes.c.spent_at.is_(None))
    printed = select(sheet_codes.c.made_at, unspent).where(sheet_codes.c.number_hash == hashes["sheet_codes"])
    return [(at, count) for at, count in connection.execute(printed.group_by(sheet_codes.c.made_at))]


def _texted(connection: Connection, hashes: _Hashes) -> Sequence[Texted]:
    to_them = select(sms).where(sms.c.number_hash == hashes["sms"]).order_by(sms.c.sent_at, sms.c.message_id)
    return [Texted(row.kind, row.parts, row.status, row.reason, row.sent_at) for row in connection.execute(to_them)]


def _warned(connection: Connection, hashes: _Hashes) -> Sequence[tuple[str, str, datetime]]:
    wanted = select(subscriptions).where(subscriptions.c.number_hash == hashes["subscriptions"])
    rows = connection.execute(wanted.order_by(subscriptions.c.at, subscriptions.c.id))
    return [(row.topic, row.district, row.at) for row in rows]
