"""What a program's compiler knows of everything outside the program: services, other programs, the country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.program import Declared
from app.house_services import AgentStep, MandateStep
from app.values.formats import Currency, Formats
from app.values.rules import OPAQUE, NumberShape, ValueType


@dataclass(frozen=True, slots=True)
class ServiceShape:
    """What a call screen may rely on. `always` are the results that it gives even when the office is late or down.

    `certain`: the house itself answers, and is never late or down. `step` is what it is to a mandate, or to an agent.
    """

    takes: Mapping[str, ValueType]
    gives: Mapping[str, Declared]
    always: frozenset[str]
    refused: tuple[str, ...]
    files: bool
    patience_seconds: float
    certain: bool = False
    step: MandateStep | AgentStep | None = None


@dataclass(frozen=True, slots=True)
class Country:
    """What the pack says for all its programs."""

    currency: Currency
    formats: Mapping[str, Formats]
    numbers: Mapping[str, NumberShape]


@dataclass(frozen=True, slots=True)
class ProgramShape:
    """A program as its callers see it."""

    start: str
    takes: Mapping[str, Declared]
    gives: Mapping[str, Declared]
    returns: bool


def can_be_given(given: ValueType, wanted: ValueType) -> bool:
    """Whether an answer of one type may go where another is wanted; a secret only where a secret is.

    What is kept otherwise than it is shown (cents, a day as 2026-03-05) is never a text, which shows what is kept.
    """
    if given is wanted:
        return True
    if {ValueType.SECRET, ValueType.LIST, ValueType.AMOUNT, ValueType.DATE, *OPAQUE} & {given, wanted}:
        return False
    numbers = (ValueType.IDENTITY, ValueType.METER, ValueType.ACCOUNT, ValueType.NUMBER)
    return wanted is ValueType.TEXT or (wanted is ValueType.DIGITS and given in numbers)
