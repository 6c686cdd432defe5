"""An office whose questions are recorded from outside: its adapter knows nothing of it, and nobody waits for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from app import limits
from app.errors import ServiceFailed
from app.messages import Answered, Handed, Pending, Refused
from app.ports import Clock, Office
from integrations.http import Asked, Go, HttpAnswer, between
from integrations.services.placeholders import Unlike
from integrations.services.recording import Said, kind_of, write_sample
from integrations.services.rehearsing import Exchange, Question, sample_of
from integrations.services.settings import OfficeSettings
from integrations.services.vocabularies import VOCABULARIES, Vocabulary

log = structlog.get_logger()
_BESIDE = ThreadPoolExecutor(1, "recording")
"""One thread of its own for all offices: what others do beside the event loop need not wait for recordings."""


def recorded(office: Office, adapter: str, told: OfficeSettings, clock: Clock) -> Office:
    """The office, with samples of it kept below `told.recordings`; unchanged if there is no such place, or if its
    adapter keeps its own.
    """
    vocabulary = VOCABULARIES.get(adapter)
    if told.recordings is None or vocabulary is None:
        return office
    return RecordedOffice(office, adapter, told, clock, vocabulary)


class RecordedOffice:
    """Asks as the office does. What was said is made a sample of afterwards and on another thread."""

    def __init__(
        self, office: Office, adapter: str, told: OfficeSettings, clock: Clock, vocabulary: Vocabulary
    ) -> None:
        assert told.recordings is not None, "there is nowhere to keep samples"
        self._office = office
        self._adapter = adapter
        self._told = told
        self._clock = clock
        self._vocabulary = vocabulary
        self._directory: Path = told.recordings / adapter
        self._tries: Counter[str] = Counter()
        self._keeping: set[asyncio.Future[None]] = set()

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending | Handed:
        tape = _Tape(self._vocabulary)
        token = between.set(tape.between)
        try:
            said = await self._office.ask(operation, arguments, key, within_seconds)
        except ServiceFailed as failed:
            self._note(operation, arguments, key, tape, failed)
            raise
        finally:
            between.reset(token)
        if not isinstance(said, Handed):
            self._note(operation, arguments, key, tape, said)
        return said

    async def close(self) -> None:
        await self.settle()
        await self._office.close()

    async def settle(self) -> None:
        """Return when everything that was said until now is kept or not."""
        if self._keeping:
            await asyncio.wait(self._keeping)

    def _note(self, operation: str, arguments: Mapping[str, str], key: str, tape: _Tape, said: Said) -> None:
        """Raises nothing, as `_keep`."""
        try:
            self._begin(operation, arguments, key, tape.stop(), said)
        except Exception as error:
            log.warning("recording_not_kept", office=self._told.name, reason=type(error).__name__)

    def _begin(
        self, operation: str, arguments: Mapping[str, str], key: str, exchanges: Sequence[Exchange], said: Said
    ) -> None:
        if not exchanges or len(self._keeping) >= limits.office_recordings_waiting_max:
            return
        name = f"{self._told.name}-{operation}-{kind_of(said)}"
        is_new = name not in self._tries
        if (is_new and len(self._tries) >= limits.office_recordings_max) or (
            self._tries[name] >= limits.office_recording_tries_max
        ):
            return
        self._tries[name] += 1
        question = Question(operation, dict(arguments), key, exchanges, said, self._clock())
        keeping = asyncio.get_running_loop().run_in_executor(_BESIDE, self._keep, name, question)
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    def _keep(self, name: str, question: Question) -> None:
        """Raises nothing: what the office did stays done, and nothing of an error is told but its name."""
        try:
            sample = asyncio.run(sample_of(self._adapter, self._told, self._vocabulary, question))
            if not write_sample(self._directory, self._told.name, name, sample):
                self._tries[name] = limits.office_recording_tries_max
        except Unlike:
            pass
        except Exception as error:
            log.warning("recording_not_kept", office=self._told.name, reason=type(error).__name__)


@dataclass(slots=True)
class _Heard:
    asked: Asked
    answer: HttpAnswer | None = None
    is_over: bool = False


class _Tape:
    """The exchanges of one question."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._heard: list[_Heard] = []
        self._is_running = True

    async def between(self, asked: Asked, go: Go) -> HttpAnswer:
        if not self._is_running or self._vocabulary.opens(asked.path):
            return await go()
        heard = _Heard(asked)
        self._heard.append(heard)
        try:
            heard.answer = await go()
        except ServiceFailed as failed:
            heard.is_over = failed.reason == "connection_lost"
            raise
        heard.is_over = True
        return heard.answer

    def stop(self) -> list[Exchange]:
        """All of them; none if one was not answered, or there are too many."""
        self._is_running = False
        whole = len(self._heard) <= limits.office_recording_exchanges_max and all(one.is_over for one in self._heard)
        return [Exchange(one.asked, one.answer) for one in self._heard] if whole else []
