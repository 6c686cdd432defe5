"""What an office says, or fails to say in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answered:
    """`evidence` names the exchange where the office's protocol does, for the request's history."""

    results: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The office understood and said no; `reason` is one of those that the catalogue names."""

    reason: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The office took the work and has not finished it: ask again with the same key."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """The office has the work on its list and says by itself when it is done: nothing to ask again."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """No answer in time. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Down:
    """The office failed or could not be reached. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


Outcome = Answered | Refused | Late | Down
