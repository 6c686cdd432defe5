"""Puts what was seen into the files of conversations: only the values change, every other letter stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.authoring.conversations.model import Conversation, Expected, Place
from app.authoring.conversations.player import Played, fits
from app.authoring.conversations.scalars import Scalar, find_scalars
from app.authoring.conversations.source import quoted
from app.authoring.conversations.wording import put_back
from app.replacing import replace_text


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A value to put at a place. `plain` writes it without quotes; `ends` adds `ends: true` after it."""

    place: Place
    value: str
    plain: bool = False
    ends: bool = False


def rewrites(conversation: Conversation, played: Played) -> Iterator[Rewrite]:
    """What must change so that the file says what was seen; nothing from a turn on that could not be played."""
    for turn, seen in zip(conversation.turns, played.seen, strict=True):
        if seen.trouble:
            return
        final = seen.page is not None and seen.page.final
        adds_end = turn.ends is False and final and turn.ends_place is None
        page = None if seen.page is None else seen.page.text
        value = _anew(turn.page, page, seen.captures)
        if turn.page is not None and (value is not None or adds_end):
            yield Rewrite(turn.page.place, turn.page.text.written() if value is None else value, ends=adds_end)
        if turn.ends_place is not None and turn.ends is not None and turn.ends != final:
            yield Rewrite(turn.ends_place, "true" if final else "false", plain=True)
        value = _anew(turn.sms, seen.sms, seen.captures)
        if turn.sms is not None and value is not None:
            yield Rewrite(turn.sms.place, value)


def _anew(expected: Expected | None, seen: str | None, captures: Mapping[str, str]) -> str | None:
    """The value to write, None if it stays: a pattern is its author's, and nothing seen is nothing to write.

    A capture stays one; a text that would lose one stays as it is, and fails.
    """
    if expected is None or seen is None or expected.text.pattern or fits(expected, seen, captures):
        return None
    return put_back(seen, expected.text.names, captures)


def rewrite_files(changes: Iterable[Rewrite]) -> int:
    """Apply rewrites, each file whole or not at all; returns how many values changed. Raises `FileUnfit`."""
    by_file: dict[str, list[Rewrite]] = {}
    for change in changes:
        by_file.setdefault(change.place.file, []).append(change)
    for file, in_file in by_file.items():
        # No universal newlines: what is not rewritten must stay to the byte.
        with Path(file).open(encoding="utf-8", newline="") as source:
            text = source.read()
        replace_text(Path(file), rewrite(text, in_file))
    return sum(map(len, by_file.values()))


def rewrite(text: str, changes: Iterable[Rewrite]) -> str:
    """The text of a file with its values changed, from the last one to the first, so that places stay true."""
    scalars = find_scalars(text)
    line_end = "\r\n" if "\r\n" in text else "\n"
    for change in sorted(changes, key=lambda change: change.place, reverse=True):
        scalar = scalars[change.place.line, change.place.column]
        before = text[: scalar.start]
        gap = " " if before.endswith(":") else ""
        text = before + gap + line_end.join(_lines(change, scalar)) + text[scalar.end :]
    return text


def _lines(change: Rewrite, scalar: Scalar) -> list[str]:
    lines = [change.value] if change.plain else _written(change.value, scalar)
    lines[0] += scalar.comment
    if change.ends and scalar.in_braces:
        lines[0] += ", ends: true"
    elif change.ends:
        lines.append(f"{' ' * scalar.key_column}ends: true")
    return lines


def _written(value: str, scalar: Scalar) -> list[str]:
    """A block for several lines, else quoted; a text whose blanks a block could lose is quoted too."""
    lines = value.split("\n")
    fragile = any(line != line.strip() or not line.isprintable() for line in lines) or not lines[0] or not lines[-1]
    if scalar.in_braces or len(lines) == 1 or fragile:
        return [quoted(value)]
    indent = " " * (scalar.key_column + 2)
    return ["|-", *(f"{indent}{line}" if line else "" for line in lines)]
