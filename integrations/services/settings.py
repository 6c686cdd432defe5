"""What an office is opened with, whatever its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.http import checked_secret


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """An office of services.yaml: `operations` and `options` as its adapter reads them; `secret` is its password."""

    name: str
    address: str
    secret: str | None
    operations: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str] = field(default_factory=dict)

    def secret_header(self, name: str) -> dict[str, str]:
        """The secret as a header, if there is one; raises `SettingsWrong` if none can carry it."""
        return {} if self.secret is None else {name: checked_secret(self.name, self.secret)}
