"""How often an office may be asked by workers, as services.yaml says it: `at_most: 5 a second`."""

from __future__ import annotations

import re

UNITS_SECONDS = {"second": 1, "minute": 60, "hour": 3_600}
_RATE = re.compile(r"([1-9][0-9]{0,3}) an? (second|minute|hour)")
FORM = "`5 a second`, `30 a minute` or `100 an hour`"


def spacing_seconds(text: str) -> float | None:
    """Seconds from one question to the next; None if the text is no rate."""
    found = _RATE.fullmatch(text)
    return UNITS_SECONDS[found[2]] / int(found[1]) if found else None
