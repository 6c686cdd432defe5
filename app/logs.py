"""One JSON line a fact on standard output; nothing in it names a citizen."""

from __future__ import annotations

import json
import logging
import sys

import structlog

from app.errors import place_of


class _Wordless(logging.Formatter):
    """A library's record as its level, its logger and the place of its error: its words may be a citizen's."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        line = {"level": record.levelname.lower(), "logger": record.name, "place": place_of(error) if error else ""}
        return json.dumps(line)


def set_up_logs() -> None:
    """For the process's own start: structlog as JSON, the libraries only from WARNING up (httpx logs whole URLs)."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Wordless())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
