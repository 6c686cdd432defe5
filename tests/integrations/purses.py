"""The three kinds of wallets, each an adapter before its twin in the sandbox country, with a spoiler between them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.pack import Pack
from app.ports import Office
from app.wallets import REASONS
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import shown
from integrations.services import OFFICES
from integrations.services.m_pesa import MPesaOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country, served_country
from tests.integrations.desk import Heard
from tests.integrations.spoiler import Spoiler, open_spoiler

ARGUMENTS = {
    "msisdn": "+26658123456",
    "amount": "5050",
    "currency": "LSL",
    "reference": "7K4M2PXQ9",
    "text": "Motlakase",
}
TAKES = ["msisdn", "amount", "currency", "reference", "text"]
COMMON: Mapping[str, object] = {
    "takes": TAKES,
    "results": {"payment": {"longest": "40"}},
    "refused": {reason: {} for reason in REASONS},
}
ECOCASH: Mapping[str, object] = {
    "takes": TAKES,
    "results": {"payment": {"longest": "40"}},
    "push": {
        "path": "/api/v2/payment/instant/c2b/sandbox",
        "body": {
            "customerMsisdn": "{msisdn_digits}",
            "amount": {"number": "amount"},
            "reason": "{text}",
            "currency": "{currency}",
            "sourceReference": "{id}",
        },
    },
    "status": {
        "path": "/api/v1/transaction/c2b/status/sandbox",
        "body": {"sourceMobileNumber": "{msisdn_digits}", "sourceReference": "{id}"},
        "field": "status",
        "payment": "ecocashReference",
        "paid": ["SUCCESS", "COMPLETED"],
        "pending": ["PENDING_VALIDATION", "PENDING"],
        "unseen": ["404"],
    },
    "refused": {
        "insufficient_funds": ["INSUFFICIENT_FUNDS"],
        "declined": ["CANCELLED"],
        "expired": ["EXPIRED"],
        "refused": ["FAILED"],
    },
}
M_PESA = {"market": "vodacomLES", "country": "LES", "provider_code": "000000", "public_key": "m-pesa-public-key"}


@dataclass(frozen=True, slots=True)
class Kind:
    """`path` of the twin, `listed` where testers see its payments, and `paid` the word for one that was taken."""

    adapter: str
    path: str
    listed: str
    word: str
    paid: str
    pushed_to: str
    operations: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "mobile_money": Kind(
        "mobile_money", "/wallet", "/wallet/transactions", "transactionStatus", "completed", "/transactions/type/",
        {"request-payment": COMMON},
    ),
    "m_pesa_sync": Kind(
        "m_pesa", "/m-pesa/sandbox", "/m-pesa/transactions", "status", "paid", "/c2bPayment/",
        {"request-payment": COMMON}, M_PESA,
    ),
    "m_pesa_async": Kind(
        "m_pesa", "/m-pesa/sandbox", "/m-pesa/transactions", "status", "paid", "/c2bPayment/",
        {"request-payment": COMMON}, {**M_PESA, "mode": "async", "provider_code": "000001"},
    ),
    "push_poll": Kind(
        "push_poll", "/push-poll", "/push-poll/transactions", "status", "paid", "/payment/instant/",
        {"request-payment": ECOCASH},
    ),
}  # fmt: skip


@dataclass
class Purse:
    kind: Kind
    country: Country
    spoiler: Spoiler
    key_file: Path
    wake_url: str = ""
    number: int = 0
    push_seconds: float = 2.0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _open: list[Office] = field(default_factory=list)

    def of_another(self) -> Purse:
        """The same wallet, another payer with another key."""
        number = next(self._numbers)
        return Purse(
            self.kind, self.country, self.spoiler, self.key_file, self.wake_url, number, _numbers=self._numbers
        )

    @property
    def arguments(self) -> Mapping[str, str]:
        return {**ARGUMENTS, "msisdn": f"+2665{8_123_456 + self.number * 101:07d}"}

    @property
    def key(self) -> str:
        return f"{self.number:032x}:0"

    def office(self, **options: str) -> Office:
        """A new one remembers nothing, as after a restart."""
        told = OfficeSettings(
            "wallet", f"{self.spoiler.url}{self.kind.path}", "sandbox", self.kind.operations,
            {**self.kind.options, **options}, files={"public_key": self.key_file}, wake_url=self.wake_url,
        )  # fmt: skip

        def now() -> Any:
            return self.country.now

        office = (
            MPesaOffice(told, now, push_seconds=self.push_seconds)
            if self.kind.adapter == "m_pesa"
            else OFFICES[self.kind.adapter](told, now)
        )
        self._open.append(office)
        return office

    def is_push(self, heard: Heard) -> bool:
        return self.kind.pushed_to in heard.path

    def is_look(self, heard: Heard) -> bool:
        return not self.is_push(heard) and "getSession" not in heard.path

    async def payments(self) -> list[dict[str, Any]]:
        """Those of this payer."""
        rows: list[dict[str, Any]] = [*await self.country.rows(self.kind.listed)]
        return [row for row in rows if self.arguments["msisdn"] in (row.get("payer"), _payer(row))]

    async def debits(self) -> int:
        """How often money was taken: the fact that everything here is about."""
        return sum(row[self.kind.word] == self.kind.paid for row in await self.payments())

    async def payer(self, does: str, **more: object) -> None:
        path = f"/payers/{self.arguments['msisdn']}"
        (await self.country.testers.post(path, json={"does": does, **more})).raise_for_status()

    async def close(self) -> None:
        for office in self._open:
            await office.close()


@asynccontextmanager
async def open_purse(
    kind: str, pack: Pack, key: RSAPrivateKey, directory: Path, wake_url: str = "", **settings: Any
) -> AsyncIterator[Purse]:
    told = {"m_pesa": MPesaSettings(session_ready_seconds=0.0), "m_pesa_key": key, **settings}
    key_file = directory / "m-pesa-public-key"
    key_file.write_text(shown(key), "ascii")
    async with served_country(pack, **told) as country, open_spoiler(country.url) as spoiler:
        purse = Purse(KINDS[kind], country, spoiler, key_file, wake_url)
        yield purse
        await purse.close()


Told = Answered | Refused | str
"""How a payment ended, `person: <reason>` where a human must look, `pending` where it has not ended."""


def _payer(row: Mapping[str, Any]) -> str:
    """Of a payment as the GSMA API shows it."""
    return str(row.get("debitParty", [{"value": ""}])[0]["value"])


async def ask(office: Office, arguments: Mapping[str, str], key: str, within_seconds: float = 2.0) -> Told | Pending:
    try:
        outcome = await office.ask("request-payment", arguments, key, within_seconds)
    except ServiceFailed as failed:
        return f"again: {failed.reason}" if failed.retryable else f"person: {failed.reason}"
    assert isinstance(outcome, Answered | Refused | Pending)
    return outcome


async def ask_to_the_end(
    purse: Purse,
    office: Office | Callable[[], Office],
    *,
    tries: int = 25,
    pause_seconds: float = 20.0,
    **changes: str,
) -> Told:
    """As the worker does: the same key until there is an end, with pauses between."""
    for _ in range(tries):
        told = await ask(office() if callable(office) else office, {**purse.arguments, **changes}, purse.key, 0.5)
        if isinstance(told, Answered | Refused) or (isinstance(told, str) and told.startswith("person")):
            return told
        purse.country.now += timedelta(seconds=pause_seconds)
        await asyncio.sleep(0.03)  # a line that is held notices that time has passed
    return "pending"
