"""Fields of a conversation file: text, flags, times, patterns. What is wrong is complained of and left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from app import limits
from app.authoring.conversations.matching import BadPattern
from app.authoring.conversations.model import Place
from app.authoring.conversations.source import Complain, Node
from app.authoring.conversations.wording import BadCapture, Wording, parse, parse_pattern
from app.compiler.known import enumerated

UNIT_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_WAIT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) *(s|min|h|d)")
_NUMBER = re.compile(r"\+?[0-9]{8,15}")
YEARS = range(2000, 2101)
"""Of all that a conversation lives through. Time zones, leases and retries reckon with what lies around it."""


class Fields:
    """The pairs of one mapping. A key that is not among `known` is a complaint; so is every misfit value asked for."""

    def __init__(self, node: Node, known: Iterable[str], complain: Complain, what: str) -> None:
        self.node = node
        self.place = place_of(node)
        self._complain = complain
        self._pairs: dict[str, Node] = {}
        if node.kind != "mapping":
            self.wrong(node, "shape", f"{what} is a mapping of names to values")
            return
        expected = tuple(known)
        for key, value in node.pairs:
            if key.text not in expected:
                self.wrong(key, "unknown-key", f"`{key.text}` is unknown in {what}; known are {enumerated(expected)}")
            else:
                self._pairs[key.text] = value

    def wrong(self, node: Node, rule: str, text: str) -> None:
        self._complain(node.complaint(rule, text))

    def get(self, key: str) -> Node | None:
        return self._pairs.get(key)

    def keys(self) -> frozenset[str]:
        return frozenset(self._pairs)

    def text(self, key: str) -> str | None:
        node = self.get(key)
        if node is not None and node.kind != "scalar":
            self.wrong(node, "shape", f"`{key}` is a text; put it in quotes")
            return None
        return node.text if node else None

    def words(self, key: str) -> tuple[str, ...]:
        """A list of names; nothing is an empty one."""
        node = self.get(key)
        if node is None:
            return ()
        if node.kind != "list" or any(entry.kind != "scalar" for entry in node.entries):
            self.wrong(node, "shape", f"`{key}` is a list of names: `[one, two]`")
            return ()
        return tuple(entry.text for entry in node.entries)

    def flag(self, key: str) -> bool | None:
        text = self.text(key)
        if text is not None and text not in ("true", "false"):
            self.wrong(self._pairs[key], "flag", f"`{key}` is true or false, not `{text}`")
        return None if text is None else text == "true"

    def number(self, key: str) -> str | None:
        """A phone's number with its `+`."""
        text = self.text(key)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):
            self.wrong(self._pairs[key], "number", f"`{text}` is no phone number; write one such as +12025550123")
        return text if text.startswith("+") else f"+{text}"

    def seen(self, key: str, pattern: bool = False) -> Wording | None:
        """A text that must come, with captures, or a pattern with them."""
        most = limits.conversation_seen_characters_max
        if len(self.text(key) or "") > most:
            told = f"is longer than {most} letters, as nothing is that comes; shorten it"
            self.wrong(self._pairs[key], "too-long", told)
            return None
        return self.wording(key, pattern)

    def wording(self, key: str, pattern: bool = False) -> Wording | None:
        """A text with captures, or a pattern with them."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return parse_pattern(text) if pattern else parse(text)
        except BadCapture as wrong:
            self.wrong(self._pairs[key], "capture", str(wrong))
        except BadPattern as wrong:
            self.wrong(self._pairs[key], "pattern", str(wrong))
        return None

    def seconds(self, key: str) -> float | None:
        text = self.text(key)
        if text is None:
            return None
        match = _WAIT.fullmatch(text)
        seconds = float(match[1]) * UNIT_SECONDS[match[2]] if match else 0.0
        if not 0 < seconds <= limits.conversation_wait_seconds_max:
            days = limits.conversation_wait_seconds_max // UNIT_SECONDS["d"]
            told = f"`{text}` is no time to wait; write 10 s, 5 min, 2 h or 1 d, at most {days} d"
            self.wrong(self._pairs[key], "waits", told)
            return None
        return seconds

    def moment(self, key: str) -> datetime | None:
        text = self.text(key)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            told = f"`{text}` is no time with its zone; write one such as 2026-11-24T08:00:00+02:00"
            self.wrong(self._pairs[key], "at", told)
            return None
        if moment.year not in YEARS:
            told = f"`{text}` is out of time; write a year from {YEARS[0]} to {YEARS[-1]}"
            self.wrong(self._pairs[key], "at", told)
            return None
        return moment


def place_of(node: Node) -> Place:
    return Place(node.file, node.line, node.column)
