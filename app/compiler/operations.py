"""Checks what an office's operation says: its results for every adapter, the rest for plain JSON offices."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app import http_json, x_road
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.http_json import PLACEHOLDER, Fault, templates
from app.values.rules import GIVEN


def check_operation(node: Node, adapter: str, reader: Reader) -> None:
    """Complain of all for which the adapter would not open the office, as far as its rules are known here."""
    declared = plain(node)
    faults = {http_json.ADAPTER: http_json.faults, x_road.ADAPTER: x_road.faults}.get(adapter)
    if faults is None or not isinstance(declared, dict):
        _check_results(node, reader)
        return
    for fault in faults(declared):
        reader.wrong(_place(node, fault), fault.rule, fault.text)


def check_office(node: Node, adapter: str, options: Mapping[str, object], reader: Reader) -> None:
    """The same for what an office says besides its operations, which only X-Road's identifiers are."""
    if adapter == x_road.ADAPTER:
        for fault in x_road.office_faults(options):
            reader.wrong(_place(node, fault), fault.rule, fault.text)
        return
    for name in options:
        told = f"`{name}` means nothing to adapter {adapter}; remove it, or write `adapter: {x_road.ADAPTER}`"
        reader.wrong(next(key for key, _ in node.pairs if key.text == name), "unknown-key", told)


def in_address(operation: Mapping[str, object]) -> frozenset[str]:
    """The parameters that become part of an address, which servers and proxies write into their logs."""
    texts = [text for part in ("path", "query") for _, text in templates(operation.get(part), "optional")]
    return frozenset(name for text in texts for name in PLACEHOLDER.findall(text))


def _place(node: Node, fault: Fault) -> Node:
    for step in fault.place[: -1 if fault.of_key else None]:
        node = node.entries[step] if isinstance(step, int) else node.index[step]
    if fault.of_key:
        return next(key for key, _ in node.pairs if key.text == fault.place[-1])
    return node


def _check_results(node: Node, reader: Reader) -> None:
    """Every result of an operation says how long it may be, so that screens can be proven to fit."""
    reader.names(node.get("takes"))
    for name, result in reader.pairs(node.get("results"), "`results`"):
        longest, type = reader.need(result, "longest", name.text), result.get("type")
        if not re.fullmatch("[1-9][0-9]{0,2}", longest.text):
            reader.wrong(longest, "wrong-shape", f"`longest` of `{name.text}` must be a whole number of septets")
        if type is not None and type.text not in GIVEN:
            reader.wrong(type, "unknown-type", f"`{type.text}` is no type of a result; known are {enumerated(GIVEN)}")
