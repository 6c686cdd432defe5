"""Reads the texts by SMS of a service, and what each of them may name."""

from __future__ import annotations

from collections.abc import Mapping

from app import manual
from app.bill_code import SHOWN_LENGTH
from app.catalogue import OfficeEntry, OperationCall, Service, ServiceKind, Work
from app.compiler import mine
from app.compiler.catalogue_calls import results_of
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import Declared
from app.engine.rendering import natural_length
from app.house_services import AGENT_NAMES, ASKED, HOLDER
from app.pushes import TOLD_ON
from app.reference import LENGTH
from app.values.rules import OPAQUE, Text, ValueType
from app.values.text import Template, slots

OCCASIONS: Mapping[ServiceKind, tuple[str, ...]] = {
    ServiceKind.ASK: (),
    ServiceKind.FILE: (
        *("received", "delayed", "done", "refused", "stuck", "stuck_after", "status"),
        *("in_progress", "query", "ready", "overdue", "promised"),
        *("bill", "paid", "expired", "expired_kept", "suspense", "refunded"),
        HOLDER,
    ),
    ServiceKind.STATUS: (),
    ServiceKind.POINTS: (ASKED,),
    ServiceKind.MANDATE: (),
    ServiceKind.AGENT: (),
    ServiceKind.LOOKUP: (ASKED,),
    ServiceKind.MINE: (ASKED, *TOLD_ON),
    ServiceKind.QUOTE: (),
}
"""When a citizen is texted: filed; carried out after a delay, if its end has no text; carried out; refused; a human
must look, before or after a first stage was done; asked for after the office was late; moved by a clerk, or found
moved at the office; promised for a day that is past, or not moved for too long; promised for another day; a bill
is to be paid, was paid, has expired, perhaps while money is kept that did not fit, got such money, had it given back;
what an agent attested is told to whoever it is about; somebody asked for something of their own, or for an answer
by SMS; what came of asking their wallet."""
CLERKS_TELL = ("query", "ready", "done", "refused")
"""What a citizen must be told of where clerks do the work: they have no other way to learn of it."""
EXPIRED = "expired"
PAYERS_ARE_TOLD = ("bill", "paid", EXPIRED, "suspense")
"""What must be told where a service waits for money: no bill is paid by who does not know it, and no money is lost.
Two of them `_spared` leaves out."""
UNGIVEN_LONGEST = 20
"""Septets of a value that no screen gives to its service yet; what is given says itself how long it is."""
BUILT_IN: Mapping[str, Declared] = {
    "reference": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
    "status": Declared(ValueType.WORD, 0, {}),
    "reason": Declared(ValueType.WORD, 0, {}),
    "promised": Declared(ValueType.DATE, natural_length(ValueType.DATE), {}),
}
"""What every SMS text of a filed service may name besides what the service takes and its office gives."""
WAY = "way"
"""How money came: a wallet's or an agent's name, or the longer title of a service that asks the wallet."""
OF_BILLS: Mapping[str, Declared] = {
    "bill": Declared(ValueType.TEXT, SHOWN_LENGTH, {}),
    "until": Declared(ValueType.DATE, 10, {}),
    "paid": Declared(ValueType.AMOUNT, 9, {}),
    WAY: Declared(ValueType.TEXT, 12, {}),
    "receipt": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
}
OF_PRICES = ("fee", "charge", "total")
"""What the texts of a service that waits for money may name too: the bill, the money that came for it, and the price;
`fee` is what was typed, if the bill is over that."""


def read_texts(name: str, kind: ServiceKind, node: Node | None, reader: Reader) -> dict[str, Text]:
    """By the occasion on which each is sent."""
    if node is None:
        return {}
    reader.only(node, OCCASIONS[kind], name)
    return {key.text: reader.text(value, "services", name, "sms", key.text) for key, value in node.pairs}


def check_told(
    node: Node,
    name: str,
    work: tuple[Work, ...],
    sms: Mapping[str, Text],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
) -> None:
    """What nobody else would tell a citizen is among the texts."""
    for occasion in CLERKS_TELL if any(_is_manual(one.call, offices) for one in work) else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what a clerk does is told by SMS", name)
    spared = _spared(work, sms)
    for occasion in PAYERS_ARE_TOLD if any(one.call is None for one in work) else ():
        if occasion not in sms and occasion not in spared:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what becomes of a bill is told by SMS", name)


def _spared(work: tuple[Work, ...], sms: Mapping[str, Text]) -> set[str]:
    """What need not be told if a wallet was asked at once: one that brought nothing was told of, with the day until
    when the bill can be paid, or that it cannot any more; and that the money came says the text of the end, if it has
    the receipt.
    """
    if not any(one.push for one in work):
        return set()
    ends = sms.get("done", {}).values()
    return {EXPIRED, *(("paid",) if ends and all(_names(one, "receipt") for one in ends) else ())}


def _names(template: Template, name: str) -> bool:
    return any(slot.name == name for slot in slots(template))


def _is_manual(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> bool:
    entry = offices.get(call.office) if call else None
    return entry is not None and entry.adapter == manual.ADAPTER


def names_in_texts(service: Service, offices: Mapping[str, OfficeEntry]) -> dict[str, Declared]:
    """What an SMS text of a filed service may name, with the longest that it shows."""
    if service.shows is not None:
        return mine.sms_names(service)
    declared = dict(BUILT_IN)
    if any(one.call is None for one in service.work):
        fee, charge = (cost.amount_minor if cost else 0 for cost in (service.fee, service.charge))
        fee = service.typed.most_minor if service.typed else fee
        costs = dict(zip(OF_PRICES, (fee, charge, fee + charge), strict=True))
        declared |= OF_BILLS
        declared |= {name: Declared(ValueType.AMOUNT, len(str(minor)), {}) for name, minor in costs.items()}
    for name, type in service.takes.items():
        if type in OPAQUE:
            continue
        longest = AGENT_NAMES.get(name) if service.attests else None
        declared[name] = Declared(type, longest or natural_length(type) or UNGIVEN_LONGEST, {})
    for call in (*(work.call for work in service.work if work.call), *((service.follow,) if service.follow else ())):
        for name, result in results_of(call, offices).items():
            if result.type is not ValueType.LIST and name != HOLDER:
                declared[name] = Declared(result.type, result.longest, {})
    return declared
