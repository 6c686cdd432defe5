"""What stands in a published version of the menus for what the menu language came to ask for after it was published.

Whoever is on such a version goes on with it, and the house starts with it after an upgrade, until menus are published
that have words of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.agent_reasons import Unserved
from app.pushes import NoPush
from app.values.rules import Text

ANYTHING = "unavailable"
"""The phrase that is said for any other: nothing can be had now. Every pack has it."""
_TYPED = (
    "not_in_list", "not_same", "bad_text", "bad_digits", "bad_number", "bad_amount", "bad_date", "bad_phone",
    "bad_identity", "bad_meter", "bad_account", "bad_reference", "bad_secret",
)  # fmt: skip
_PHRASES: Mapping[str, str] = dict.fromkeys(_TYPED, "wrong_choice")
_REASONS: Mapping[str, str] = {
    NoPush.WAITING: NoPush.OVER,
    Unserved.ELSEWHERE: Unserved.BARRED,
    Unserved.UNDER_WAY: Unserved.BARRED,
}
LATER_RULES = frozenset({"missing-text"})
"""Complaints of texts that a service lacks: whoever would send one sends another, or none."""


def with_phrases(phrases: Mapping[str, Text], wanted: Iterable[str]) -> dict[str, Text]:
    """All phrases, those that lack told by others."""
    anything = phrases[ANYTHING]
    return {name: anything if name not in _PHRASES else phrases[_PHRASES[name]] for name in wanted} | dict(phrases)


def reason_for(reason: str, covered: Iterable[str]) -> str | None:
    """Of the reasons for which menus have a way the one that is nearest to `reason`; None: they have none at all."""
    written = tuple(covered)
    nearest = _REASONS.get(reason)
    return nearest if nearest in written else next(iter(written), None)
