"""Puts the house together: the only room that knows every adapter."""

from __future__ import annotations

from app.wiring.adapters import sampled_office, secrets_missing
from app.wiring.house import House, open_house
from app.wiring.keyring import read_keyring, wake_path, wake_urls
from app.wiring.offices import Offices, manual_office
from app.wiring.world import REAL, World, now_utc

__all__ = [
    "REAL",
    "House",
    "Offices",
    "World",
    "manual_office",
    "now_utc",
    "open_house",
    "read_keyring",
    "sampled_office",
    "secrets_missing",
    "wake_path",
    "wake_urls",
]
