"""Questions that a dialogue asks of an office about a person: each leaves a line in the audit log, and no value of it.

A line is durable before its page is shown. While the database does not take it, nobody waits and no question is
refused: the line goes into this process's own log at once, and into the audit log when the database is back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

import structlog

from app import limits
from app.audit import ASK, CITIZEN, AuditEntry
from app.catalogue import Service
from app.doors import NEVER_ASKED, Said
from app.editions import Edition
from app.errors import ServiceFailed, StoreUnavailable
from app.filing import Asker
from app.messages import Refused
from app.ports import Audit, Clock
from app.privacy import DataClass
from app.x_road import represented

log = structlog.get_logger()


class Inquiries:
    """Asks, and writes the lines of all who ask at once in one transaction."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock
        self._waiting: deque[AuditEntry] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._is_away = False

    async def ask(
        self,
        edition: Edition,
        service: Service,
        arguments: Mapping[str, str],
        key: str,
        asker: Asker,
        patience_seconds: float,
        office: str = "",
    ) -> Said:
        """What the operation of a service of kind `ask` says; `office` if it is not the service's own. Raises
        `ServiceFailed`.
        """
        assert service.ask is not None, "a service of kind `ask` has its operation; the compiler saw to it"
        asked = office or service.ask.office
        try:
            entry = edition.catalogue.offices.get(asked)
            party = represented(entry.adapter if entry else "", asker.mandate.id if asker.mandate else "")
            told = {**arguments, **party}
            said = await edition.offices[asked].ask(service.ask.operation, told, key, patience_seconds)
        except ServiceFailed as failure:
            if failure.closed_seconds is None and failure.reason not in NEVER_ASKED:
                await self._keep(self._line(edition, service, asked, asker, _told_of(failure)))
            raise
        except asyncio.CancelledError:  # the turn was cut; it may have been asked all the same
            self._put(self._line(edition, service, asked, asker, {"outcome": "cut", "reason": "", "evidence": ""}))
            raise
        reason = said.reason if isinstance(said, Refused) else ""
        told = {"outcome": type(said).__name__.lower(), "reason": reason, "evidence": said.evidence}
        await self._keep(self._line(edition, service, asked, asker, told))
        return said

    async def keep_up(self, every_seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Write for ever what the database did not take at once."""
        while True:
            await sleep(every_seconds)
            await self.write()

    async def write(self) -> None:
        """Write what waits, if the database takes it."""
        if self._waiting:
            await asyncio.shield(self._writer())

    async def close(self) -> None:
        """The last try; a line that cannot be written now stands in the log alone."""
        await self.write()
        while self._waiting:
            log.error("audit_line_lost", **_shown(self._waiting.popleft()))

    def _line(
        self, edition: Edition, service: Service, office: str, asker: Asker, told: Mapping[str, str]
    ) -> AuditEntry | None:
        """None of what is about nobody: an answer that anybody may have to a question that names no person."""
        if all(meant is DataClass.PUBLIC for meant in service.classes.values()):
            return None
        purpose = edition.catalogue.purposes.get(service.purpose)
        assert service.ask is not None, "it was asked"
        details = {
            "channel": asker.channel,
            "office": office,
            "operation": service.ask.operation,
            "purpose": purpose.mark if purpose else "",
            "menus": edition.version,
            **({"mandate": asker.mandate.id} if asker.mandate else {}),
            **told,
        }
        actor = asker.mandate.way if asker.mandate else CITIZEN
        return AuditEntry(self._clock(), actor, ASK, asker.effect, service.name, details)

    async def _keep(self, line: AuditEntry | None) -> None:
        """Nobody waits behind lines that wait already: a turn has no time for that more than once."""
        if line is None:
            return
        writer = self._put(line)
        if not self._is_away:
            await asyncio.wait((writer,), timeout=limits.audit_wait_seconds)
        if any(one is line for one in reversed(self._waiting)):
            self._is_away = True
            log.warning("audit_line_waits", **_shown(line))

    def _put(self, line: AuditEntry | None) -> asyncio.Task[None]:
        if line is not None:
            self._waiting.append(line)
        while len(self._waiting) > limits.audit_lines_waiting_max:
            log.error("audit_line_lost", **_shown(self._waiting.popleft()))
        return self._writer()

    def _writer(self) -> asyncio.Task[None]:
        """One transaction is out at a time; who comes meanwhile is in the next one."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return self._writing

    async def _write_all(self) -> None:
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(len(self._waiting), limits.audit_lines_written_max))]
            try:
                await self._audit.append(*batch)
            except StoreUnavailable:
                self._is_away = True
                return
            for entry in batch:
                if self._waiting and self._waiting[0] is entry:
                    self._waiting.popleft()
        self._is_away = False


def _told_of(failure: ServiceFailed) -> dict[str, str]:
    """In the house's words: the reasons of adapters may hold an office's own."""
    word = "late" if failure.late else "down" if failure.retryable else "failed"
    return {"outcome": word, "reason": "", "evidence": failure.evidence}


def _shown(entry: AuditEntry) -> dict[str, str]:
    return {"at": entry.at.isoformat(), "subject": entry.subject, "service": entry.purpose, **entry.details}
