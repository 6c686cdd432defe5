"""Gateways and workers carry nothing that only a command line or a terminal needs."""

from __future__ import annotations

import subprocess
import sys

ABSENT = ("typer", "rich", "pygments", "africastalking", "requests", "alembic", "asyncpg", "textual")
LOADS = f"""
import sys
from app import entry, lasting
lasting._prepare()
import app.main, app.worker
print([name for name in {ABSENT} if sys.modules.get(name)])
"""


def test_a_process_that_lasts_loads_no_command_line_and_no_second_http_client() -> None:
    told = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == "[]"
