"""Offices: one file a protocol or office, and the table of them by the `adapter` of a pack's services.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.ports import Clock, Office
from integrations.services.g2p_connect import G2pConnectOffice
from integrations.services.http_json import HttpJsonOffice
from integrations.services.mobile_money import MobileMoneyOffice
from integrations.services.mosip import MosipOffice
from integrations.services.opencrvs import OpenCrvsOffice
from integrations.services.settings import OfficeSettings
from integrations.services.x_road import XRoadOffice

OfficeFactory = Callable[[OfficeSettings, Clock], Office]
"""Makes an office from what the pack says of it, and a clock; raises `SettingsWrong` that says what to change."""


def _mobile_money(one: OfficeSettings, clock: Clock) -> Office:
    return MobileMoneyOffice(one.name, one.address, one.secret, one.operations, clock)


OFFICES: Mapping[str, OfficeFactory] = {
    "http_json": HttpJsonOffice,
    "mobile_money": _mobile_money,
    "x_road": XRoadOffice,
    "opencrvs": OpenCrvsOffice,
    "g2p_connect": G2pConnectOffice,
    "mosip": MosipOffice,
}
