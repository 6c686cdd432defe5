"""The table of tasks: what each takes a citizen and costs the state, measured by playing conversations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.authoring.conversations.command import silence_logs
from app.authoring.conversations.files import DEFAULT_DIRECTORY, read_files
from app.authoring.conversations.model import Conversation, Known, Task, Verb
from app.authoring.conversations.player import Played
from app.authoring.conversations.run import play_all
from app.engine.pages import PREFIX
from app.errors import SettingsWrong
from app.messages import Reply
from app.pack import Pack
from app.pack_files import read_named_pack
from app.values.text import septets, sms_parts

PRESS_SECONDS = 1.2
THINK_SECONDS = 1.35
LETTERS_A_SECOND = 5
PACE = f"""\
**Pace.** Each press takes {PRESS_SECONDS} s, the time of the worst typist, unfamiliar with the keyboard, and each
screen {THINK_SECONDS} s to make up one's mind, both from S. Card, T. Moran and A. Newell, *The keystroke-level model
for user performance time with interactive systems*, Communications of the ACM 23(7), 1980. A screen is read at
{LETTERS_A_SECOND} letters a second, about sixty words a minute: our assumption for somebody who reads slowly. Waiting
for the network is left out.

**Presses.** The dialled string, each input and each text have one press more, for the call or send key. A digit of a
number is one press; where letters are typed each takes as many as it has on a keypad with letters (`abc` on 2).

**Costs.** Parts of SMS to the citizen and everybody else in the conversation, at the pack's `sms_price`. What an
aggregator takes for a USSD session is not known to us and is not in it."""
_KEYS = (".,?!'-@1", "abc2", "def3", "ghi4", "jkl5", "mno6", "pqrs7", "tuv8", "wxyz9", " 0", "*+/()", "#")
HEAD = (
    "task", "screens", "key presses", "septets of the longest page", "seconds", "SMS (parts)", "costs the state",
    "known elsewhere",
)  # fmt: skip
_OTHER_PRESSES = 4
"""Of a letter that stands on no key by itself, such as one with an accent."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One task in one language. `longest` in septets, the prefix of the wire included; `parts` of all SMS."""

    language: str
    screens: int
    presses: int
    longest: int
    seconds: float
    texts: int
    parts: int


@dataclass(frozen=True, slots=True)
class Row:
    task: Task
    measured: Sequence[Measured]


def page(directory: Path, paths: Sequence[Path]) -> str:
    """The whole page; raises `SettingsWrong` if a task does not come to its end in some language, and `MenuRefused`."""
    silence_logs()
    pack = read_named_pack(directory)
    conversations = [one for one in read_files(paths or (DEFAULT_DIRECTORY,)) if one.task is not None]
    return "\n".join(_lines(pack, measured(pack, conversations))) + "\n"


def measured(pack: Pack, conversations: Sequence[Conversation]) -> Sequence[Row]:
    """Each task in every language of the pack, the base language first."""
    for one in conversations:
        _check(one)
    languages = pack.program.languages
    every = [replace(one, language=language) for one in conversations for language in languages]
    rows: dict[tuple[str, str], Row] = {}
    for conversation, played in zip(every, play_all(pack, every), strict=True):
        task, language = conversation.task, conversation.language
        assert task is not None and language is not None, "those without are left out"
        key = conversation.place.file, conversation.name
        before = rows.get(key, Row(task, ()))
        rows[key] = Row(task, (*before.measured, _measured(conversation, language, played)))
    return list(rows.values())


def _check(conversation: Conversation) -> None:
    """What is counted turn by turn is one phone's, and the same in every language."""
    turns = conversation.turns
    told = ""
    if conversation.dial is None or turns[0].action is not None:
        told = "begins with `dial`, and a first turn that only looks"
    elif any(turn.number for turn in turns):
        told = "has one phone"
    elif any(turn.action is not None and turn.action.text.names for turn in turns):
        told = "types nothing that was captured, for every language says it in other words"
    if told:
        raise SettingsWrong(f"{conversation.place}: `{conversation.name}` is tagged as a task, and a task {told}.")


def _measured(conversation: Conversation, language: str, played: Played) -> Measured:
    trouble = next((seen.trouble for seen in played.seen if seen.trouble), "")
    pages = list(_pages(conversation, played))
    if trouble or (pages and not pages[-1].final):
        why = trouble or "its last page is not the end"
        raise SettingsWrong(f"{conversation.place}: the task `{conversation.name}` fails in `{language}`: {why}.")
    typed = list(_inputs(conversation))
    presses = sum(presses_of(text) + 1 for text in typed)
    letters = sum(len(one.text) for one in pages)
    seconds = presses * PRESS_SECONDS + len(pages) * THINK_SECONDS + letters / LETTERS_A_SECOND
    longest = max((septets(f"{PREFIX}{one.text}") for one in pages), default=0)
    return Measured(
        language, len(pages), presses, longest, seconds, len(played.texts), sum(map(sms_parts, played.texts))
    )  # fmt: skip


def _pages(conversation: Conversation, played: Played) -> Iterator[Reply]:
    """What the phone showed after each hop. The page of the dial is seen by the first turn, which does nothing else."""
    for place, (turn, seen) in enumerate(zip(conversation.turns, played.seen, strict=True)):
        hops = turn.action is not None and turn.action.verb in (Verb.TYPES, Verb.DIALS)
        if (hops or (place == 0 and conversation.dial is not None)) and seen.page is not None:
            yield seen.page


def _inputs(conversation: Conversation) -> Iterator[str]:
    """What is dialled, typed and texted."""
    if conversation.dial is not None:
        yield conversation.dial.fill({})
    for turn in conversation.turns:
        if turn.action is not None and turn.action.verb in (Verb.TYPES, Verb.DIALS, Verb.TEXTS):
            yield turn.action.text.fill({})


def presses_of(text: str) -> int:
    """On a keypad, the send key left out."""
    if all(letter in "0123456789*#" for letter in text):
        return len(text)
    return sum(_presses(letter) for letter in text.lower())


def _presses(letter: str) -> int:
    return next((key.index(letter) + 1 for key in _KEYS if letter in key), _OTHER_PRESSES)


def _lines(pack: Pack, rows: Sequence[Row]) -> Iterator[str]:
    program = pack.program
    names = " / ".join(program.languages)
    yield "# What each task takes"
    yield ""
    yield "<!-- written by `mohala menus tasks > docs/tasks.md`; `make check` compares -->"
    yield f"Measured by playing the conversations of the pack `{program.pack}` that have a `task`, straight from the"
    yield f"dial to the end, in each language; where they differ it says {names}."
    yield ""
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{' --- |' * len(HEAD)}"
    for row in rows:
        yield "| " + " | ".join(_cells(pack, row)) + " |"
    yield ""
    yield PACE
    price = pack.sms_price
    if price is not None:
        money = program.formats[program.base].money(price.hundred_minor, program.currency)
        yield ""
        yield f"**Price.** {money} for a hundred parts: {price.source}, {price.as_of}."
    known = {row.task.known.source: None for row in rows if row.task.known is not None}
    if known:
        yield ""
        yield "**Known elsewhere** is how another service begins, as far as that is known; the rest comes on top. From:"
        yield "; ".join(known) + "."


def _cells(pack: Pack, row: Row) -> Iterator[str]:
    every = row.measured
    yield row.task.title
    yield _each(one.screens for one in every)
    yield _each(one.presses for one in every)
    yield _each(one.longest for one in every)
    yield _each(round(one.seconds) for one in every)
    yield _each(f"{one.texts} ({one.parts})" if one.texts else "0" for one in every)
    yield _each(_cost(pack, one.parts) for one in every)
    yield _known(row.task.known)


def _each(values: Iterable[object]) -> str:
    told = [str(value) for value in values]
    return told[0] if len(set(told)) == 1 else " / ".join(told)


def _cost(pack: Pack, parts: int) -> str:
    if pack.sms_price is None:
        return "not known" if parts else "nothing"
    program = pack.program
    return program.formats[program.base].money(pack.sms_price.of(parts), program.currency)


def _known(known: Known | None) -> str:
    if known is None:
        return "none"
    presses = sum(presses_of(text) + 1 for text in (known.dial, *known.types))
    typed = "".join(f", {text}" for text in known.types)
    return f"{known.whose} `{known.dial}`{typed}: {1 + len(known.types)} screens, {presses} presses to begin with"
