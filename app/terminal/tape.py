"""What the phones did, turn by turn, while a recording runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from app.limits import conversation_turns_max

pause_noted_seconds = 60.0  # a pause this long may end a session, so it belongs to the conversation


class Did(StrEnum):
    """What happened in a turn; the words are those of the format."""

    DIALS = "dials"
    TYPES = "types"
    TEXTS = "texts"
    RECEIVES = "receives"
    DROPS = "drops"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Turn:
    """`what` was dialled, typed, texted, received or (seconds) waited; `page` None: no page came."""

    number: str
    did: Did
    what: str = ""
    page: str | None = None
    ends: bool = False


@dataclass(slots=True)
class Conversation:
    """`language` is what its first number had chosen earlier, if that is known."""

    name: str
    language: str | None = None
    began_at: datetime | None = None
    turns: list[Turn] = field(default_factory=list)


class Tape:
    """Runs or stands still; phones note every turn on it, from several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: Conversation | None = None
        self._languages: Mapping[str, str] = {}
        self._noted_at = clock()

    @property
    def is_running(self) -> bool:
        return self._running is not None

    def start(self, name: str, languages: Mapping[str, str]) -> None:
        """Record from the next dial or SMS on; `languages` is what numbers have chosen already."""
        with self._lock:
            self._running = Conversation(name)
            self._languages = languages

    def stop(self) -> Conversation | None:
        """What was recorded; None when there is not a single turn."""
        with self._lock:
            conversation, self._running = self._running, None
        return conversation if conversation and conversation.turns else None

    def note(self, turn: Turn) -> None:
        with self._lock:
            if self._running is None:
                return
            now = self._clock()
            if not self._running.turns:
                if turn.did not in (Did.DIALS, Did.TEXTS):
                    return
                self._running.began_at = self._noted_at = now
                self._running.language = self._languages.get(turn.number)
            passed, self._noted_at = now - self._noted_at, now
            self._append(self._running.turns, turn, passed)

    def _append(self, turns: list[Turn], turn: Turn, passed: timedelta) -> None:
        seconds = passed.total_seconds()
        # The worker's time: an SMS goes out after the reply. A wait that was noted has been counted.
        came_late = turn.did is Did.RECEIVES and turns and turns[-1].did is not Did.WAITS
        if turn.did is not Did.WAITS and (came_late or seconds >= pause_noted_seconds):
            turns.append(Turn(turn.number, Did.WAITS, str(max(1, ceil(seconds)))))
        turns.append(turn)
        del turns[conversation_turns_max:]  # the recording ends there; its file could not be read with more
