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
        ("before", "info"), ("within", "warning"), ("library", "warning"), ("after", "error"),
    ]  # fmt: skip
    assert lines[0].keys() == {"number", "event", "level", "timestamp"}
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[2].keys() == {"logger", "place", "event", "level", "timestamp"}
    assert "citizen" not in done.stdout


TURNS = """
import asyncio, structlog
from app.logs import set_up_logs, write_turn

set_up_logs()
write_turn("first", "africastalking", "5e55", "ca11", False, 1.5)

async def work():
    structlog.get_logger().warning("within")
    write_turn("second", "africastalking", "5e55", "ca11", True, 2.5)

asyncio.run(work())
"""


def test_a_turn_has_the_time_of_the_lines_that_it_leaves_with_and_not_of_those_before() -> None:
    done = subprocess.run([sys.executable, "-c", TURNS], check=True, capture_output=True, text=True)
    first, within, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert (first["outcome"], within["event"], second["outcome"]) == ("first", "within", "second")
    assert first["timestamp"] < within["timestamp"] <= second["timestamp"]
    assert {name: second[name] for name in second if name != "timestamp"} == {
        "outcome": "second", "aggregator": "africastalking", "session": "5e55", "caller": "ca11", "final": True,
        "milliseconds": 2.5, "event": "turn", "level": "info",
    }  # fmt: skip
