"""What an office is opened with, whatever its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """An office of services.yaml: `operations`, `options` and `auth` as its adapter reads them, `secret` its password.

    `recordings` is where exchanges are kept as samples, None: nowhere. `files` are those that `auth` and `options`
    name, by their keys: without them the office is only looked at, for whoever publishes need not hold them. Below
    `wake_url` a wallet may say that something happened to a payment (see `app.wakes`); empty, it is polled.
    `minor_digits` are those of the pack's currency, and `country` is the pack's; empty: not known.
    """

    name: str
    address: str
    secret: str | None = field(repr=False)
    operations: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    recordings: Path | None = None
    wake_url: str = ""
    minor_digits: int = 2
    country: str = ""
