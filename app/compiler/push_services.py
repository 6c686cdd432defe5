"""Services by which callers pay a bill from their wallet: at which office that is asked, and what is texted of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import limits
from app.bill_code import SHOWN_LENGTH
from app.catalogue import OfficeEntry, Service
from app.compiler.graph import Finding
from app.compiler.known import enumerated, meant
from app.compiler.operations import WALLET_ADAPTERS
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import CallScreen, Confirm, Declared, Program
from app.engine.rendering import natural_length
from app.engine.ways import targets
from app.house_services import ASKED, Show
from app.pushes import TOLD_ON
from app.reference import LENGTH
from app.values.rules import Text, ValueType
from app.wallets import PAY, RESULT, TAKES

PUSH_NAMES: Mapping[str, Declared] = {
    "bill": Declared(ValueType.TEXT, SHOWN_LENGTH, {}),
    "total": Declared(ValueType.AMOUNT, limits.bill_typed_digits_max, {}),
    "until": Declared(ValueType.DATE, natural_length(ValueType.DATE), {}),
    "reason": Declared(ValueType.WORD, 0, {}),
    "receipt": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
}
"""What the texts of a push may name; why no money came only `refused` knows, and under what it came only `paid`."""
_NAME = re.compile("[a-z0-9-]{1,12}")


def wallet_in(node: Node, shows: Show | None, offices: Mapping[str, OfficeEntry], reader: Reader, name: str) -> str:
    """The office that is asked for the money; `node` is the service's."""
    written = node.get("wallet")
    if shows is not Show.PUSH:
        if written is not None:
            reader.wrong(written, "unknown-key", "`wallet` is for `show: push`; remove it", name)
        return ""
    found = reader.scalar(reader.need(node, "wallet", name))
    if written is None:
        return found
    if found not in offices:
        reader.wrong(written, "unknown-office", f"`{found}` is not among the offices; {meant(found, offices)}", name)
    elif PAY not in offices[found].operations:
        told = f"`{found}` is no wallet: it cannot be asked for `{PAY}`; take an office that can"
        reader.wrong(written, "unknown-operation", told, name)
    elif not _NAME.fullmatch(found):
        told = f"receipts and books name `{found}`, and have room for 12 small letters, digits and hyphens"
        reader.wrong(written, "wrong-shape", told, name)
    elif (lack := _lack_of(offices[found])) is not None:
        reader.wrong(written, "unlike-a-wallet", lack, name)
    return found


def _lack_of(office: OfficeEntry) -> str | None:
    """Why no push can be asked of an office that is not asked as a wallet, but as its declaration says."""
    if office.adapter in WALLET_ADAPTERS:
        return None
    asked = office.operations[PAY]
    takes, results = asked.get("takes"), asked.get("results")
    strange = [one for one in takes if one not in TAKES] if isinstance(takes, list) else []
    if strange:
        return f"`{PAY}` of `{office.name}` takes `{strange[0]}`, which no push has; it may take {enumerated(TAKES)}"
    if not isinstance(results, Mapping) or RESULT not in results:
        return (
            f"`{PAY}` of `{office.name}` gives no `{RESULT}`, by which statements name the money; add it to `results`"
        )
    if office.repeating(PAY).found_by:
        return None
    return (
        f"`{office.name}` cannot be asked what became of a push, so its payer could be asked twice; add a GET that "
        f"tells by `key`, and name it in `found_by` of `{PAY}`, or take an office with a wallet's own adapter"
    )


def check_push_texts(node: Node, shows: Show | None, sms: Mapping[str, Text], reader: Reader, name: str) -> None:
    """Whoever was told that their wallet asks them hears what came of it, and of nothing else."""
    if shows is None:
        return
    wanted, others = (TOLD_ON, (ASKED,)) if shows is Show.PUSH else ((), TOLD_ON)
    for occasion in wanted:
        if occasion not in sms:
            told = f"`sms` needs `{occasion}`: what becomes of a payment is told by SMS"
            reader.wrong(node, "missing-text", told, name)
    for occasion in others:
        if occasion in sms:
            told = f"`{occasion}` is nothing of which `show: {shows}` texts; remove it"
            reader.wrong(node.get("sms") or node, "unknown-key", told, name)


def check_confirmed(program: Program, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Nobody's wallet is asked but from a page that they confirmed: no dialled string goes past one."""
    pushes = {
        name
        for name, screen in program.screens.items()
        if isinstance(screen, CallScreen)
        and (service := services.get(screen.service)) is not None
        and (service.shows is Show.PUSH or service.pushes_by)
    }
    for name, screen in program.screens.items() if pushes else ():
        confirmed = {branch.to.screen for branch in screen.yes} if isinstance(screen, Confirm) else set()
        for target in sorted({target.screen for target in targets(screen)} & pushes - confirmed):
            told = (
                f"leads to `{target}`, by which a wallet asks for money; lead there by the `yes` of a `confirm` alone"
            )
            yield name, "unconfirmed-push", told
