"""Numbers and ids that no other test has, and the shipped pack's languages."""

from __future__ import annotations

import itertools
import os

from app.terminal.languages import read_languages
from tests.lands import FLAT
from tests.story.country import SERVICE_CODE

_numbers = itertools.count(50_700_000)
_ids = itertools.count(1)


def new_number() -> str:
    return f"+266{next(_numbers)}"


def new_id() -> str:
    return f"{os.getpid():x}{next(_ids):x}"


def languages() -> dict[str, str]:
    return read_languages((), FLAT, SERVICE_CODE)
