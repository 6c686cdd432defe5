"""A database for tests in which time does not matter, on a machine that may be busy."""

from __future__ import annotations

from functools import partial

from integrations.database import open_database
from integrations.database.limits import calm_seconds_max

open_patiently = partial(open_database, allow_unsafe=True, call_seconds=calm_seconds_max)
