"""Checks what an office and its operations say, by the rules that its adapter goes by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from app import (
    dci,
    g2p_connect,
    http_json,
    m_pesa,
    manual,
    mobile_money,
    mosip,
    office_auth,
    opencrvs,
    push_poll,
    x_road,
)
from app.catalogue import ADAPTERS
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.faults import Fault
from app.http_json import PLACEHOLDER, templates

Faults = Callable[[Mapping[str, object]], Iterator[Fault]]
_OPERATIONS: Mapping[str, Callable[[str], Faults]] = {
    http_json.ADAPTER: lambda _: http_json.faults,
    x_road.ADAPTER: lambda _: x_road.faults,
    opencrvs.ADAPTER: lambda _: opencrvs.faults,
    g2p_connect.ADAPTER: lambda _: g2p_connect.faults,
    mosip.ADAPTER: lambda name: partial(mosip.faults, name),
    manual.ADAPTER: lambda _: manual.faults,
    mobile_money.ADAPTER: lambda name: partial(mobile_money.faults, operation=name),
    m_pesa.ADAPTER: lambda _: m_pesa.faults,
    push_poll.ADAPTER: lambda _: push_poll.faults,
}
"""The rules of an operation by its name."""
_WALLETS: Mapping[str, Faults] = {
    mobile_money.ADAPTER: mobile_money.only,
    m_pesa.ADAPTER: m_pesa.only,
    push_poll.ADAPTER: push_poll.only,
}
"""Whether everything that is asked of a wallet is what it has."""
WALLET_ADAPTERS = frozenset(_WALLETS)
"""Those that know how to look for a payment, and what one takes and gives."""
_OFFICES: Mapping[str, tuple[tuple[str, ...], Faults]] = {
    x_road.ADAPTER: (x_road.OFFICE_KEYS, x_road.office_faults),
    opencrvs.ADAPTER: (dci.OFFICE_KEYS, dci.office_faults),
    g2p_connect.ADAPTER: (dci.OFFICE_KEYS, dci.office_faults),
    mosip.ADAPTER: (mosip.OFFICE_KEYS, mosip.office_faults),
    manual.ADAPTER: (manual.OFFICE_KEYS, manual.office_faults),
    mobile_money.ADAPTER: (mobile_money.OFFICE_KEYS, mobile_money.office_faults),
    m_pesa.ADAPTER: (m_pesa.OFFICE_KEYS, m_pesa.office_faults),
}
OFFICE_OPTIONS = tuple(dict.fromkeys(key for keys, _ in _OFFICES.values() for key in keys))
"""What an office may say besides what every office does."""


def check_operation(node: Node, adapter: str, reader: Reader, name: str) -> None:
    """Complain of all for which the adapter would not open the office."""
    declared = plain(node)
    if isinstance(declared, dict):
        _tell(node, _OPERATIONS[adapter](name)(declared), reader)


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
    if adapter in _WALLETS and isinstance(declared, dict):
        _tell(node, _WALLETS[adapter](declared), reader)
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
