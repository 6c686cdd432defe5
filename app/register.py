"""The processing register of a pack: what section 25(5) of Lesotho's Data Protection Act wants a controller to notify.

It is read from what is declared and from what the house does, so that it is never another thing than what is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from app.catalogue import Catalogue, OfficeEntry, Service
from app.pack import Pack
from app.privacy import KEPT, DataClass, Purpose, Rules
from app.retention import rules_of
from app.values.text import fill
from app.wallets import PAY

SECURITY = (
    "numbers, answers, results and what is to be sent are sealed (AES-256-GCM); the keys lie in a file of their own",
    "numbers are looked up by keyed hashes, others in each table",
    "keys are rotated with two live at a time (`mohala keys`)",
    "neither numbers nor anything typed reaches a log, a metric or an error",
    "secrets outlive no page and are never written down",
    "sessions are sealed and end by themselves; nothing in the session server names anybody",
    "filings, moves and looks of clerks stand in an append-only audit log, chained by hashes (`mohala audit verify`)",
    "offices are asked over TLS wherever their address says https, with a password, a token or a certificate",
    "what is past its date is forgotten every hour, and that is proven (`mohala retention prove`)",
)  # fmt: skip
"""What the house does in every deployment."""
RIGHTS = (
    "access: `mohala citizen export`",
    "erasure: `mohala citizen erase`",
    "taking back an agreement: a text with one of the pack's words, or `mohala citizen withdraw`",
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets data; `abroad` says that they cross a border on the way."""

    name: str
    does: str
    country: str
    abroad: bool


@dataclass(frozen=True, slots=True)
class Data:
    """One field of a service, by its class; `days` None: it names nobody and is kept."""

    service: str
    field: str
    data_class: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Processing:
    """One purpose as it is carried out."""

    purpose: str
    told: Mapping[str, str]
    basis: str
    source: str
    version: int
    services: Sequence[str]
    subjects: Sequence[str]
    data: Sequence[Data]
    recipients: Sequence[Recipient]
    days: int


@dataclass(frozen=True, slots=True)
class Register:
    pack: str
    controller: Mapping[str, str]
    processing: Sequence[Processing]
    processors: Sequence[Recipient]
    kept: Sequence[tuple[str, str]]  # what the house keeps besides, and how long
    agents: str
    security: Sequence[str]
    rights: Sequence[str]


def register_of(pack: Pack, kept: Sequence[tuple[str, str]]) -> Register:
    """`kept` is what stands in the database: what each table holds, and how long it stays."""
    rules = rules_of(pack)
    return Register(
        pack.program.pack,
        pack.privacy.controller,
        [_processing(pack, rules, purpose) for purpose in pack.catalogue.purposes.values()],
        [
            Recipient(one.title, one.does, one.country, one.country != pack.program.country)
            for one in pack.privacy.processors
        ],
        kept,
        pack.privacy.agents,
        SECURITY,
        RIGHTS,
    )


def _processing(pack: Pack, rules: Rules, purpose: Purpose) -> Processing:
    services = [one for one in pack.catalogue.services.values() if one.purpose == purpose.name]
    classes = {found for service in services for found in service.classes.values()}
    subjects = ["whoever dials or texts", *(["children (under 18)"] if DataClass.CHILD in classes else [])]
    return Processing(
        purpose.name,
        {language: fill(purpose.text[language], {}) for language in pack.program.languages},
        purpose.basis.value,
        purpose.source,
        purpose.version,
        [service.name for service in services],
        subjects,
        [data for service in services for data in _data(rules, service)],
        [*_offices(pack, services), *(Recipient(name, "as agreed", "", False) for name in purpose.recipients)],
        purpose.days,
    )


def _data(rules: Rules, service: Service) -> Sequence[Data]:
    if not service.work:  # asked at once, and nothing is written down
        return [Data(service.name, field, service.classes[field].value, 0) for field in service.takes]
    days = rules.fields[service.name]
    number = Data(service.name, "telephone number", DataClass.CONTACT.value, rules.number_days(service.name))
    return [
        number,
        *(
            Data(service.name, field, found.value, None if days[field] == KEPT else days[field])
            for field, found in service.classes.items()
        ),
    ]


def _offices(pack: Pack, services: Sequence[Service]) -> Sequence[Recipient]:
    """Each office with what it is asked to do, in the order of the catalogue."""
    asked: dict[str, list[str]] = {}
    for service in services:
        calls = (service.ask, *(one.call for one in service.work), service.follow)
        for call in filter(None, calls):
            asked.setdefault(call.office, []).append(call.operation)
        if any(one.call is None for one in service.work):  # its bill may be paid from any wallet
            for wallet in filter(None, (one.wallet for one in pack.catalogue.services.values())):
                asked.setdefault(wallet, []).append(PAY)
    return [_recipient(pack, entry, asked[name]) for name, entry in _entries(pack.catalogue) if name in asked]


def _entries(catalogue: Catalogue) -> Sequence[tuple[str, OfficeEntry]]:
    return tuple(catalogue.offices.items())


def _recipient(pack: Pack, entry: OfficeEntry, operations: Sequence[str]) -> Recipient:
    country = entry.country or pack.program.country
    return Recipient(
        entry.title or entry.name, ", ".join(dict.fromkeys(operations)), country, country != pack.program.country
    )


def as_markdown(register: Register) -> str:
    lines = [
        f"# Processing register: {register.pack}",
        "",
        "Written by `mohala privacy register`; change the pack, not this page.",
        "",
        "## Controller",
        *(f"- {name}: {value}" for name, value in register.controller.items()),
    ]
    for one in register.processing:
        lines += _section(one)
    lines += ["", "## Processors", *(_who(one) for one in register.processors)]
    abroad = {
        one.name: one for part in (register.processors, *(p.recipients for p in register.processing)) for one in part
    }
    lines += ["", "## Data that cross a border"]
    lines += [_who(one) for one in abroad.values() if one.abroad] or ["- none"]
    lines += ["", "## What is kept besides", "| what | how long |", "| --- | --- |"]
    lines += [f"| {what} | {long} |" for what, long in register.kept]
    lines += ["", "## Agents", register.agents or "None."]
    lines += ["", "## Security measures", *(f"- {one}" for one in register.security)]
    lines += ["", "## Rights of citizens", *(f"- {one}" for one in register.rights)]
    return "\n".join(lines) + "\n"


def _section(one: Processing) -> list[str]:
    return [
        "",
        f"## Purpose: {one.purpose}",
        f"- ground: {one.basis}, {one.source} (version {one.version})",
        *(f"- as citizens are told ({language}): {text}" for language, text in one.told.items()),
        f"- services: {', '.join(one.services) or 'none yet'}",
        f"- categories of persons: {', '.join(one.subjects)}",
        f"- nothing names anybody {one.days} days after a request has ended",
        "",
        "| service | data | class | kept after the end |",
        "| --- | --- | --- | --- |",
        *(f"| {data.service} | {data.field} | {data.data_class} | {_long(data.days)} |" for data in one.data),
        "",
        "Recipients:",
        *(_who(recipient) for recipient in one.recipients),
    ]


def _long(days: int | None) -> str:
    if days is None:
        return "names nobody, is kept"
    return f"{days} days" if days else "not kept"


def _who(one: Recipient) -> str:
    place = f" ({one.country}{', across the border' if one.abroad else ''})" if one.country else ""
    return f"- {one.name}{place}: {one.does}"


def as_plain(register: Register) -> dict[str, object]:
    """For JSON."""
    return asdict(register)
