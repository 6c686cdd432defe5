"""Checks what an office's operation says: its results for every adapter, the rest for plain JSON offices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from app import dci, g2p_connect, http_json, manual, mosip, office_auth, opencrvs, x_road
from app.catalogue import ADAPTERS
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.faults import Fault
from app.http_json import PLACEHOLDER, templates
from app.values.rules import GIVEN

Faults = Callable[[Mapping[str, object]], Iterator[Fault]]
_OPERATIONS: Mapping[str, Callable[[str], Faults]] = {
    http_json.ADAPTER: lambda _: http_json.faults,
    x_road.ADAPTER: lambda _: x_road.faults,
    opencrvs.ADAPTER: lambda _: opencrvs.faults,
    g2p_connect.ADAPTER: lambda _: g2p_connect.faults,
    mosip.ADAPTER: lambda name: partial(mosip.faults, name),
    manual.ADAPTER: lambda _: manual.faults,
}
"""The rules of an operation by its name."""
_OFFICES: Mapping[str, tuple[tuple[str, ...], Faults]] = {
    x_road.ADAPTER: (x_road.OFFICE_KEYS, x_road.office_faults),
    opencrvs.ADAPTER: (dci.OFFICE_KEYS, dci.office_faults),
    g2p_connect.ADAPTER: (dci.OFFICE_KEYS, dci.office_faults),
    mosip.ADAPTER: (mosip.OFFICE_KEYS, mosip.office_faults),
    manual.ADAPTER: (manual.OFFICE_KEYS, manual.office_faults),
}
OFFICE_OPTIONS = tuple(dict.fromkeys(key for keys, _ in _OFFICES.values() for key in keys))
"""What an office may say besides what every office does."""


def check_operation(node: Node, adapter: str, reader: Reader, name: str = "") -> None:
    """Complain of all for which the adapter would not open the office, as far as its rules are known here."""
    declared = plain(node)
    rules = _OPERATIONS.get(adapter)
    if rules is None or not isinstance(declared, dict):
        _check_results(node, reader)
        return
    _tell(node, rules(name)(declared), reader)


def check_found_by(node: Node, name: str, adapter: str, reader: Reader) -> None:
    """The same for how the work of an operation is looked for; `node` are all operations of the office."""
    declared = plain(node)
    if adapter in office_auth.ADAPTERS and isinstance(declared, dict) and isinstance(declared.get(name), dict):
        _tell(node.index[name], http_json.found_by_faults(declared, name), reader)


def check_office(node: Node, adapter: str, options: Mapping[str, object], reader: Reader) -> None:
    """The same for what an office says besides its operations: who asks, and what every request carries."""
    secret = node.get("secret")
    if secret is not None and not office_auth.FILE_NAME.fullmatch(secret.text):
        told = f"`{secret.text}` is no name of a file: letters, digits, `.`, `-` and `_`, no directory"
        reader.wrong(secret, "bad-name", told)
    declared = plain(node)
    if adapter in office_auth.ADAPTERS and isinstance(declared, dict):
        _tell(node, office_auth.office_faults(declared), reader)
    elif adapter in ADAPTERS:
        _mean_nothing(
            node, [name for name in ("auth", "headers") if node.get(name)], adapter, http_json.ADAPTER, reader
        )
    known, faults = _OFFICES.get(adapter, ((), None))
    if faults is not None:
        _tell(node, faults({name: value for name, value in options.items() if name in known}), reader)
    for other, (keys, _) in _OFFICES.items():
        _mean_nothing(node, [name for name in options if name in keys and name not in known], adapter, other, reader)
        known = (*known, *keys)


def _mean_nothing(node: Node, keys: Iterable[str], adapter: str, other: str, reader: Reader) -> None:
    for name in keys:
        told = f"`{name}` means nothing to adapter {adapter}; remove it, or write `adapter: {other}`"
        reader.wrong(next(key for key, _ in node.pairs if key.text == name), "unknown-key", told)


def _tell(node: Node, faults: Iterable[Fault], reader: Reader) -> None:
    for fault in faults:
        reader.wrong(_place(node, fault), fault.rule, fault.text)


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
