"""What offices do for a request: asked so that nothing is done twice, and what names the exchange is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from app import limits
from app.audit import ASK, HOUSE, AuditEntry
from app.cases import Case, Move
from app.catalogue import OperationCall
from app.endings import Again, GivenUp, JobEnding
from app.errors import ServiceFailed, StoreUnavailable
from app.http_json import KEY, NOT_FOUND
from app.letters import title_of
from app.messages import Answered, Handed, Pending, Refused
from app.ports import Clock, Ledger
from app.x_road import represented

log = structlog.get_logger()
NOTHING_GIVEN: Mapping[str, str] = {}


class OfficeWork:
    """The doors of the offices, for one case at a time. Raises `ServiceFailed` where an office does."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def do(
        self, case: Case, call: OperationCall, key: str, attempt: int, *, is_retried: bool
    ) -> Answered | Refused | Pending | Handed | None:
        """Ask the office to do a stage; None: it may have been done before, nothing tells, and it is never asked twice.

        Any attempt but the first may follow one that was done: also where this process died before it could say so.
        """
        repeating = case.repeating(call)
        if (attempt > 1 or is_retried) and repeating.found_by:
            found = await self._look(case, call, repeating.found_by, key)
            if not isinstance(found, Refused) or found.reason != NOT_FOUND:
                return found
            await self.keep(case, replace(call, operation=repeating.found_by), attempt, NOT_FOUND, found.evidence)
        if attempt > 1 and repeating.never:
            return None
        try:
            return await self._ask(case, call, key)
        except ServiceFailed as failure:
            if failure.late or not failure.retryable:
                await self.keep(case, call, attempt, "late" if failure.late else "failed", failure.evidence)
            raise

    async def _look(
        self, case: Case, call: OperationCall, operation: str, key: str
    ) -> Answered | Refused | Pending | Handed:
        """What became of it, as the office tells by the key."""
        takes = case.edition.catalogue.offices[call.office].operations[operation].get("takes", ())
        assert isinstance(takes, list | tuple), "the compiler saw to it"
        arguments = {name: call.arguments[name] for name in takes if name in call.arguments}
        given = {KEY: key} if KEY in takes and KEY not in arguments else {}
        return await self._ask(case, OperationCall(call.office, operation, arguments), key, given=given)

    async def news(self, case: Case, within_seconds: float) -> Move | None:
        """What the office says now that was not known; raises `ServiceFailed`."""
        if case.follow is None:
            return None
        try:
            outcome = await self._ask(case, case.follow, f"{case.request.id}:follow", within_seconds)
        except ServiceFailed as failure:
            await self.keep(case, case.follow, 1, "late" if failure.late else "failed", failure.evidence)
            raise
        move = case.news(outcome, self._clock()) if isinstance(outcome, Answered) else None
        if move is None:  # else the move tells of the exchange
            await self.keep(case, case.follow, 1, type(outcome).__name__.lower(), outcome.evidence)
        if isinstance(outcome, Pending | Handed):
            raise ServiceFailed("pending", retryable=True, late=True)
        return move

    async def _ask(
        self,
        case: Case,
        call: OperationCall,
        key: str,
        within_seconds: float = limits.office_worker_seconds,
        given: Mapping[str, str] = NOTHING_GIVEN,
    ) -> Answered | Refused | Pending | Handed:
        request = case.request
        values = {
            "msisdn": request.msisdn,
            "reference": request.reference,
            "currency": case.edition.program.currency.code,
            "title": title_of(case, request.language),
            **request.answers,
            **request.results,
        }
        arguments = {parameter: values.get(name, "") for parameter, name in call.arguments.items()}
        entry = case.edition.catalogue.offices.get(call.office)
        party = represented(entry.adapter if entry else "", request.reference if request.mandate else "")
        told = {**arguments, **given, **party}
        return await case.edition.offices[call.office].ask(call.operation, told, key, within_seconds)

    async def keep(self, case: Case, call: OperationCall, attempt: int, outcome: str, evidence: str) -> None:
        """Keep what names an exchange by which something may have been done that no move tells of."""
        if not evidence or attempt > limits.office_unclear_told_max:
            return
        told = {"stage": str(case.request.stage), "office": call.office, "operation": call.operation}
        told |= {"outcome": outcome, "evidence": evidence}
        entry = AuditEntry(self._clock(), HOUSE, ASK, case.request.id, case.service.name, told)
        try:
            await self._ledger.note(entry)
        except StoreUnavailable:
            log.warning("audit_line_lost", subject=entry.subject, service=entry.purpose, **told)
            raise


def unclear(attempt: int, *, is_looked_for: bool) -> JobEnding:
    """Nobody knows whether it was done, and it is not done again: looked for a few times more, then a person looks."""
    pauses = limits.office_unclear_pauses_seconds if is_looked_for else ()
    if attempt - 2 < len(pauses):
        return Again("not found yet", pause_seconds=pauses[attempt - 2])
    return GivenUp("not known whether it was done; ask the office, then let it be tried again or give it up")
