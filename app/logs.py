"""One JSON line a fact on standard output; nothing in it names a citizen."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs() -> None:
    """For the process's own start: structlog as JSON, the libraries only from WARNING up (httpx logs whole URLs)."""
    logging.basicConfig(
        stream=sys.stdout, level=logging.WARNING, format='{"level":"%(levelname)s","logger":"%(name)s"}'
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
