"""Options that answer an amount which is known already, so that nobody types it."""

from __future__ import annotations

from app.compiler.known import enumerated
from app.compiler.scope import Scope
from app.compiler.source import Node
from app.values.conditions import Condition
from app.values.formats import Currency
from app.values.rules import Offer, ValueType

BOUNDS = ("least", "most")


def read_offer(scope: Scope, currency: Currency, node: Node, screen: str) -> Offer | None:
    """What an option offers, if it does; all names are declared before."""
    offered = node.get("offers")
    if offered is None:
        for key in BOUNDS:
            if (bound := node.get(key)) is not None:
                told = f"`{key}` bounds what an option offers; add `offers` or remove it"
                scope.wrong(bound, "idle-bound", told, screen)
        return None
    _check(scope, offered, screen)
    for key in BOUNDS:
        scope.reader.need(node, key, screen)
    least, most = (scope.reader.whole(node.get(key), 0) for key in BOUNDS)
    if node.get("most") is not None and least > most:
        scope.wrong(offered, "empty-range", "nothing can be offered here: `least` is more than `most`", screen)
    unit = 10**currency.minor_digits
    return Offer(scope.reader.scalar(offered), least * unit, most * unit)


def read_when(scope: Scope, offer: Offer | None, currency: Currency, node: Node, screen: str) -> Condition | None:
    """When an option is there: what is written, and that what it offers is within its bounds."""
    written = node.get("when")
    condition = scope.condition(written, screen)
    known = scope.names.get(offer.answer) if offer else None
    if offer is None or known is None or known.type is not ValueType.AMOUNT or (written and condition is None):
        return condition
    least, most = (bound // 10**currency.minor_digits for bound in (offer.least, offer.most))
    bounds = f"{offer.answer} >= {least}.0 && {offer.answer} <= {most}.0"
    whole = f"({condition.source}) && {bounds}" if condition else bounds
    place = written or node.get("offers") or node
    return scope.condition(Node(place.file, place.line, place.column, "scalar", whole), screen)


def _check(scope: Scope, offered: Node, screen: str) -> None:
    declared = scope.names.get(scope.reader.scalar(offered))
    if declared is None:
        amounts = enumerated(sorted(name for name, one in scope.names.items() if one.type is ValueType.AMOUNT))
        told = f"`{offered.text}` is never asked or given here; known amounts are {amounts}"
        scope.wrong(offered, "unknown-name", told, screen)
    elif declared.type is not ValueType.AMOUNT:
        told = f"`{offered.text}` is {declared.type}, and only an amount is offered; write `value`, or ask for it"
        scope.wrong(offered, "wrong-type", told, screen)
