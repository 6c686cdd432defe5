"""What offices share that take the messages of G2P Connect in some dialect: how one is opened and closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from app.errors import ServiceFailed
from app.ports import Clock
from integrations.services.credentials import open_http
from integrations.services.dci_envelope import read_parties
from integrations.services.settings import OfficeSettings


class Operation(Protocol):
    @property
    def takes(self) -> frozenset[str]: ...


AnyOperation = TypeVar("AnyOperation", bound=Operation)
ReadOperation = Callable[[str, str, Mapping[str, object]], AnyOperation]
"""Of an office, by its name, as declared; raises `SettingsWrong`."""


class DciOffice(Generic[AnyOperation]):
    """Raises `SettingsWrong` for a wrong declaration."""

    def __init__(self, told: OfficeSettings, clock: Clock, read_operation: ReadOperation[AnyOperation]) -> None:
        self.name = told.name
        self._clock = clock
        self._parties = read_parties(told)
        self._operations = {name: read_operation(told.name, name, one) for name, one in told.operations.items()}
        self._http = open_http(told, clock)

    def _operation(self, name: str, arguments: Mapping[str, str]) -> AnyOperation:
        """Raises `operation_unknown` and `argument_missing`, neither retryable."""
        asked = self._operations.get(name)
        if asked is None:
            raise ServiceFailed("operation_unknown", retryable=False)
        if asked.takes - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        return asked

    async def close(self) -> None:
        await self._http.close()
