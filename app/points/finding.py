"""Finds what a text means: a point by its number, or a district, council or village, and a service.

It is read as people type: capitals, accents, blanks and marks count for nothing (`Mohale's Hoek` comes in as
`mohale s hoek`). What is misspelt finds what is nearest; what may mean several things finds them all, for whoever wrote
it to choose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app import limits
from app.points.point import Point, Points
from app.points.sheet import ID_DIGITS

EXACT, STEM, NEAR, MARGIN = 1.0, 0.95, 0.75, 0.08
"""How alike a word and a name are: the same, its beginning, and from where on it is meant (difflib's ratio). Names that
are less than the margin behind the nearest may be meant as well."""
STEM_LETTERS_MIN = 4
RANGE_WORDS_MAX = 3
FILLER_LETTERS_MAX = 2
"""`in`, `sa`, `le`: words that are passed over if they mean nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A district, or a council or a village in it."""

    district: str
    council: str = ""
    village: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means. Several `areas` or `services` are those that it may mean; `unread` was not understood."""

    point: Point | None = None
    areas: tuple[Area, ...] = ()
    services: tuple[str, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class _Match:
    """The areas that some words may mean, how alike they are at the best, and the words that are left."""

    likeness: float
    areas: tuple[Area, ...]
    rest: Sequence[str]


def search(words: str, points: Points, services: Mapping[str, Collection[str]]) -> Found:
    """`services` maps those that some point has to what citizens call them, in every language."""
    tokens: Sequence[str] = [key for key in map(plain, words.split()) if key][: limits.point_words_max]
    point, areas = None, tuple[Area, ...]()
    if tokens and re.fullmatch("[0-9]{1,6}", tokens[0]):
        point = points.get(tokens[0].zfill(ID_DIGITS))
        if point is None:
            return Found(unread=tokens[0])
        tokens = tokens[1:]
    else:
        areas, tokens = _areas(tokens, points)
    found, unread = _services(tokens, services)
    return Found(point, areas, found, unread)


def plain(text: str) -> str:
    """Letters and digits alone, small, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def _areas(tokens: Sequence[str], points: Points) -> tuple[tuple[Area, ...], Sequence[str]]:
    """A district as it is written goes before anything that is only like one, and a smaller area in it narrows it."""
    districts = {plain(name): {Area(one.key)} for one in points.districts.values() for name in (one.key, *one.also)}
    councils: dict[str, set[Area]] = {}
    for one in points.districts.values():
        for council in one.councils:
            councils.setdefault(plain(council), set()).add(Area(one.key, council))
    villages: dict[str, set[Area]] = {}
    for point in points.values():
        villages.setdefault(plain(point.village), set()).add(Area(point.district, "", point.village))
    large = _matched(tokens, districts)
    small = _nearest(_matched(tokens, councils), _matched(tokens, villages, nearly=False))
    if EXACT in (large.likeness, small.likeness):
        match = large if large.likeness == EXACT else small
    else:
        match = _nearest(large, small)
    if len(match.areas) == 1 and match.areas[0] == Area(match.areas[0].district):
        inside = {
            name: {area for area in areas if area.district == match.areas[0].district}
            for names in (councils, villages)
            for name, areas in names.items()
        }
        narrower = _matched(match.rest, {name: areas for name, areas in inside.items() if areas})
        return (narrower.areas, narrower.rest) if narrower.areas else (match.areas, match.rest)
    return match.areas, match.rest


def _nearest(one: _Match, other: _Match) -> _Match:
    """The better of two, or both if they are nearly as good."""
    best, second = (one, other) if one.likeness >= other.likeness else (other, one)
    if best.likeness == EXACT > second.likeness or not second.areas or second.likeness < best.likeness - MARGIN:
        return best
    areas = tuple(dict.fromkeys((*best.areas, *second.areas)))
    whole = {area.district for area in areas if area == Area(area.district)}
    # What lies in a district that may be meant as well says nothing that the district does not.
    areas = tuple(area for area in areas if area == Area(area.district) or area.district not in whole)
    return _Match(best.likeness, areas, best.rest)


def _matched(tokens: Sequence[str], names: Mapping[str, Collection[Area]], *, nearly: bool = True) -> _Match:
    """The names that some words in a row mean, the more words the better; `nearly` forgives what is misspelt."""
    best = _Match(0.0, (), tokens)
    for begin, end in _ranges(len(tokens)):
        word = "".join(tokens[begin:end])
        likes = {name: _likeness(word, name, nearly=nearly) for name in names}
        most = max(likes.values(), default=0.0)
        if most > best.likeness:
            least = EXACT if most == EXACT else max(NEAR, most - MARGIN)
            areas = {area for name, likeness in likes.items() if likeness >= least for area in names[name]}
            best = _Match(most, tuple(sorted(areas)), [*tokens[:begin], *tokens[end:]])
    return best


def _ranges(count: int) -> Iterator[tuple[int, int]]:
    for size in range(min(RANGE_WORDS_MAX, count), 0, -1):
        for begin in range(count - size + 1):
            yield begin, begin + size


def _likeness(word: str, name: str, *, nearly: bool = True) -> float:
    """Nothing below `NEAR`."""
    if word == name:
        return EXACT
    if len(word) >= STEM_LETTERS_MIN and name.startswith(word):
        return STEM
    matcher = SequenceMatcher(None, word, name, autojunk=False)
    if not nearly or len(word) < STEM_LETTERS_MIN or matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= NEAR else 0.0


def _services(tokens: Sequence[str], services: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], str]:
    """The services that all words may mean which mean any, and those words that mean none. Of several the one is meant
    whose whole title was written: `Passport, 32 pages` is no `Urgent passport, 32 pages`.
    """
    found: set[str] | None = None
    unread: list[str] = []
    for token in tokens:
        likes = {
            name: max((_likeness(token, plain(word)) for title in titles for word in title.split()), default=0.0)
            for name, titles in services.items()
        }
        most = max(likes.values(), default=0.0)
        meant = {name for name, likeness in likes.items() if likeness and likeness >= most - MARGIN}
        if meant:
            found = meant if found is None else (found & meant or found)
        elif len(token) > FILLER_LETTERS_MAX:
            unread.append(token)
    whole = {name for name in found or () if any(_is_whole(tokens, title) for title in services[name])}
    return tuple(sorted(whole or found or ())), " ".join(unread)


def _is_whole(tokens: Sequence[str], title: str) -> bool:
    return set(tokens) == {plain(word) for word in title.split()}
