"""What a task takes: screens, presses, seconds and SMS, counted on a conversation that was played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.authoring.conversations.model import Conversation, Known, Task, Turn, Verb
from app.authoring.conversations.player import Played, Seen
from app.authoring.conversations.run import play_all
from app.engine.pages import PREFIX
from app.engine.program import Choose
from app.errors import SettingsWrong
from app.messages import Reply
from app.pack import Pack
from app.values.text import septets, sms_parts

PRESS_SECONDS = 1.2
THINK_SECONDS = 1.35
LETTERS_A_SECOND = 5
_KEYS = (".,?!'-@1", "abc2", "def3", "ghi4", "jkl5", "mno6", "pqrs7", "tuv8", "wxyz9", " 0", "*+/()", "#")
_OTHER_PRESSES = 4
"""Of a letter that stands on no key by itself, such as one with an accent."""
_INPUTS = (Verb.TYPES, Verb.DIALS, Verb.TEXTS)


@dataclass(frozen=True, slots=True)
class Measured:
    """One task in one language. `longest` in septets, the prefix of the wire included; `parts` of all SMS.

    `begins` is the number of the screen on which the work begins, the first after the dial being 1: it is no page of
    choices. By SMS there are no screens, and it is 0.
    """

    language: str
    screens: int
    begins: int
    presses: int
    longest: int
    seconds: float
    texts: int
    parts: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of two services on the same stretch; `dialling` are those of the `presses` that the code takes."""

    typed: Sequence[str]
    screens: int
    presses: int
    dialling: int


@dataclass(frozen=True, slots=True)
class Compared:
    known: Known
    theirs: Side
    ours: Side


@dataclass(frozen=True, slots=True)
class Row:
    task: Task
    measured: Sequence[Measured]
    compared: Sequence[Compared]


def measured(pack: Pack, conversations: Sequence[Conversation]) -> Sequence[Row]:
    """Each task in every language of the pack, the base language first; raises `SettingsWrong` if one fails in any."""
    for one in conversations:
        _check(one)
    languages = pack.program.languages
    every = [_in_language(one, language) for one in conversations for language in languages]
    rows: dict[tuple[str, str], Row] = {}
    for conversation, played in zip(every, play_all(pack, every), strict=True):
        task, language = conversation.task, conversation.language
        assert task is not None and language is not None, "those without are left out"
        key = conversation.place.file, conversation.name
        before = rows.get(key, Row(task, (), ()))
        found = _measured(pack, conversation, language, played)
        rows[key] = Row(task, (*before.measured, found), tuple(_compared(conversation, played)))
    return list(rows.values())


def _in_language(conversation: Conversation, language: str) -> Conversation:
    agents = tuple(replace(agent, language=language) for agent in conversation.agents)
    return replace(conversation, language=language, agents=agents)


def start_of(conversation: Conversation) -> int:
    """The turn with which the task begins: the last dial, or the first text after it where that is how it is done.

    What comes before makes only that there is something to be done: a bill that waits, a request that was filed.
    """
    turns = conversation.turns
    dials = max((place for place, turn in enumerate(turns) if _does(turn, Verb.DIALS)), default=0)
    return next((place for place in range(dials, len(turns)) if _does(turns[place], Verb.TEXTS)), dials)


def _does(turn: Turn, *verbs: Verb) -> bool:
    return turn.action is not None and turn.action.verb in verbs


def _check(conversation: Conversation) -> None:
    """What is counted turn by turn is one phone's, and begins with a dial or a text."""
    turns, start = conversation.turns, start_of(conversation)
    told = ""
    if not (_does(turns[start], Verb.DIALS, Verb.TEXTS) or (conversation.dial is not None and turns[0].action is None)):
        told = "begins with `dial` and a first turn that only looks, with `dials`, or with `texts`"
    elif len({number for number, turn in list(_acting(conversation))[start:] if _does(turn, *_INPUTS)}) > 1:
        told = "has one phone"
    if told:
        raise SettingsWrong(f"{conversation.place}: `{conversation.name}` is tagged as a task, and a task {told}.")


def _measured(pack: Pack, conversation: Conversation, language: str, played: Played) -> Measured:
    _check_end(conversation, language, played)
    start = start_of(conversation)
    pages = [(page, seen) for _, page, seen in _pages(conversation, played)]
    sent = [sms for seen in played.seen[start:] for sms in seen.sent]
    presses = sum(presses_of(text) + 1 for text in _inputs(conversation, played))
    # Whoever dials puts the phone down after the last page; whoever texts reads the answer to be served.
    own = _number(pack, conversation)
    read = [page.text for page, _ in pages] or [sms.text for sms in sent if sms.msisdn == own]
    seconds = presses * PRESS_SECONDS + len(read) * THINK_SECONDS + sum(map(len, read)) / LETTERS_A_SECOND
    longest = max((septets(f"{PREFIX}{page.text}") for page, _ in pages), default=0)
    begins = next((count for count, (_, seen) in enumerate(pages, 1) if not _is_menu(pack, seen)), len(pages))
    parts = sum(sms_parts(sms.text) for sms in sent)
    return Measured(language, len(pages), begins, presses, longest, seconds, len(sent), parts)


def _is_menu(pack: Pack, seen: Seen) -> bool:
    """Whether the page is one of choices, even if what is chosen is an answer, such as a district."""
    return bool(seen.screens) and isinstance(pack.program.screens[seen.screens[-1]], Choose)


def _check_end(conversation: Conversation, language: str, played: Played) -> None:
    """A task ends with a last page, or with one that its turn describes."""
    why = next((seen.trouble for seen in played.seen if seen.trouble), "")
    last = next(reversed(list(_pages(conversation, played))), None)
    if not why and last is not None:
        turn, page, _ = last
        if not page.final and turn.page is None:
            why = "its last page is not the end, and no turn says what it shows"
    if why:
        raise SettingsWrong(f"{conversation.place}: the task `{conversation.name}` fails in `{language}`: {why}.")


def _pages(conversation: Conversation, played: Played) -> Iterator[tuple[Turn, Reply, Seen]]:
    """What the phone showed after each hop. The page of the dial is seen by the first turn, which does nothing else."""
    start = start_of(conversation)
    if _does(conversation.turns[start], Verb.TEXTS):
        return
    turns = zip(conversation.turns[start:], played.seen[start:], strict=True)
    for place, (turn, seen) in enumerate(turns):
        if seen.page is not None and (place == 0 or _does(turn, Verb.TYPES, Verb.DIALS)):
            yield turn, seen.page, seen


def _inputs(conversation: Conversation, played: Played) -> Sequence[str]:
    """What is dialled, typed and texted."""
    start = start_of(conversation)
    turns = list(zip(conversation.turns[start:], played.seen[start:], strict=True))
    head = [conversation.dial.fill({})] if conversation.dial is not None and turns[0][0].action is None else []
    actions = [(turn.action, seen) for turn, seen in turns if turn.action is not None and _does(turn, *_INPUTS)]
    return [*head, *(action.text.fill(seen.captures) for action, seen in actions)]


def _number(pack: Pack, conversation: Conversation) -> str:
    """Whose phone does the task."""
    number, _ = list(_acting(conversation.on(pack.handsets)))[start_of(conversation)]
    return number


def _acting(conversation: Conversation) -> Iterator[tuple[str, Turn]]:
    """Each turn with the number of the phone that it is done on."""
    number = conversation.number
    for turn in conversation.turns:
        number = turn.number or number
        yield number, turn


def _compared(conversation: Conversation, played: Played) -> Iterator[Compared]:
    assert conversation.task is not None, "those without are left out"
    inputs = _inputs(conversation, played)
    for known in conversation.task.known:
        if not 0 <= known.ours < len(inputs):
            raise SettingsWrong(f"{conversation.place}: `{conversation.name}` types less than {known.ours} times.")
        yield Compared(known, _side((known.dial, *known.types)), _side(inputs[: known.ours + 1]))


def _side(typed: Sequence[str]) -> Side:
    presses = [presses_of(text) + 1 for text in typed]
    return Side(typed, len(typed), sum(presses), presses[0])


def presses_of(text: str) -> int:
    """On a keypad, the send key left out."""
    if all(letter in "0123456789*#" for letter in text):
        return len(text)
    return sum(_presses(letter) for letter in text.lower())


def _presses(letter: str) -> int:
    return next((key.index(letter) + 1 for key in _KEYS if letter in key), _OTHER_PRESSES)
