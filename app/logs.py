"""One JSON line a fact on standard output; nothing in it names a citizen."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TextIO, cast

import msgspec
import structlog

from app import limits
from app.errors import place_of


class _Wordless(logging.Formatter):
    """A library's record as its level, its logger and the place of its error: its words may be a citizen's."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        line = {"level": record.levelname.lower(), "logger": record.name, "place": place_of(error) if error else ""}
        return json.dumps(line)


class _Patient(io.TextIOBase):
    """Standard output that may be closed or full: a line is lost then, never a citizen's answer.

    In an event loop the lines of a moment leave together: a system call for each would cost a tenth of a turn.
    """

    def __init__(self) -> None:
        self._is_due = False

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            sys.stdout.write(text)
        return len(text)

    def flush(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._flush()
            return
        if not self._is_due:
            self._is_due = True
            loop.call_later(limits.log_flush_seconds, self._flush)

    def _flush(self) -> None:
        self._is_due = False
        with suppress(OSError, ValueError):
            sys.stdout.flush()


def _as_json(fields: Mapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(fields, enc_hook=repr).decode()


def set_up_logs() -> None:
    """For the process's own start: structlog as JSON, the libraries only from WARNING up (httpx logs whole URLs)."""
    handler = logging.StreamHandler(_Patient())
    handler.setFormatter(_Wordless())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(_as_json),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Patient())),
        cache_logger_on_first_use=True,
    )
