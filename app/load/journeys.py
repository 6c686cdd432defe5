"""What synthetic citizens dial and type: the pack's recorded conversations, as far as real offices let them go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import Conversation, Verb
from app.authoring.conversations.player import split_dialled
from app.authoring.conversations.wording import Wording, parse
from app.errors import SettingsWrong
from app.messages import Answered, Pending

REFERENCE = "reference"
"""The one capture that a citizen can fill: the last reference that they were shown."""


@dataclass(frozen=True, slots=True)
class Dial:
    """One dialled session. `ahead` is what is dialled with the code, joined by `*`; `typed` follows, page by page."""

    code: str
    ahead: Wording
    typed: tuple[Wording, ...]

    @property
    def hops(self) -> int:
        return 1 + len(self.typed)


@dataclass(frozen=True, slots=True)
class Journey:
    """What one citizen does, dial after dial; `name` is that of the conversation."""

    name: str
    dials: tuple[Dial, ...]

    @property
    def hops(self) -> int:
        return sum(dial.hops for dial in self.dials)


def read_journeys(paths: Sequence[Path], codes: Mapping[str, str]) -> tuple[Journey, ...]:
    """The journeys in files of conversations; `codes` are the pack's service codes.

    Raises `SettingsWrong` if there is none, `MenuRefused` if a file is wrong.
    """
    found = tuple(journeys_of(read_files(paths), codes))
    if not found:
        raise SettingsWrong("No conversation there can be played by a crowd; one that dials and types is needed.")
    return found


def journeys_of(conversations: Sequence[Conversation], codes: Mapping[str, str]) -> Iterator[Journey]:
    """Those of one phone that dials. Where an office has to be late, down or to refuse, a real one would not."""
    for conversation in conversations:
        answers = (answer for script in conversation.offices.values() for answer in script.answers)
        if all(isinstance(answer, Answered | Pending) for answer in answers):
            dials = tuple(_dials(conversation, codes))
            if dials:
                yield Journey(conversation.name, dials)


def mean_hops(journeys: Sequence[Journey]) -> float:
    """Callbacks of a citizen on average, if no line drops and nothing is sent twice."""
    return sum(journey.hops for journey in journeys) / len(journeys)


def _dials(conversation: Conversation, codes: Mapping[str, str]) -> Iterator[Dial]:
    """Up to the turn in which somebody else takes over."""
    dialled = conversation.dial
    typed: list[Wording] = []
    for turn in conversation.turns:
        if turn.number is not None and turn.number != conversation.number:
            break
        if turn.action is None:
            continue
        if turn.action.verb is Verb.TYPES and dialled is not None:
            typed.append(turn.action.text)
        elif turn.action.verb in (Verb.DIALS, Verb.DROPS):
            if dialled is not None:
                yield _dial(dialled, typed, codes)
            dialled, typed = (turn.action.text if turn.action.verb is Verb.DIALS else None), []
    if dialled is not None:
        yield _dial(dialled, typed, codes)


def _dial(dialled: Wording, typed: Sequence[Wording], codes: Mapping[str, str]) -> Dial:
    code, ahead = split_dialled(dialled.written(), codes)
    return Dial(code, parse(ahead), tuple(typed))
