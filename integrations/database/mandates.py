"""Mandates and the codes of sheets in the ledger's database: given once, used once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from app import limits
from app.agency import AgentState
from app.audit import AuditEntry
from app.keys import Keyring
from app.mandate import Mandate, MandateState, Means, Unmandated
from app.messages import Job, Most
from integrations.database.audit import append
from integrations.database.checks import Counts
from integrations.database.outbox import add_jobs
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, insert_into, insert_or_leave
from integrations.database.tables import agent_numbers, agents, mandates, objections, sheet_codes


class _Kept(Exception):  # no error: what keeps a mandate from being given, thrown so that nothing stays
    def __init__(self, why: Unmandated) -> None:
        self.why = why


class DatabaseMandates:
    """`app.ports.MandateBook` on SQLite or PostgreSQL, and the sheets that clerks print."""

    def __init__(self, store: Store, seals: Seals, keyring: Keyring) -> None:
        self._store = store
        self._seals = seals
        self._keyring = keyring
        self._counts = Counts(keyring)

    async def ask(
        self, mandate: Mandate, bounds: Sequence[Most], jobs: Sequence[Job], entry: AuditEntry, forget_before: datetime
    ) -> Mandate:
        values, job_values = self._values(mandate), self._seals.jobs_values(tuple(jobs))
        wants_none = select(objections.c.at).where(
            objections.c.number_hash == self._seals.number_hash("questions", mandate.msisdn)
        )

        def work(connection: Connection) -> Mandate:
            new = insert_or_leave(connection, mandates)
            if connection.execute(new, values).rowcount == 0:
                known = select(mandates).where(mandates.c.id == mandate.id)
                return self._mandate(connection.execute(known).one())
            self._counts.forget(connection, forget_before)
            reason = ""
            if mandate.means is Means.SMS and connection.execute(wants_none).first() is not None:
                reason = Unmandated.UNASKED.value
            elif not self._counts.count(connection, bounds, mandate.asked_at):
                reason = Unmandated.BLOCKED.value
            if reason:
                refused = {"state": MandateState.REFUSED, "reason": reason}
                row = update(mandates).where(mandates.c.id == mandate.id).values(refused).returning(mandates)
                return self._mandate(connection.execute(row).one())
            add_jobs(connection, job_values)
            append(connection, entry)
            return mandate

        return await self._store.write(work)

    async def find(self, id: str, number_id: str) -> Mandate | None:
        query = select(mandates).where(mandates.c.id == id, mandates.c.number_id == number_id)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._mandate(row)

    async def give(
        self, mandate: Mandate, code: str, at: datetime, effect: str, jobs: Sequence[Job], entry: AuditEntry
    ) -> Unmandated | None:
        job_values = self._seals.jobs_values(tuple(jobs))
        asked_after = at - timedelta(seconds=limits.mandate_code_seconds)
        asked = and_(
            mandates.c.id == mandate.id, mandates.c.state == MandateState.ASKED, mandates.c.asked_at > asked_after
        )
        given = {"state": MandateState.GIVEN, "given_at": at, "given_by": effect}

        def work(connection: Connection) -> None:
            if not may_act(connection, self._seals, mandate, at):
                raise _Kept(Unmandated.BARRED)
            if mandate.means is Means.SHEET:
                self._spend(connection, mandate, code, at)
            if connection.execute(update(mandates).where(asked).values(given)).rowcount == 0:
                raise _Kept(Unmandated.EXPIRED)
            add_jobs(connection, job_values)
            append(connection, entry)

        try:
            await self._store.write(work)
        except _Kept as kept:
            return kept.why
        return None

    async def new_sheet(self, msisdn: str, codes: Collection[str], entry: AuditEntry) -> None:
        """Another sheet for a number; no code of one before is good any more."""
        number_hash = self._number_hash("sheet_codes", msisdn)
        rows = [
            {"number_hash": number_hash, "code_hash": self._code_hash(msisdn, code), "made_at": entry.at}
            for code in codes
        ]

        def work(connection: Connection) -> None:
            connection.execute(delete(sheet_codes).where(sheet_codes.c.number_hash == number_hash))
            connection.execute(insert_into(connection, sheet_codes), rows)
            append(connection, entry)

        await self._store.write(work)

    async def revoke_sheet(self, msisdn: str, entry: AuditEntry) -> int:
        """No code of a number's sheet is good any more; returns how many were."""
        theirs = sheet_codes.c.number_hash == self._number_hash("sheet_codes", msisdn)
        unspent = select(func.count()).where(theirs, sheet_codes.c.spent_at.is_(None))

        def work(connection: Connection) -> int:
            left: int = connection.execute(unspent).scalar_one()
            connection.execute(delete(sheet_codes).where(theirs))
            append(connection, entry)
            return left

        return await self._store.write(work)

    def _spend(self, connection: Connection, mandate: Mandate, code: str, at: datetime) -> None:
        """Raises `_Kept` for a code that is none of the sheet's, or was spent, and for a second one within a day for
        the same program: whoever has found a sheet shall not use it up at once.
        """
        unspent = and_(
            sheet_codes.c.number_hash == self._number_hash("sheet_codes", mandate.msisdn),
            sheet_codes.c.code_hash == self._code_hash(mandate.msisdn, code),
            sheet_codes.c.spent_at.is_(None),
            sheet_codes.c.made_at > at - timedelta(days=limits.sheet_days),
        )
        if connection.execute(update(sheet_codes).where(unspent).values(spent_at=at)).rowcount == 0:
            raise _Kept(Unmandated.WRONG)
        lately = select(mandates.c.id).where(
            mandates.c.number_hash == self._number_hash("mandates", mandate.msisdn),
            mandates.c.program == mandate.program,
            mandates.c.means == Means.SHEET,
            mandates.c.state == MandateState.USED,
            mandates.c.given_at > at - timedelta(seconds=limits.sheet_again_seconds),
        )
        if connection.execute(lately.limit(1)).first() is not None:
            raise _Kept(Unmandated.BLOCKED)

    def _code_hash(self, msisdn: str, code: str) -> bytes:
        """Nobody tries codes on a stolen database: the keyring's secret is not in it."""
        return self._keyring.hash("sheet_code", msisdn, code)

    def _number_hash(self, table: str, msisdn: str) -> bytes:
        return self._seals.number_hash(table, msisdn)

    def _values(self, mandate: Mandate) -> Values:
        return {
            "id": mandate.id,
            "agent": mandate.agent,
            "number_id": mandate.number_id,
            "point": clean(mandate.point),
            "number_hash": self._number_hash("mandates", mandate.msisdn),
            "msisdn": self._seals.seal("mandates.msisdn", mandate.id, {"msisdn": mandate.msisdn}),
            "language": mandate.language,
            "program": mandate.program,
            "means": mandate.means,
            "asked_at": mandate.asked_at,
            "state": mandate.state,
            "reason": mandate.reason,
            "given_at": None,
            "given_by": "",
            "request_id": "",
        }

    def _mandate(self, row: Row[Any]) -> Mandate:
        msisdn = self._seals.open("mandates.msisdn", row.id, row.msisdn)["msisdn"]
        return Mandate(
            row.id, row.agent, row.number_id, row.point, msisdn, row.language, row.program, Means(row.means),
            row.asked_at, MandateState(row.state), row.reason, row.given_at, row.given_by, row.request_id,
        )  # fmt: skip


def is_usable(connection: Connection, agent: str, number_id: str, at: datetime) -> bool:
    """Whether an agent is active, from a number that is usable; until the transaction ends nobody changes that."""
    active = select(agents.c.code).where(agents.c.code == agent, agents.c.state == AgentState.ACTIVE)
    usable = select(agent_numbers.c.id).where(
        agent_numbers.c.id == number_id,
        agent_numbers.c.agent == agent,
        agent_numbers.c.removed_at.is_(None),
        agent_numbers.c.usable_at <= at,
    )
    return all(connection.execute(query.with_for_update()).first() is not None for query in (active, usable))


def may_act(connection: Connection, seals: Seals, mandate: Mandate, at: datetime) -> bool:
    """Whether the agent may act now, and the citizen's number is none of theirs."""
    if not is_usable(connection, mandate.agent, mandate.number_id, at):
        return False
    own = select(agent_numbers.c.id).where(
        agent_numbers.c.agent == mandate.agent,
        agent_numbers.c.number_hash == seals.number_hash("agent_numbers", mandate.msisdn),
        agent_numbers.c.removed_at.is_(None),
    )
    return connection.execute(own).first() is None


def use(connection: Connection, seals: Seals, mandate: Mandate, request_id: str, at: datetime) -> bool:
    """Spend a mandate on a request that is being written; False: it is not good for that, or not any more."""
    given_after = at - timedelta(seconds=limits.mandate_seconds)
    given = and_(mandates.c.id == mandate.id, mandates.c.state == MandateState.GIVEN, mandates.c.given_at > given_after)
    if not may_act(connection, seals, mandate, at):
        return False
    used = {"state": MandateState.USED, "request_id": request_id}
    return connection.execute(update(mandates).where(given).values(used)).rowcount == 1


def refuse_all(connection: Connection, seals: Seals, msisdn: str) -> None:
    """Nobody acts for a number by what it was asked or has given before."""
    theirs = and_(
        mandates.c.number_hash == seals.number_hash("mandates", msisdn),
        mandates.c.state.in_((MandateState.ASKED, MandateState.GIVEN)),
    )
    connection.execute(update(mandates).where(theirs).values(state=MandateState.REFUSED, reason="withdrawn"))
