"""Offices: one file a protocol or office, and the table of them by the `adapter` of a pack's services.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.ports import Clock, Office
from integrations.services.http_json import HttpJsonOffice
from integrations.services.mobile_money import MobileMoneyOffice

Operations = Mapping[str, Mapping[str, object]]
OfficeFactory = Callable[[str, str, str | None, Operations, Clock], Office]
"""Makes an office from its name, address, secret, the operations that the pack declares, and a clock.

Raises `SettingsWrong` that names the office and what to change.
"""


def _http_json(name: str, address: str, secret: str | None, operations: Operations, _: Clock) -> Office:
    return HttpJsonOffice(name, address, secret, operations)


def _mobile_money(name: str, address: str, secret: str | None, operations: Operations, clock: Clock) -> Office:
    return MobileMoneyOffice(name, address, secret, operations, clock)


OFFICES: Mapping[str, OfficeFactory] = {
    "http_json": _http_json,
    "mobile_money": _mobile_money,
}
