"""Offices of every protocol before their twins in the sandbox country, recorded, with all that went over the wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.errors import ServiceFailed
from app.messages import Pending
from app.pack import Pack
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import shown
from integrations.sandbox.mosip import registered_phone
from integrations.services import OFFICES
from integrations.services.recorded import RecordedOffice
from integrations.services.recording import kind_of
from integrations.services.settings import OfficeSettings
from integrations.services.vocabularies import VOCABULARIES
from tests.integrations import identity
from tests.integrations.country import Country, served_country
from tests.integrations.purses import ARGUMENTS, KINDS
from tests.integrations.registers import PARTIES, PAYMENTS, REGISTERS
from tests.integrations.spoiler import Spoiler, open_spoiler

WALLETS = {"mobile_money": "mobile_money", "m_pesa": "m_pesa_async", "push_poll": "push_poll"}
ID, STRANGER = "012345678901", "012345678904"
letters_min = 4  # of what is looked for in a file: shorter things stand in any text
_CODE = re.compile("code is ([0-9]{6})")


@dataclass(frozen=True, slots=True)
class Asking:
    """What an office is asked, and the outcome that this comes to at its twin."""

    outcome: str
    operation: str
    arguments: Mapping[str, str]
    does: str = ""


ASKED: Mapping[str, tuple[Asking, Asking]] = {
    **{
        adapter: (
            Asking("answered", "request-payment", {**ARGUMENTS, "msisdn": "+26658123456"}),
            Asking("declined", "request-payment", {**ARGUMENTS, "msisdn": "+26658123557"}, "decline"),
        )
        for adapter in WALLETS
    },
    "opencrvs": (
        Asking("answered", "birth", {"number": "2023BLINEO1"}),
        Asking("unknown", "birth", {"number": "2023BNOBODY"}),
    ),
    "g2p_connect": (
        Asking("answered", "paid", {"msisdn": "+26658123456"}),
        Asking("unknown", "paid", {"msisdn": "+26658999999"}),
    ),
    "mosip": (
        Asking("answered", "send-code", {"id": ID}),
        Asking("wrong", "check-code", {"id": ID, "code": "000000"}),
    ),
}  # fmt: skip
"""Of every adapter a question that is answered, and one that is refused."""


@dataclass
class Archive:
    """The country, what stands before it, and the offices that were opened."""

    country: Country
    spoiler: Spoiler
    directory: Path
    keys: Mapping[str, Path]
    _open: list[RecordedOffice] = field(default_factory=list)

    def office(self, adapter: str, **changes: str) -> RecordedOffice:
        told = replace(self._told(adapter), recordings=self.directory, **changes)  # type: ignore[arg-type]

        def now() -> datetime:
            return self.country.now

        office = RecordedOffice(OFFICES[adapter](told, now), adapter, told, now, VOCABULARIES[adapter])
        self._open.append(office)
        return office

    def _told(self, adapter: str) -> OfficeSettings:
        url = self.spoiler.url
        tokens = {"kind": "oauth2", "client": "mohala"}
        match adapter:
            case "opencrvs":
                auth = {**tokens, "token_url": f"{url}/opencrvs/oauth2/client/token", "credentials": "body"}
                return OfficeSettings("registers", f"{url}/opencrvs", "sandbox", REGISTERS, PARTIES, auth)
            case "g2p_connect":
                auth = {**tokens, "token_url": f"{url}/oauth/token", "scope": "grants"}
                options = {**PARTIES, "receiver": "grants.sandbox"}
                return OfficeSettings("grants", f"{url}/grants", "sandbox", PAYMENTS, options, auth)
            case "mosip":
                return identity.told(f"{url}/idauthentication/v1", self.keys["identity"])
            case _:
                kind = KINDS[WALLETS[adapter]]
                return OfficeSettings(
                    "wallet", f"{url}{kind.path}", "sandbox", kind.operations, kind.options,
                    files={"public_key": self.keys["public_key"]}, wake_url="http://127.0.0.1:9/wakes/secret-path",
                )  # fmt: skip

    async def ask(self, office: RecordedOffice, asking: Asking, key: str) -> str:
        """As the worker does, until there is an end; the kind of it."""
        if asking.does:
            path = f"/payers/{asking.arguments['msisdn']}"
            (await self.country.testers.post(path, json={"does": asking.does})).raise_for_status()
        for _ in range(25):
            try:
                said = await office.ask(asking.operation, asking.arguments, key, 5.0)
            except ServiceFailed as failed:
                await office.settle()
                return failed.reason
            await office.settle()
            if not isinstance(said, Pending):
                return kind_of(said)  # type: ignore[arg-type]
            self.country.now += timedelta(seconds=20)
            await asyncio.sleep(0.01)  # a line that is held notices that time has passed
        return "pending"

    async def code(self) -> str:
        """The newest that came to the registered phone."""
        rows = await self.country.rows(f"/sms?to={registered_phone(ID).replace('+', '%2B')}")
        found = _CODE.search(rows[-1]["text"])
        assert found is not None
        return found[1]

    def said(self) -> set[str]:
        """Every value that went over the wire, either way, and the office's passwords."""
        values: set[str] = {"secret-path"}
        for exchange in self.spoiler.exchanges:
            values.update(unquote(step) for step in re.split("[/?&=]", exchange.heard.path))
            values.update(text for name in ("authorization", "signature", "x-correlationid", "x-callback-url")
                          if (text := exchange.heard.headers.get(name)))  # fmt: skip
            for body in (exchange.heard.body, exchange.body):
                values.update(_leaves(_json(body)))
        return {value for value in values if len(value) >= letters_min}

    async def close(self) -> None:
        for office in self._open:
            await office.close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("latin-1")


def _leaves(value: object) -> Iterator[str]:
    match value:
        case dict():
            for one in value.values():
                yield from _leaves(one)
        case list():
            for one in value:
                yield from _leaves(one)
        case bool() | None:
            return
        case _:
            yield str(value)


@asynccontextmanager
async def open_archive(pack: Pack, key: RSAPrivateKey, identity_keys: Path, directory: Path) -> AsyncIterator[Archive]:
    public_key = directory / "m-pesa-public-key"
    public_key.write_text(shown(key), "ascii")
    settings = {"m_pesa": MPesaSettings(session_ready_seconds=0.0), "m_pesa_key": key, "identity_keys": identity_keys}
    async with served_country(pack, **settings) as country, open_spoiler(country.url) as spoiler:
        keys = {"identity": identity_keys, "public_key": public_key}
        archive = Archive(country, spoiler, directory / "recordings", keys)
        yield archive
        await archive.close()
