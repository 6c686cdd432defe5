"""One JSON line a fact on standard output; nothing in it names a citizen."""

from __future__ import annotations

import asyncio
import atexit
import io
import logging
import sys
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from app import limits
from app.errors import place_of
from app.turn_line import TurnLine

_log: Final = structlog.get_logger()


class _Wordless(logging.Formatter):
    """A library's record as its level, its logger and the place of its error, or where in the library it was written:
    its words may be a citizen's.
    """

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        line = {
            "logger": record.name,
            "place": place_of(error) if error else f"{record.filename}:{record.lineno}",
            "event": "library",
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC),
        }
        return _encode(line).decode()


class _Patient(io.TextIOBase):
    """Standard output that may be closed or full: a line is lost then, never a citizen's answer.

    In an event loop the lines of a moment leave together: a system call for each would cost a tenth of a turn.
    """

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._moment = datetime.now(UTC)
        atexit.register(self._leave)

    def write(self, text: str) -> int:
        self._put(text.encode(errors="backslashreplace"))
        return len(text)

    def moment(self) -> datetime:
        """When the first of the lines came that leave together, for those of which there are many: to look at the clock
        for each would cost a hundredth of a turn.
        """
        return self._moment if self._waiting else datetime.now(UTC)

    def line(self, line: bytes) -> None:
        self._put(line + b"\n")

    def _put(self, text: bytes) -> None:
        """It leaves soon if an event loop runs here, else at once."""
        is_first = not self._waiting
        self._waiting.append(text)
        if is_first:
            self._moment = datetime.now(UTC)
        if (is_first and not self._leave_soon()) or len(self._waiting) >= limits.log_lines_waiting_max:
            self._leave()

    def _leave_soon(self) -> bool:
        try:
            asyncio.get_running_loop().call_later(limits.log_flush_seconds, self._leave)
        except RuntimeError:
            return False
        return True

    def _leave(self) -> None:
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        with suppress(OSError, ValueError):
            sys.stdout.write(b"".join(lines).decode())
            sys.stdout.flush()


class _Lines(structlog.BoundLoggerBase):
    """Writes a line at once: structlog's own processors cost a twentieth of a turn."""

    def info(self, event: str, **fields: object) -> None:
        self._write(event, "info", fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(event, "warning", fields)

    def error(self, event: str, **fields: object) -> None:
        self._write(event, "error", fields)

    def _write(self, event: str, level: str, fields: dict[str, object]) -> None:
        fields["event"], fields["level"], fields["timestamp"] = event, level, datetime.now(UTC)
        self._logger.line(_encode(fields))


_encode: Final = msgspec.json.Encoder(enc_hook=repr).encode
_outputs: Final[list[_Patient]] = []


def write_turn(outcome: str, aggregator: str, session: str, caller: str, is_final: bool, milliseconds: float) -> None:
    """What a turn came to, with fewer steps than a line takes whose fields are found by their names."""
    if _outputs:
        output = _outputs[-1]
        line = TurnLine(outcome, aggregator, session, caller, is_final, milliseconds, output.moment())
        output.line(_encode(line))
    else:  # nobody set up the logs of this process, so they are structlog's own
        line = TurnLine(outcome, aggregator, session, caller, is_final, milliseconds, datetime.now(UTC))
        _log.info(**msgspec.structs.asdict(line))


def set_up_logs() -> None:
    """For the process's own start: structlog as JSON, the libraries only from WARNING up (httpx logs whole URLs)."""
    output = _Patient()
    _outputs.append(output)
    handler = logging.StreamHandler(output)
    handler.setFormatter(_Wordless())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        wrapper_class=_Lines, logger_factory=lambda *_: output, cache_logger_on_first_use=True,
    )  # fmt: skip
