"""A real browser, a real server on a free port, and a small gateway that is strict about the wire."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import anyio
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from app.errors import ServiceFailed
from app.web.phone import InboxSms, PhoneSettings, phone_router

BASE = "/callbacks/dev/africastalking"
SERVICE_CODE = "*384*26600#"
MPHO, THABO = "+26650123456", "+26662123456"
START_SECONDS_MAX = 10.0
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu"]

USSD_FIELDS = {"sessionId", "serviceCode", "phoneNumber", "networkCode", "text"}
END_FIELDS = (USSD_FIELDS - {"text"}) | {
    "date",
    "status",
    "cost",
    "durationInMillis",
    "hopsCount",
    "hopsMetadata",
    "input",
    "lastAppResponse",
}
SMS_FIELDS = {"date", "from", "to", "id", "text", "linkId", "networkCode", "cost"}

WELCOME = "CON Rea u amohela! Khetha:\n1. Boemo ba kopo\n2. Lengolo la tsoalo\n3. Motlakase\n0. English"
NAME = "CON Lebitso la ngoana:\n9. Morao\n0. Qalong"
PAGES = {
    "": WELCOME,
    "1": "CON Kenya nomoro ea kopo:\n(mohlala: 7K4M-2PXQ9)\n9. Morao\n0. Qalong",
    "1*7K4M2PXQ9": "END Kopo 7K4M-2PXQ9\nBoemo: e ntse e sebetsoa.\nKea leboha.",
    "2": NAME,
    "4": "CON Ts'ebeletso: Tšitoe",
    "5": "CON {[€]}",
    "6": "CON " + "a" * 170,
}
BROKEN = {
    "7": Response("no", 500, media_type="text/plain"),
    "8": Response('"CON quoted"', 200, media_type="application/json"),
    "9": Response(b"\xef\xbb\xbfCON marked", 200, media_type="text/plain"),
}


@dataclass
class Gateway:
    """Keeps what came; a callback that breaks the wire's rules is refused and put among `complaints`."""

    hops: list[dict[str, str]] = field(default_factory=list)
    ends: list[dict[str, str]] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    inbox: list[tuple[str, InboxSms]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    centre_down: bool = False
    centre_silent: bool = False
    refuses_texts: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, request: Request, body: bytes, fields: set[str], optional: set[str]) -> dict[str, str] | None:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        names = [name for name, _ in pairs]
        if request.headers["content-type"] != "application/x-www-form-urlencoded":
            self.complaints.append("content type")
        if len(names) != len(set(names)) or set(names) - optional != fields:
            self.complaints.append(f"fields {names}")
        form = dict(pairs)
        if "sessionId" in form and not re.fullmatch(r"ATUid_[0-9a-f]{32}", form["sessionId"]):
            self.complaints.append("session id")
        return None if self.complaints else form

    def hear(self, form: dict[str, str]) -> None:
        said = [hop["text"] for hop in self.hops if hop["sessionId"] == form["sessionId"]]
        if said and form["text"] != said[-1] and said[-1] and not form["text"].startswith(said[-1] + "*"):
            self.complaints.append(f"{form['text']!r} does not go on from {said[-1]!r}")
        self.hops.append(form)

    def answer(self, transcript: str) -> Response:
        if transcript in BROKEN:
            return BROKEN[transcript]
        if transcript.startswith("2*"):
            return Response(f"END Rea leboha, {transcript[2:]}.", media_type="text/plain")
        if transcript == "3":
            return Response(f"CON Letšoao {len(self.hops)}", media_type="text/plain")
        return Response(PAGES.get(transcript, WELCOME), media_type="text/plain")

    def send(self, msisdn: str, text: str) -> None:
        sent_at = datetime(2026, 11, 23, 10, len(self.inbox), tzinfo=UTC)
        self.inbox.append((msisdn, InboxSms(f"ATXid_{len(self.inbox)}", "GOVLS", text, sent_at)))


def make_app(gateway: Gateway) -> FastAPI:
    app = FastAPI()

    async def inbox(msisdn: str) -> list[InboxSms]:
        gateway.asked.append(msisdn)
        if gateway.centre_down:
            raise ServiceFailed("the SMS centre does not answer", retryable=True)
        if gateway.centre_silent:
            await anyio.sleep(60)
        return [sms for to, sms in gateway.inbox if to == msisdn]

    networks = {"+2665": "65101", "+2666": "65102"}
    settings = PhoneSettings(
        callback_base=BASE,
        service_code=SERVICE_CODE,
        numbers=(MPHO, THABO),
        network_codes=networks,
        other_codes=("*384*26601#",),
    )
    app.include_router(phone_router(settings, inbox))

    @app.post(BASE + "/ussd")
    async def ussd(request: Request) -> Response:
        form = gateway.read(request, await request.body(), USSD_FIELDS, set())
        if form is None:
            return Response("refused", 400)
        gateway.hear(form)
        if form["text"] == "slow":
            await anyio.to_thread.run_sync(gateway.go_on.wait, 10.0)
        return gateway.answer(form["text"])

    @app.post(BASE + "/ussd/end")
    async def ussd_end(request: Request) -> Response:
        form = gateway.read(request, await request.body(), END_FIELDS, {"errorMessage"})
        if form is not None:
            gateway.ends.append(form)
        return Response(status_code=200)

    @app.post(BASE + "/sms")
    async def sms(request: Request) -> Response:
        form = gateway.read(request, await request.body(), SMS_FIELDS, set())
        if form is None or gateway.refuses_texts:
            return Response(status_code=500)
        gateway.texts.append(form)
        gateway.send(form["from"], f"Re amohetse: {form['text']}")
        return Response(status_code=200)

    return app


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()
    yield kept
    kept.go_on.set()
    assert kept.complaints == []


@pytest.fixture
def site(gateway: Gateway) -> Iterator[str]:
    """Serve the phone and the small gateway; gives the address of the page."""
    config = uvicorn.Config(
        make_app(gateway), port=0, access_log=False, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/phone"
    gateway.go_on.set()
    server.should_exit = True
    thread.join(START_SECONDS_MAX)
    assert not thread.is_alive()


def find_chromium() -> str:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reason = "BROWSER TESTS NOT RUN: no Chromium on this machine (Debian: apt install chromium)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        await launched.close()


Open = Callable[..., Awaitable[Page]]


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What the page threw or its policy stopped; a test that wants a fault takes it out."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
async def open_page(browser: Browser, site: str, faults: list[str]) -> AsyncIterator[Open]:
    """Open the page in a context of its own, its console watched."""
    expect.set_options(timeout=8_000)
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        # A refused hop is what some tests want; Chromium writes a line about each.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            faults.append(message.text)

    async def open_it(fragment: str = "", **options: Any) -> Page:
        context = await browser.new_context(**options)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(site + fragment)
        await expect(page.get_by_role("region", name="Phone +").first).to_be_visible()
        return page

    yield open_it
    for context in contexts:
        await context.close()
