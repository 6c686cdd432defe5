"""Services of kind `quote`: what filing another would cost, which the house reckons as it reckons that one's bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.catalogue import Service, ServiceKind
from app.compiler.known import meant
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.values.rules import ValueType


def quote_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> str:
    """The service whose cost one of kind `quote` tells; `node` is the service's."""
    of = node.get("of")
    if kind is not ServiceKind.QUOTE:
        if of is not None:
            reader.wrong(of, "unknown-key", "`of` is for services of kind quote; remove it", name)
        return ""
    if (takes := node.get("takes")) is not None:
        told = "it takes the amount that is typed, if the service that it quotes bills one; remove `takes`"
        reader.wrong(takes, "unknown-key", told, name)
    return reader.scalar(reader.need(node, "of", name))


def quoted(services: Mapping[str, Service], root: Node, reader: Reader) -> dict[str, Service]:
    """Services with what their quotes take: what is typed and billed, nothing of a fee; `root` is services.yaml's."""
    return {name: _quoted(one, services, root, reader) if one.quotes else one for name, one in services.items()}


def _quoted(service: Service, services: Mapping[str, Service], root: Node, reader: Reader) -> Service:
    billed = services.get(service.quotes)
    place = (root.get("services") or root).get(service.name)
    place = (place and place.get("of")) or root
    if billed is None:
        told = f"`{service.quotes}` is not in services.yaml; {meant(service.quotes, services)}"
        reader.wrong(place, "unknown-service", told, service.name)
        return service
    if not billed.has_bill:
        told = f"`{service.quotes}` is never billed, so there is nothing to quote; name one with a `pay` stage"
        reader.wrong(place, "pay-stage", told, service.name)
    return replace(service, takes={billed.typed.name: ValueType.AMOUNT} if billed.typed else {})
