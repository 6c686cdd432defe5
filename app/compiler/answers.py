"""Services that text what they tell of service points and data files: which may, and what such a text names."""

from __future__ import annotations

from app.catalogue import Service
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import Declared
from app.house_services import Find, Lookup
from app.values.rules import ValueType


def texts_in(node: Node, find: Find | None, lookup: Lookup | None, reader: Reader, name: str) -> bool:
    """Whether a service of kind `points` or `lookup` has words for an SMS; `node` is the service's."""
    sms = node.get("sms")
    if sms is None or (find is None and lookup is None):
        return False
    if find not in (None, Find.POINT):
        told = f"an SMS says one thing, and `find: {find}` gives a list; write `find: point`, or remove `sms`"
        reader.wrong(sms, "unknown-key", told, name)
    if lookup is not None and lookup.listed:
        told = f"an SMS says one thing, and this gives the list `{lookup.listed}`; remove `list`, or `sms`"
        reader.wrong(sms, "unknown-key", told, name)
    return True


def sms_names(service: Service) -> dict[str, Declared]:
    """What the text of one may name: what stands in the pack, and nothing that somebody typed to find it."""
    gives = {name: one for name, one in service.gives.items() if one.type is not ValueType.LIST}
    return {name: Declared(one.type, one.longest, {}) for name, one in gives.items()}
