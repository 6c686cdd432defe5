"""Texts of a conversation with captures, `{reference}`: what a phone was shown stands for itself in later turns.

Menus write their placeholders in the same way. Outside patterns a brace itself is written twice, `{{` or `}}`; in a
pattern it is what it is in any regular expression, which never has a name between braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.authoring.conversations.matching import check_pattern, find

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IN_TEXT = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_IN_PATTERN = re.compile(r"\\.|\{(?![0-9,])([^{}]*)\}", re.DOTALL)
_ONE_WORD = r"\w(?:\S*\w)?"  # not the full stop behind it


class BadCapture(ValueError):
    """A brace that opens no capture, or a name that is none; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A place where one word stands that is only known when the conversation is played."""

    name: str

    def __str__(self) -> str:
        return f"{{{self.name}}}"


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in parts; with `pattern` the parts are those of a regular expression that matches somewhere."""

    parts: tuple[str | Capture, ...]
    pattern: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.name for part in self.parts if isinstance(part, Capture)))

    @property
    def touching(self) -> tuple[Capture, Capture] | None:
        """Two captures with nothing between them, so that nobody can say where the one ends."""
        pairs = zip(self.parts, self.parts[1:], strict=False)
        return next(((a, b) for a, b in pairs if isinstance(a, Capture) and isinstance(b, Capture)), None)

    def fill(self, captures: Mapping[str, str]) -> str:
        """The text to type or to show; a name that is not captured stays as it is written."""
        kept = re.escape if self.pattern else str
        return "".join(_filled(part, captures, kept) for part in self.parts)

    def read(self, text: str, captures: Mapping[str, str]) -> Mapping[str, str] | None:
        """What the names stand for in a text that fits, None if it does not fit. Raises `TooSlow`."""
        found = find(_expression(self.parts, captures, self.pattern), text, whole=not self.pattern)
        return None if found is None else _named(found, self.names, captures)

    def read_lines(self, text: str, captures: Mapping[str, str]) -> Mapping[str, str]:
        """As much as can be read of a text that does not fit: from lines that do, so that play can go on.

        Raises `TooSlow`.
        """
        read: dict[str, str] = {}
        for line in map(Wording, self.lines() if not self.pattern else ()):
            seen = text.split("\n") if line.names else ()
            read |= next(filter(None, (line.read(one, {**captures, **read}) for one in seen)), {})
        return read

    def lines(self) -> tuple[tuple[str | Capture, ...], ...]:
        lines: list[list[str | Capture]] = [[]]
        for part in self.parts:
            first, *others = part.split("\n") if isinstance(part, str) else (part,)
            lines[-1].append(first)
            lines += [[other] for other in others]
        return tuple(map(tuple, lines))

    def written(self) -> str:
        """As a file has it."""
        return "".join(str(part) if isinstance(part, Capture) or self.pattern else escape(part) for part in self.parts)


NOTHING = Wording(())


def parse(text: str) -> Wording:
    """A text that is typed, sent or seen as it stands; raises `BadCapture`."""
    parts: list[str | Capture] = []
    place = 0
    for match in _IN_TEXT.finditer(text):
        parts.append(text[place : match.start()])
        place = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            raise BadCapture("a brace stands alone; write a capture as `{name}` and a brace itself twice")
        else:
            parts.append(_capture(match[1]))
    return Wording(_joined([*parts, text[place:]]))


def parse_pattern(text: str) -> Wording:
    """A regular expression with captures; raises `BadCapture` and `BadPattern`."""
    parts: list[str | Capture] = []
    place = 0
    for match in _IN_PATTERN.finditer(text):
        if match[1] is not None:
            parts += [text[place : match.start()], _capture(match[1])]
            place = match.end()
    wording = Wording(_joined([*parts, text[place:]]), pattern=True)
    expression = _expression(wording.parts, {}, pattern=True)
    check_pattern(expression)
    groups = re.compile(expression).groupindex
    lost = [name for name in wording.names if f"captured_{name}" not in groups]
    if lost:
        raise BadCapture(f"`{{{lost[0]}}}` stands between `[` and `]`, where nothing is captured; take it out of there")
    return wording


def literal(text: str) -> Wording:
    """A text in which braces mean nothing."""
    return Wording((text,)) if text else NOTHING


def escape(text: str) -> str:
    """A text as a file must have it so that no brace is taken for a capture's."""
    return text.replace("{", "{{").replace("}", "}}")


def put_back(text: str, names: tuple[str, ...], captures: Mapping[str, str]) -> str | None:
    """A seen text as a file has it, with these captures for what they stand for; None if one is nowhere in it."""
    written = escape(text)
    for name in names:
        value = captures.get(name)
        if value is None:
            return None
        written, count = re.subn(rf"(?<!\w){re.escape(escape(value))}(?!\w)", f"{{{name}}}", written)
        if not count:
            return None
    return written


def _capture(name: str) -> Capture:
    if not _NAME.fullmatch(name):
        told = "a capture's name has small letters, digits and `_`, begins with a letter and has at most 40 of them"
        raise BadCapture(f"`{{{name}}}` is no capture: {told}; a brace itself is written twice, in a pattern as `\\{{`")
    return Capture(name)


def _joined(parts: list[str | Capture]) -> tuple[str | Capture, ...]:
    joined: list[str | Capture] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def _filled(part: str | Capture, captures: Mapping[str, str], kept: Callable[[str], str]) -> str:
    if isinstance(part, str):
        return part
    return kept(captures[part.name]) if part.name in captures else str(part)


def _expression(parts: tuple[str | Capture, ...], captures: Mapping[str, str], pattern: bool) -> str:
    """A group where a name stands first, what it stands for everywhere else."""
    expression, opened = [], set()
    for part in parts:
        if isinstance(part, str):
            expression.append(part if pattern else re.escape(part))
        elif part.name in captures:
            expression.append(re.escape(captures[part.name]))
        else:
            expression.append(f"(?P=captured_{part.name})" if part.name in opened else _group(part.name))
            opened.add(part.name)
    return "".join(expression)


def _group(name: str) -> str:
    return f"(?P<captured_{name}>{_ONE_WORD})"


def _named(match: re.Match[str], names: tuple[str, ...], captures: Mapping[str, str]) -> dict[str, str]:
    """A group that an alternative of the pattern passed over has captured nothing."""
    groups = match.groupdict()
    found = {name: captures.get(name) or groups.get(f"captured_{name}") for name in names}
    return {name: value for name, value in found.items() if value is not None}
