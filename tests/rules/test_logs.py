"""Log lines as the gateway's process writes them."""

from __future__ import annotations

import json
import subprocess
import sys

LINES = """
import asyncio, logging, structlog
from app.logs import set_up_logs

set_up_logs()
log = structlog.get_logger()
log.info("before", number=1)

async def work():
    log.warning("within", fit=object)
    logging.getLogger("library").warning("what a citizen typed")

asyncio.run(work())
log.error("after", place="š")
"""


def test_every_line_leaves_in_order_though_the_process_ends_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", LINES], check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line.get("event"), line["level"]) for line in lines] == [
        ("before", "info"), ("within", "warning"), (None, "warning"), ("after", "error"),
    ]  # fmt: skip
    assert lines[0].keys() == {"number", "event", "level", "timestamp"}
    assert lines[0]["timestamp"].endswith("Z")
    assert "citizen" not in done.stdout
