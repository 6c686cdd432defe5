"""Why a pack asks for personal data and how long they are kept: purposes, and classes of fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.values.rules import OPAQUE, Text, ValueType


class DataClass(StrEnum):
    """What a field tells of a person; how long each is kept stands in pack.yaml."""

    PUBLIC = "public"  # names nobody: a district of an office, a number of the office's own
    PERSONAL = "personal"
    CONTACT = "contact"
    IDENTITY = "identity"
    CHILD = "child"  # of somebody under 18
    SENSITIVE = "sensitive"  # health, religion, biometrics: in no SMS, and on no page of a dialogue that is resumed


class Basis(StrEnum):
    """The ground on which data are used; with consent the citizen is asked first."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LAW = "law"
    PUBLIC_TASK = "public_task"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data are asked for. `version` is counted up when what a citizen agrees to becomes another thing.

    `source` names the law or the contract, `recipients` who gets the data besides the offices of its services.
    `days` after a request has ended nothing of it names anybody any more.
    """

    name: str
    text: Text
    basis: Basis
    source: str
    version: int
    days: int
    recipients: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What a citizen agrees to: this purpose in this version."""
        return mark_of(self.name, self.version)


@dataclass(frozen=True, slots=True)
class Processor:
    """Somebody who works for the controller and sees data: an aggregator, a host. `country` as ISO 3166."""

    name: str
    title: str
    country: str
    does: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """What pack.yaml says: who answers for the data, and for how many days each class of field is kept.

    `language_days` and `messages_days` are those of a chosen language and of what became of an SMS.
    """

    controller: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[DataClass, int] = field(default_factory=dict)
    processors: tuple[Processor, ...] = ()
    agents: str = ""
    language_days: int = 1095
    messages_days: int = 90


UNSAID_DAYS = 365
"""How long a field is kept whose class the pack gives no days."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How long things are kept, in days. `fields` are those of each service, by the field's name, and `numbers` when
    nothing of its requests names anybody any more; both count from the end of a request.

    `mark` names these rules: what was reckoned under others is reckoned again.
    """

    fields: Mapping[str, Mapping[str, int]]
    numbers: Mapping[str, int]
    language_days: int
    messages_days: int
    mark: str

    def number_days(self, service: str) -> int:
        """Of a service that these menus do not know any more as well."""
        return self.numbers.get(service, UNSAID_DAYS)

    def field_days(self, service: str, field: str) -> int | None:
        """None: it names nobody and is kept."""
        if service not in self.numbers:
            return UNSAID_DAYS
        days = self.fields[service].get(field, self.number_days(service))
        return None if days == KEPT else days


KEPT = -1
"""In the place of days: what names nobody is kept."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something that is kept past its date: of which table, what, how often, and since when the oldest."""

    table: str
    what: str
    count: int
    since: datetime


def mark_of(purpose: str, version: int) -> str:
    return f"{purpose}@{version}"


def read_mark(mark: str) -> tuple[str, int]:
    """The purpose and the version of a mark."""
    purpose, _, version = mark.rpartition("@")
    return purpose, int(version)


def class_by_type(type: ValueType, *, is_kept: bool) -> DataClass:
    """What a field is if its service does not say: whatever is written down counts as personal."""
    if type in OPAQUE:
        return DataClass.PUBLIC  # the house's own name of a check, which is forgotten within a day
    if type is ValueType.IDENTITY:
        return DataClass.IDENTITY
    if type is ValueType.PHONE:
        return DataClass.CONTACT
    return DataClass.PERSONAL if is_kept else DataClass.PUBLIC
