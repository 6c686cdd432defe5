"""The services of a pack: what each asks, who carries it out, how long the citizen waits, what is texted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.engine.program import Declared
from app.messages import Status
from app.values.rules import Text, ValueType

ADAPTERS = ("http_json", "mobile_money", "m_pesa", "push_poll", "x_road", "manual")
"""How offices are spoken to: the names of `integrations.services.OFFICES`, which checks of a pack cannot reach, and
`manual` for those that have no system: their work goes to a list for clerks."""


class ServiceKind(StrEnum):
    ASK = "ask"  # an office is asked while the citizen waits
    FILE = "file"  # a request is written down; the worker carries it out
    STATUS = "status"  # what has become of a request


@dataclass(frozen=True, slots=True)
class Result:
    """A value that a service gives; `longest` in septets. A list has the `fields` of an entry and at most `most`."""

    type: ValueType
    longest: int
    fields: Mapping[str, Result] | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class OfficeEntry:
    """An office of the pack, as its adapter reads it; `secret` and the files of `auth` are names among the secrets."""

    name: str
    adapter: str
    address: str
    secret: str | None
    operations: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One operation of an office; `arguments` maps its parameters to names of answers and results."""

    office: str
    operation: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that the worker does for a filed request, and the status when it is done."""

    call: OperationCall
    then: Status


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalogue. `refused` names the reasons for which it may say no; `sms` the texts by occasion.

    `sms_names` is what those texts may name.
    """

    name: str
    title: Text
    kind: ServiceKind
    takes: Mapping[str, ValueType]
    gives: Mapping[str, Result]
    refused: tuple[str, ...]
    patience_seconds: float
    ask: OperationCall | None
    work: tuple[Work, ...]
    follow: OperationCall | None
    sms: Mapping[str, Text]
    sms_names: Mapping[str, Declared]


@dataclass(frozen=True, slots=True)
class Catalogue:
    offices: Mapping[str, OfficeEntry]
    services: Mapping[str, Service]
