"""Pages that fit: what stands on one, and where the next begins. An entry is never split, the keys never dropped."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.engine.program import NEXT_KEY, NO_KEY, YES_KEY, Choose, Confirm, End, Option, PageScreen, Program, Screen
from app.values.text import fill, septets

PREFIX = "CON "
"""What the wire writes before a text, `END ` as well: on a page of UCS-2 it costs ten septets, not four."""
WORD_LETTERS_MAX = 40
"""A longer run without a space is split, so that every page makes progress."""
FIRST_LOOK = 6
"""Units that are looked at first: a few more than the lines of a list that a page has room for."""
_WORDS = re.compile(rf"\S{{1,{WORD_LETTERS_MAX}}}\s*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: its text, and the place of the first unit of the next (0: this is the last page)."""

    text: str
    following: int


def words(text: str) -> list[str]:
    """A long text in pieces that must not be split, each with the blanks behind it."""
    return _WORDS.findall(text)


def leaf(
    top: Sequence[str],
    units: Sequence[str],
    glue: str,
    start: int,
    last: Sequence[str],
    more: Sequence[str],
    room: int,
    before: str = "",
) -> Leaf:
    """As many units from `start` as fit into `room` septets, between `top` and the lines of `last` or `more`.

    `before` is what the wire writes before the page; it is counted, and is no part of the text.

    At least one unit is shown, so that paging always comes to its end; the compiler proves that it fits. Units far
    behind the page are never looked at, for they may be costly to make.
    """

    count = len(units)

    def page(end: int, foot: Sequence[str]) -> str:
        return _text(top, glue.join(units[start:end]), foot)

    def over(end: int, foot: Sequence[str] = more) -> bool:
        return septets(before + page(end, foot)) > room

    # Longer is never shorter in septets: what does not fit is found in growing strides, the first of it by halving.
    end = min(count, start + FIRST_LOOK)
    while end < count and (not over(end, last) or not over(end)):
        end = min(count, start + 3 * (end - start))
    if end == count and (count <= start + 1 or not over(count, last)):
        return Leaf(page(count, last), 0)
    first_over = bisect_left(range(count), True, lo=min(start + 2, end), hi=end, key=over)
    end = max(start + 1, first_over - 1)
    return Leaf(page(end, more), end)


def _text(top: Sequence[str], body: str, foot: Sequence[str]) -> str:
    return "\n".join(filter(None, (*top, body.rstrip(), *foot)))


def entry_keys(program: Program, count: int) -> Sequence[str]:
    """Numbers for the entries of a list, leaving out those that the pack reserves."""
    return _free_numbers(program.reserved, count)


@lru_cache(maxsize=100)
def _free_numbers(reserved: tuple[str, ...], count: int) -> Sequence[str]:
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        if str(number) not in reserved:
            found.append(str(number))
    return tuple(found)


def own_lines(program: Program, screen: Screen, language: str) -> tuple[str, ...]:
    """The lines for a screen's own fixed keys: yes and no, or going on after the last page."""
    if isinstance(screen, Confirm):
        return f"{YES_KEY}. {_phrase(program, 'yes', language)}", f"{NO_KEY}. {_phrase(program, 'no', language)}"
    if isinstance(screen, PageScreen) and screen.to:
        return (f"{NEXT_KEY}. {_phrase(program, 'next', language)}",)
    return ()


def more_lines(program: Program, language: str) -> tuple[str, ...]:
    return (f"{program.more_key}. {_phrase(program, 'more', language)}",)


def back_lines(program: Program, language: str) -> tuple[str, ...]:
    """The lines of the keys that lead back and home."""
    back, home = _phrase(program, "back", language), _phrase(program, "home", language)
    return f"{program.back_key}. {back}", f"{program.home_key}. {home}"


def option_line(option: Option, language: str) -> str:
    return f"{option.key}. {fill(option.text[language], {})}"


def extra_lines(program: Program, screen: Screen, language: str, can_go_back: bool) -> tuple[str, ...]:
    """What stands below a screen's text when all of it is on one page: options, own keys, back and home."""
    options = tuple(option_line(option, language) for option in screen.listed()) if isinstance(screen, Choose) else ()
    ends = isinstance(screen, End) or (isinstance(screen, PageScreen) and not screen.to)
    back = back_lines(program, language) if can_go_back and not ends else ()
    return (*options, *own_lines(program, screen, language), *back)


def _phrase(program: Program, name: str, language: str) -> str:
    return fill(program.phrases[name][language], {})
