"""The wallets' door, served over HTTP, with bills to pay on the database behind it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from fastapi import FastAPI

from app.billing import Billing
from app.counter import Counter, Wallet
from app.editions import Edition, Editions
from app.filing import Asker
from app.ledger import Requests
from app.measures import Measures
from app.messages import Request
from app.pack import Pack
from app.payments import Bill
from app.under_way import CashBeside
from app.web.wallets import wallets_router
from integrations.database import Database
from tests.database.till import Bytes
from tests.integrations.desk import Heard
from tests.integrations.spoiler import Exchange
from tests.made_once import compiled
from tests.work.paid import sources

MPHO, LERATO = "+26650123456", "+26658765432"
KEYS = ("a-live-key-of-mpesa", "the-next-key-of-mpesa")
WALLETS = {
    "mpesa": Wallet("mpesa", "vodacom", KEYS, keeps=False),
    "ecocash": Wallet("ecocash", "econet", ("a-key-of-ecocash",), keeps=True),
    "unayo": Wallet("unayo", "bank", ("a-key-of-unayo",), later=True, callbacks=("https://wallet.example/told",)),
}


@cache
def pack() -> Pack:
    return compiled(sources())


@dataclass(slots=True)
class Shop:
    """A served door; `exchanges` is all that was asked through it. A request may be paid by its citizen's wallet."""

    database: Database
    requests: Requests
    billing: Billing
    http: httpx.AsyncClient
    now: datetime
    pack: Pack
    filed: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    async def bill(self, msisdn: str = MPHO) -> Bill:
        self.filed += 1
        edition = Edition(self.pack, {})
        asker = Asker(msisdn, "st", f"step-{self.filed}", 3.0)
        answers = {"plot": "1234-567", "district": "Leribe"}
        request = await self.requests.filings.file(edition, self.pack.catalogue.services["plot-search"], answers, asker)
        await self.billing.issue(request.id, 0)
        bill = await self.database.bills.bill(f"{request.id}:0")
        assert bill is not None
        return bill

    async def request(self, bill: Bill) -> Request:
        request = await self.database.ledger.request(bill.request_id)
        assert request is not None
        return request

    async def fresh(self, bill: Bill) -> Bill:
        fresh = await self.database.bills.bill(bill.id)
        assert fresh is not None
        return fresh

    async def ask(self, method: str, path: str, wallet: str = "mpesa", **more: Any) -> httpx.Response:
        known = WALLETS[wallet]
        headers = {"X-Client-Id": known.client, "X-API-Key": known.keys[0], **more.pop("headers", {})}
        answer = await self.http.request(method, f"/wallets/{wallet}/v1.2{path}", headers=headers, **more)
        assert datetime.fromisoformat(answer.headers["x-date"]) == self.now
        self.exchanges.append(_exchange(answer))
        return answer

    async def pay(
        self,
        bill: Bill,
        amount: str = "32.5",
        wallet: str = "mpesa",
        correlation: str | None = None,
        paid_at: object = None,
        **headers: str,
    ) -> httpx.Response:
        """`paid_at` is what the wallet says about when; None: nothing."""
        path = f"/accounts/msisdn/{bill.msisdn or MPHO}/bills/{bill.code}/payments"
        headers = {"X-CorrelationID": correlation or str(uuid.uuid4()), **headers}
        body = {"amountPaid": amount, "currency": "LSL", "requestingOrganisationTransactionReference": "MP1"}
        told = {} if paid_at is None else {"requestDate": paid_at}
        return await self.ask("POST", path, wallet, headers=headers, json={**body, **told})


def _exchange(answer: httpx.Response) -> Exchange:
    asked, address = answer.request, urlsplit(str(answer.request.url))
    path = address.path + (f"?{address.query}" if address.query else "")
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in asked.headers.raw}
    return Exchange(Heard(asked.method, path, headers, asked.content), answer.status_code, answer.headers,
                    answer.content)  # fmt: skip


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn tells it by nothing else)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@asynccontextmanager
async def open_shop(
    database: Database, at: datetime, pack: Pack, wallets: Mapping[str, Wallet] = WALLETS
) -> AsyncIterator[Shop]:
    """A shop whose clock stands at a whole second."""
    numbers = Bytes()
    shop: Shop
    editions = Editions(Edition(pack, {}))
    requests = Requests(editions, database.ledger, lambda: shop.now, numbers)
    billing = Billing(requests, database.ledger, database.bills, lambda: shop.now, numbers)
    beside = CashBeside(database.pushes, lambda: shop.now)
    counter = Counter(wallets, billing, database.bills, database.ledger, beside, editions, lambda: shop.now)
    app = FastAPI()
    app.include_router(wallets_router(counter, editions, Measures(), lambda: shop.now))
    async with served(app) as base, httpx.AsyncClient(base_url=base, trust_env=False, timeout=30.0) as http:
        shop = Shop(database, requests, billing, http, at.replace(microsecond=0), pack)
        yield shop
