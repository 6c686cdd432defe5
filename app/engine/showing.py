"""What a screen shows: its page in the state's language, cut to what the handset takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from app import limits
from app.engine.branching import open_options
from app.engine.exchange import Facts, Page
from app.engine.moves import can_go_back
from app.engine.pages import PREFIX, Leaf, back_lines, entry_keys, leaf, more_lines, option_line, own_lines, words
from app.engine.program import (
    Ask,
    CallScreen,
    Choose,
    Confirm,
    Declared,
    End,
    Listing,
    PageScreen,
    Pick,
    Program,
    Screen,
    once,
    program_of,
)
from app.engine.rendering import TELLING, Entry, entries, is_masked, render, render_entry
from app.engine.state import State


def listed(program: Program, state: State, listing: Listing) -> list[dict[str, str]]:
    """The entries of a list that a screen of the state's program shows, no more than were declared."""
    owner = program_of(state.screen)
    return entries(state, owner, listing.name)[: program.names[owner][listing.name].most]


def show_text(program: Program, state: State, screen: Ask | Confirm | End, notice: str) -> Page:
    """A screen that is always one page."""
    if notice or state.first or not _is_same_for_all(program, screen):
        return _text_page(program, state, screen, notice)
    place = (state.screen, state.language, can_go_back(state))
    return once(program, place, _text_page, program, state, screen, "")


def _text_page(program: Program, state: State, screen: Ask | Confirm | End, notice: str) -> Page:
    text = screen.text
    if isinstance(screen, Ask) and state.first and screen.rule.again:
        text = screen.rule.again
    ends = isinstance(screen, End)
    keys = () if ends else (*own_lines(program, screen, state.language), *_back_lines(program, state))
    page = "\n".join(filter(None, (notice, render(program, state, text), *keys)))
    return Page(page, ends, notice)


def show_leaf(
    program: Program,
    state: State,
    facts: Facts,
    screen: Choose | PageScreen | Pick,
    shown: Sequence[Entry],
    notice: str,
) -> tuple[Page, int]:
    """One page of a screen that may have several, and the place where the next begins (0: this is the last).

    `shown` are the entries of its list, if it has one.
    """
    if notice or not _is_same_for_all(program, screen):
        return _leaf_page(program, state, facts, screen, shown, notice)
    place = (state.screen, state.language, can_go_back(state), state.starts, _room(program, facts))
    return once(program, place, _leaf_page, program, state, facts, screen, shown, "")


def _is_same_for_all(program: Program, screen: Screen) -> bool:
    """Whether nothing on its pages depends on a citizen: making such pages anew would cost a sixth of a turn."""
    return once(program, (screen.name,), _is_fixed, screen)


def _is_fixed(screen: Screen) -> bool:
    if isinstance(screen, (CallScreen, Pick)) or (isinstance(screen, PageScreen) and screen.listing):
        return False
    if isinstance(screen, Choose) and any(option.when for option in screen.options):
        return False
    return all(isinstance(part, str) for template in screen.text.values() for part in template)


def _leaf_page(
    program: Program,
    state: State,
    facts: Facts,
    screen: Choose | PageScreen | Pick,
    shown: Sequence[Entry],
    notice: str,
) -> tuple[Page, int]:
    units, top, glue = _units(program, state, facts, screen, shown)
    start = state.starts[-1] if state.starts else 0
    ends = isinstance(screen, PageScreen) and screen.to is None
    back = _back_lines(program, state)
    page: Leaf = leaf(
        (notice, "" if start else top),
        units,
        glue,
        start,
        () if ends else (*own_lines(program, screen, state.language), *back),
        (*more_lines(program, state.language), *back),
        *_room(program, facts),
    )
    return Page(page.text, ends and not page.following, notice), page.following


def _units(
    program: Program, state: State, facts: Facts, screen: Choose | PageScreen | Pick, shown: Sequence[Entry]
) -> tuple[Sequence[str], str, str]:
    """What is not split between pages, what stands above it on the first, and what between two of them."""
    if isinstance(screen, PageScreen) and screen.listing is None:
        return words(render(program, state, screen.text)), "", ""
    top = render(program, state, screen.text)
    if isinstance(screen, Choose):
        shown_options = [one for one in open_options(program, state, facts, screen) if not one.quiet]
        return [option_line(one, state.language) for one in shown_options], top, "\n"
    return _lines(program, state, screen, shown), top, "\n"


def _lines(program: Program, state: State, screen: PageScreen | Pick, shown: Sequence[Entry]) -> Sequence[str]:
    assert screen.listing is not None, "a text has words"
    owner = program_of(state.screen)
    fields = program.names[owner][screen.listing.name].fields or {}
    line, language = screen.listing.line, state.language
    is_whole = is_masked(program, state, screen.listing.name)

    def is_hidden(field: Declared) -> bool:
        return is_whole or (state.retyped is not None and field.type in TELLING)

    def plain(place: int) -> str:
        return render_entry(program, fields, shown[place], line, language, is_hidden) or "-"

    if isinstance(screen, PageScreen):
        return Lines(len(shown), plain)
    keys = entry_keys(program, len(shown))
    return Lines(len(shown), lambda place: f"{keys[place]}. {plain(place)}")


class Lines(Sequence[str]):
    """Lines that are made when they are first looked at: a page shows only some of a list."""

    def __init__(self, count: int, make: Callable[[int], str]) -> None:
        self._count = count
        self._make = make
        self._made: dict[int, str] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self._line(one) for one in range(*place.indices(self._count))]
        return self._line(range(self._count)[place])

    def _line(self, place: int) -> str:
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]


def _room(program: Program, facts: Facts) -> tuple[int, str]:
    """Septets that a page may have, and what is counted before its text."""
    if facts.channel == "sms":
        return limits.sms_reply_septets_max, ""
    return program.budget(facts.aggregator, facts.network), PREFIX


def _back_lines(program: Program, state: State) -> tuple[str, ...]:
    return back_lines(program, state.language) if can_go_back(state) else ()
