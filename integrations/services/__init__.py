"""Offices: one file a protocol or office, and the table of them by the `adapter` of a pack's services.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.ports import Clock, Office, WakeReader
from integrations.services.g2p_connect import G2pConnectOffice
from integrations.services.http_json import HttpJsonOffice
from integrations.services.m_pesa import MPesaOffice
from integrations.services.mobile_money import MobileMoneyOffice
from integrations.services.mosip import MosipOffice
from integrations.services.opencrvs import OpenCrvsOffice
from integrations.services.push_poll import PushPollOffice
from integrations.services.settings import OfficeSettings
from integrations.services.wallet_calls import read_call, read_result
from integrations.services.x_road import XRoadOffice

OfficeFactory = Callable[[OfficeSettings, Clock], Office]
"""Makes an office from what the pack says of it, and a clock; raises `SettingsWrong` that says what to change."""


OFFICES: Mapping[str, OfficeFactory] = {
    "http_json": HttpJsonOffice,
    "mobile_money": MobileMoneyOffice,
    "m_pesa": MPesaOffice,
    "push_poll": PushPollOffice,
    "x_road": XRoadOffice,
    "opencrvs": OpenCrvsOffice,
    "g2p_connect": G2pConnectOffice,
    "mosip": MosipOffice,
}
READERS: Mapping[str, WakeReader] = {
    "mobile_money": read_call,
    "m_pesa": read_result,
}
"""How those wallets that call back say which payment something happened to; the others are only polled."""
