"""What a native speaker must look at first: every text of a language that nobody reviewed, the most used before all."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from app.catalogue import Service, ServiceKind
from app.compiler.graph import Graph
from app.compiler.pack import spoken_in
from app.compiler.reader import MISSING, Spoken
from app.engine.program import Ask, CallScreen, Confirm, Program, Screen, program_of
from app.engine.ways import targets
from app.errors import MenuRefused, SettingsWrong
from app.house_services import HOLDER
from app.pack import Pack
from app.pack_files import named_complaints, read_sources
from app.values.rules import ValueType
from app.values.text import slots

COLUMNS = ("language", "place", "use", "file", "line", "where", "review", "text", "base")
ON_EVERY_PAGE = ("back", "home", "more", "next", "yes", "no", "wrong_choice")
"""Phrases that stand below or above nearly every page."""
WAITING = ("unreviewed", MISSING)
"""How texts stand that a native speaker has yet to look at."""
FIRST_INPUTS = 1
"""Screens so many inputs from a dial are what everybody sees."""


PROMISES = ("not_agreed", "withdrawn")
"""Phrases that say what becomes of somebody's data."""
TOLD_CITIZENS = (
    *(
        "language_chosen",
        "language_unknown",
        "agent_receipt",
        "agent_receipt_full",
        "agent_returned",
        "callback_question",
        "callback_yes",
        "callback_no",
    ),
    *("mandate_code", "mandate_sheet", "mandate_filed", "fell_sms", "travel_question", "question_thanks", "sms_help"),
)
"""Phrases that are texted to citizens, though some are about agents."""
OF_AGENTS = ("agent_", "mandate_")
"""How phrases begin that only agents read."""


class Use(IntEnum):
    """Why a text comes where it does: what most citizens read, then what costs most if it is wrong, agents last."""

    ENTRANCE = 1  # the first pages after a citizen's dial, and what stands on all pages
    MONEY = 2  # what is confirmed, what shows or asks for money, and what is promised of somebody's data
    SMS = 3  # what is texted to citizens, which stays on the phone
    PAGE = 4  # every other page of citizens, and what data files say on them
    OTHER = 5  # other phrases, words, titles
    AGENTS = 6  # what only agents read, whom a trainer can ask

    @property
    def told(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Review:
    """A text to be looked at, in its place: 1 is the first of its language."""

    place: int
    use: Use
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a language is; `waiting` are its texts that nobody reviewed or wrote, in the order to look at them, and
    `done` the others in the same order, of place 0.
    """

    language: str
    texts: int
    reviewed: int
    unreviewed: int
    missing: int
    waiting: Sequence[Review]
    done: Sequence[Review]


def standings(directory: Path, language: str = "") -> Sequence[Standing]:
    """All languages of the pack in a directory, or one; raises `SettingsWrong` and `MenuRefused`."""
    sources, complaints = read_sources(directory)
    if complaints:
        raise named_complaints(directory, complaints)
    try:
        pack, spoken = spoken_in(sources)
    except MenuRefused as refused:
        raise named_complaints(directory, refused.complaints) from None
    known = pack.program.languages
    if language and language not in known:
        raise SettingsWrong(f"`{language}` is no language of this pack; it has {', '.join(known)}.")
    ranks = _Ranks.of(pack)
    return [_standing(one, spoken, ranks) for one in known if language in ("", one)]


def _standing(language: str, spoken: Iterable[Spoken], ranks: _Ranks) -> Standing:
    theirs = sorted((one for one in dict.fromkeys(spoken) if one.language == language), key=ranks.key)
    counts = Counter(one.review for one in theirs)
    waiting = [one for one in theirs if one.review in WAITING]
    reviews = [Review(place, ranks.use(one), one) for place, one in enumerate(waiting, 1)]
    done = [Review(0, ranks.use(one), one) for one in theirs if one.review not in WAITING]
    return Standing(
        language, len(theirs) - counts[MISSING], counts["reviewed"], counts["unreviewed"], counts[MISSING], reviews,
        done,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ranks:
    """`order` numbers the screens of citizens as a walk from their dials comes to them, the first option before the
    second, so what is offered first is looked at first; `first` are those so few inputs from a dial, `money` those
    about money or that confirm. `services` and `files` have the place of the first screen that calls them, `told` what
    each service is: those that cost something come before the others. `shared` maps a screen of an included file to the
    first screen that is made of it.
    """

    order: Mapping[str, int]
    first: frozenset[str]
    money: frozenset[str]
    services: Mapping[str, int]
    files: Mapping[str, int]
    told: Mapping[str, Service]
    shared: Mapping[str, str]

    @classmethod
    def of(cls, pack: Pack) -> _Ranks:
        program, graph, told = pack.program, Graph(pack.program), pack.catalogue.services
        order = {name: place for place, name in enumerate(_walk(program, graph))}
        dialled = graph.inputs(set(program.codes.values()))
        first = frozenset(name for name, count in dialled.items() if count <= FIRST_INPUTS)
        money = frozenset(name for name, one in program.screens.items() if _is_about_money(program, one))
        services, files, shared = dict[str, int](), dict[str, int](), dict[str, str]()
        for name in sorted(program.screens, key=lambda one: order.get(one, FAR)):
            screen = program.screens[name]
            shared.setdefault(name.partition("/")[2], name)
            if isinstance(screen, CallScreen) and name in order:
                services.setdefault(screen.service, order[name])
                if (lookup := told[screen.service].lookup) is not None:
                    files.setdefault(lookup.file, order[name])
        return cls(order, first, money, services, files, told, shared)

    def key(self, spoken: Spoken) -> tuple[int, int, str, int, tuple[str, ...]]:
        return self.use(spoken), self._place(spoken), spoken.file, spoken.line, spoken.where

    def use(self, spoken: Spoken) -> Use:
        kind, screen = spoken.where[0], self._screen(spoken)
        if kind == "phrases":
            return _use_of_phrase(spoken.where[1])
        if kind == "services":
            return self._use_of_service(spoken.where)
        if kind == "purposes":
            return Use.MONEY  # a question to which a yes binds
        if not screen:
            return Use.PAGE if spoken.file in self.files else Use.OTHER
        if screen not in self.order:
            return Use.AGENTS
        if screen in self.first:
            return Use.ENTRANCE
        return Use.MONEY if screen in self.money else Use.PAGE

    def _use_of_service(self, where: tuple[str, ...]) -> Use:
        service = self.told.get(where[1])
        of_agents = service is not None and (service.kind is ServiceKind.AGENT or service.attests is not None)
        if of_agents and where[-1] != HOLDER:
            return Use.AGENTS
        return Use.SMS if where[2] == "sms" else Use.OTHER

    def _place(self, spoken: Spoken) -> int:
        if spoken.where[0] == "services":
            service = self.told.get(spoken.where[1])
            is_paid = service is not None and (service.fee is not None or ValueType.AMOUNT in service.takes.values())
            return self.services.get(spoken.where[1], FAR) + (0 if is_paid else len(self.order))
        return self.order.get(self._screen(spoken), self.files.get(spoken.file, FAR))

    def _screen(self, spoken: Spoken) -> str:
        if spoken.where[0] == "programs":
            return f"{spoken.where[1]}/{spoken.where[2]}"
        return self.shared.get(spoken.where[2], "") if spoken.where[0] == "shared" else ""


def _walk(program: Program, graph: Graph) -> Sequence[str]:
    """The screens that citizens can come to, those behind a code before those that only a text leads to: the nearest
    first, and of those the first option.
    """
    found: dict[str, None] = {}
    for starts in (program.codes.values(), (*(one.screen for one in program.keywords), *sorted(program.bare))):
        waiting = deque(dict.fromkeys(name for name in starts if name not in found))
        found |= dict.fromkeys(waiting)
        while waiting:
            name = waiting.popleft()
            led = [one.screen for one in targets(program.screens[name])]
            for other in (*led, *sorted(graph.onward[name])):
                if other in program.screens and other not in found:
                    found[other] = None
                    waiting.append(other)
    return tuple(found)


def _use_of_phrase(name: str) -> Use:
    if name in ON_EVERY_PAGE:
        return Use.ENTRANCE
    if name in PROMISES:
        return Use.MONEY
    if name in TOLD_CITIZENS:
        return Use.SMS
    return Use.AGENTS if name.startswith(OF_AGENTS) else Use.OTHER


FAR = 10**6


def _is_about_money(program: Program, screen: Screen) -> bool:
    if isinstance(screen, Confirm):
        return True
    if isinstance(screen, Ask) and screen.rule.type is ValueType.AMOUNT:
        return True
    if isinstance(screen, CallScreen):
        return False
    names = program.names[program_of(screen.name)]
    shown = {slot.name for template in screen.text.values() for slot in slots(template)}
    return any(names[name].type is ValueType.AMOUNT for name in shown if name in names)


def as_text(standing: Standing, most: int) -> Iterator[str]:
    """A line of counts, and the texts to look at first."""
    share = f"{100 * standing.reviewed / standing.texts:.0f} %" if standing.texts else "-"
    yield (
        f"{standing.language}: {standing.texts} texts, {standing.reviewed} reviewed ({share}), {standing.unreviewed} "
        f"unreviewed, {standing.missing} missing"
    )
    for one in standing.waiting[:most]:
        spoken = one.spoken
        text = spoken.text or f"({MISSING}) {spoken.base}"
        told, where = text.replace("\n", " | "), " > ".join(spoken.where)
        yield f"{one.place:5}. {one.use.told:8} [{spoken.review}] {spoken.file}:{spoken.line} {where}: {told}"
    left = len(standing.waiting) - most
    if left > 0:
        yield f"  and {left} more; --csv has all of them"


def as_csv(every: Iterable[Standing], whole: bool = False) -> str:
    """All that wait, one a row, for a native speaker's spreadsheet; the `whole` language with those that do not."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for standing in every:
        for one in (*standing.waiting, *(standing.done if whole else ())):
            spoken = one.spoken
            where = " > ".join(spoken.where)
            row = (standing.language, one.place or "", one.use.told, spoken.file, spoken.line, where, spoken.review)
            sheet.writerow((*row, _safe(spoken.text), _safe(spoken.base)))
    return text.getvalue()


def _safe(text: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
