"""The table of tasks: what each takes a citizen and costs the state, and how that is beside other services."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.authoring.conversations.command import silence_logs
from app.authoring.conversations.files import DEFAULT_DIRECTORY, read_files
from app.authoring.measuring import LETTERS_A_SECOND, PRESS_SECONDS, THINK_SECONDS, Compared, Row, Side, measured
from app.errors import SettingsWrong
from app.pack import Pack
from app.pack_files import read_named_pack

NEAR = 5
NEAR_SCREENS = 3
"""The work of so many of the most used tasks begins within so many screens of the dial."""
HEAD = (
    "task", "screens", "work begins on", "key presses", "septets of the longest page", "seconds", "SMS (parts)",
    "costs the state",
)  # fmt: skip
BESIDE = ("service, and to where", "there", "screens", "presses", "here", "screens", "presses", "task", "source")
MEANING = f"""\
**Pace.** Each press takes {PRESS_SECONDS} s, the time of the worst typist, unfamiliar with the keyboard, and each
screen {THINK_SECONDS} s to make up one's mind, both from S. Card, T. Moran and A. Newell, *The keystroke-level model
for user performance time with interactive systems*, Communications of the ACM 23(7), 1980. A screen is read at
{LETTERS_A_SECOND} letters a second, about sixty words a minute: our assumption for somebody who reads slowly; so is an
SMS that answers a text. Waiting for the network is left out.

**Where the work begins.** Screens count from the dial, the first page being 1. The work begins on the first of them
that is no page of choices: it asks for something to be typed or confirmed, lists what is the citizen's own, or gives
the answer. A page of choices counts as menu even where what is chosen is an answer, such as a district.

**Presses.** The dialled string, each input and each text have one press more, for the call or send key. A digit of a
number is one press; where letters are typed each takes as many as it has on a keypad with letters (`abc` on 2).

**Costs.** Parts of SMS to the citizen and everybody else since the task began, at the pack's `sms_price`. What an
aggregator takes for a USSD session is not known to us and is not in it."""
RANKS = f"""\
By what is known of them, for no counts were found of what people use. The work of the first {NEAR} begins within
{NEAR_SCREENS} screens of the dial, or this page is not written. Counts of a first month replace these reasons:
`mohala impact` has what was filed, paid and told by service, `mohala_office_asked_total` of `/metrics` what offices
were asked at once."""
STRETCH = """\
Both sides are counted from the dial to the same point: how far it goes with the other service is what is known of it.
In brackets what the code takes of the presses: the rest is what is typed behind it, and a code as short as theirs would
leave only that. Grades of sources: H read in an official one or in two that agree, M one decent other, L weak."""


def page(directory: Path, paths: Sequence[Path]) -> str:
    """The whole page; raises `MenuRefused`, and `SettingsWrong` if a task does not come to its end in some language, or
    begins too far from the dial for one of the most used.
    """
    silence_logs()
    pack = read_named_pack(directory)
    conversations = [one for one in read_files(paths or (DEFAULT_DIRECTORY,)) if one.task is not None]
    rows = sorted(measured(pack, conversations), key=_rank_and_title)
    check_ranks(rows)
    return "\n".join(_lines(pack, rows)) + "\n"


def _rank_and_title(row: Row) -> tuple[float, str]:
    return row.task.most_used.rank if row.task.most_used else math.inf, row.task.title


def check_ranks(rows: Sequence[Row]) -> None:
    """Raise `SettingsWrong` for a title or a rank that two tasks have, and for work that begins too far away."""
    titles = [row.task.title for row in rows]
    ranks = [f"rank {row.task.most_used.rank}" for row in rows if row.task.most_used is not None]
    for name, count in Counter([*titles, *ranks]).items():
        if count > 1:
            raise SettingsWrong(f"{count} tasks have the same: {name}. Give each its own.")
    for row in rows:
        used, begins = row.task.most_used, max(one.begins for one in row.measured)
        if used is not None and used.rank <= NEAR and begins > NEAR_SCREENS:
            told = f"`{row.task.title}` is number {used.rank} of the most used, and its work begins on screen {begins}"
            raise SettingsWrong(f"{told}: lead there within {NEAR_SCREENS} screens.")


def _lines(pack: Pack, rows: Sequence[Row]) -> Iterator[str]:
    program = pack.program
    names = " / ".join(program.languages)
    yield "# What each task takes"
    yield ""
    yield "<!-- written by `mohala menus tasks > docs/tasks.md`; `make check` compares -->"
    yield f"Measured by playing the conversations of the pack `{program.pack}` that have a `task`, straight from the"
    yield f"dial to the end, in each language; where they differ it says {names}. The most used come first."
    yield ""
    yield from _table(HEAD, (_cells(pack, row) for row in rows))
    yield ""
    yield MEANING
    price = pack.sms_price
    if price is not None:
        money = program.formats[program.base].money(price.hundred_minor, program.currency)
        yield ""
        yield f"**Price.** {money} for a hundred parts: {price.source}, {price.as_of}."
    yield from _most_used(rows)
    yield from _beside(rows)


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for cells in rows:
        yield f"| {' | '.join(cells)} |"


def _cells(pack: Pack, row: Row) -> Iterator[str]:
    every = row.measured
    by_sms = not any(one.screens for one in every)
    yield row.task.title
    yield "by SMS" if by_sms else _each(one.screens for one in every)
    yield "-" if by_sms else _each(one.begins for one in every)
    yield _each(one.presses for one in every)
    yield "-" if by_sms else _each(one.longest for one in every)
    yield _each(round(one.seconds) for one in every)
    yield _each(f"{one.texts} ({one.parts})" if one.texts else "0" for one in every)
    yield _each(_cost(pack, one.parts) for one in every)


def _each(values: Iterable[object]) -> str:
    told = [str(value) for value in values]
    return told[0] if len(set(told)) == 1 else " / ".join(told)


def _cost(pack: Pack, parts: int) -> str:
    if pack.sms_price is None:
        return "not known" if parts else "nothing"
    program = pack.program
    return program.formats[program.base].money(pack.sms_price.of(parts), program.currency)


def _most_used(rows: Sequence[Row]) -> Iterator[str]:
    ranked = [
        (used.rank, row.task.title, _each(one.begins for one in row.measured), used.because)
        for row in rows
        if (used := row.task.most_used) is not None
    ]
    if ranked:
        yield from ("", "## The most used", RANKS, "")
        yield from _table(("", "task", "work begins on", "because"), (map(str, one) for one in ranked))


def _beside(rows: Sequence[Row]) -> Iterator[str]:
    """Each comparison once, with all the tasks that it holds for."""
    tasks: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        for one in row.compared:
            tasks.setdefault(tuple(_compared(one)), []).append(row.task.title)
    if tasks:
        yield from ("", "## Beside services that are known", STRETCH, "")
        yield from _table(BESIDE, ((*cells[:-1], "; ".join(titles), cells[-1]) for cells, titles in tasks.items()))


def _compared(one: Compared) -> Iterator[str]:
    yield f"{one.known.whose}, {one.known.to}"
    for side in (one.theirs, one.ours):
        yield from _side(side)
    yield f"{one.known.source} ({one.known.grade})"


def _side(side: Side) -> Iterator[str]:
    yield ", ".join(f"`{text}`" for text in side.typed)
    yield str(side.screens)
    yield f"{side.presses} ({side.dialling})"
