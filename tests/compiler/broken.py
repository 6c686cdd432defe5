"""The small right pack of `tests/broken_menus`, and each file there in its place."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_RULES_OF_OFFICES = tuple(
    ROOT / "app" / f"{name}.py"
    for name in (
        *("dci", "faults", "g2p_connect", "http_json", "manual", "mosip", "office_auth", "opencrvs", "request_headers"),
        *("outcomes", "x_road", "wallets", "mobile_money", "m_pesa", "push_poll"),
    )
)
COMPLAINING_FILES = (*(ROOT / "app/compiler").glob("*.py"), ROOT / "app/points/sheet.py", *_RULES_OF_OFFICES)
BROKEN = ROOT / "tests" / "broken_menus"
FAULTS = sorted(BROKEN.glob("*.yaml"))
BASE = {
    path.relative_to(BROKEN / "base").as_posix(): path.read_text("utf-8") for path in (BROKEN / "base").rglob("*.yaml")
}
_PLACE = re.compile(r"# --- in place of base/(.+)\n")


def broken(path: Path) -> tuple[dict[str, str], list[str]]:
    """The small pack with the file in its place, and the complaints expected; it may hold several files."""
    text = path.read_text("utf-8")
    places = list(_PLACE.finditer(text))
    assert places, "a broken menu says whose place it takes"
    expected = [line.removeprefix("# ") for line in text[: places[0].start()].splitlines()]
    begins = [0, *(place.end() for place in places[1:])]
    ends = [*(place.start() for place in places[1:]), len(text)]
    files = {place[1]: text[begin:end] for place, begin, end in zip(places, begins, ends, strict=True)}
    return {**BASE, **files}, expected
