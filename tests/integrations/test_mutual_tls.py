"""Certificates on both sides: a real server that demands one of its clients, and authorities of the tests' own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.integrations.authority import Authority, served_over_tls

pytestmark = pytest.mark.anyio

OPERATIONS: Mapping[str, Mapping[str, object]] = {"person": {"method": "GET", "path": "/people", "answered": [200]}}
AUTH = {"kind": "mutual_tls", "certificate": "mohala.pem", "authority": "authority.pem"}


class Heard:
    """A small office, and the token endpoint beside it; it keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((scope["path"], headers.get("authorization", "").partition(" ")[0]))
        token = b'{"access_token": "t1", "token_type": "Bearer"}'
        json = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": json})
        await send({"type": "http.response.body", "body": token if scope["path"] == "/token" else b"{}"})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def served(authority: Authority, heard: Heard) -> AsyncIterator[str]:
    async with served_over_tls(heard, authority) as url:
        yield url


def settings(
    url: str, files: Mapping[str, Path], secret: str | None = None, auth: Mapping[str, str] = AUTH
) -> OfficeSettings:
    return OfficeSettings("registry", url, secret, OPERATIONS, auth=auth, files=files)


async def asked(told: OfficeSettings) -> Any:
    """The outcome, or the failure as it is told."""
    office = OFFICES["http_json"](told, lambda: pytest.fail("the clock plays no part"))
    try:
        return await office.ask("person", {}, "S1-1", 5.0)
    except ServiceFailed as failed:
        return failed.reason, failed.retryable
    finally:
        await office.close()


async def test_both_sides_show_a_certificate(served: str, authority: Authority, heard: Heard) -> None:
    files = {"certificate": authority.give("mohala"), "authority": authority.authority}
    assert await asked(settings(served, files)) == Answered({})
    assert heard.requests == [("/people", "")]


async def test_an_office_whose_authority_is_not_ours_is_not_asked(
    served: str, authority: Authority, heard: Heard, tmp_path: Path
) -> None:
    ours = authority.give("mohala")
    assert await asked(settings(served, {"certificate": ours})) == ("tls", True), (
        "public authorities vouch for nobody here"
    )
    stranger = Authority(tmp_path, "stranger").authority
    assert await asked(settings(served, {"certificate": ours, "authority": stranger})) == ("tls", True)
    assert heard.requests == []


@pytest.mark.parametrize("shown", ["none", "of a stranger's", "ended"])
async def test_a_client_without_a_certificate_that_counts_is_turned_away(
    served: str, authority: Authority, heard: Heard, tmp_path: Path, shown: str
) -> None:
    files = {"authority": authority.authority}
    if shown == "ended":
        files["certificate"] = authority.give("mohala", ended=True)
    elif shown != "none":
        files["certificate"] = Authority(tmp_path, "stranger").give("mohala")
    reason, retryable = await asked(settings(served, files))
    # uvicorn hangs up without a word, and whether that is read as an end or as an alert is a race of the kernel's.
    assert reason in ("tls", "connect", "connection_lost") and retryable
    assert heard.requests == []


async def test_a_server_that_says_that_it_wants_a_certificate_was_not_asked(authority: Authority) -> None:
    """As OpenSSL's own servers do in TLS 1.3: the alert comes after we wrote, and nothing of that was read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.give("office"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.authority)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """TLS by hand, for asyncio drops the alert that it should send."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65_536))
            except ssl.SSLError:
                writer.write(outgoing.read())
                await reader.read(1)  # until the client has left: to hang up at once could overtake the alert
                break
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        office = OFFICES["http_json"](settings(url, {"authority": authority.authority}), lambda: pytest.fail())
        with pytest.raises(ServiceFailed) as failed:
            await office.ask("person", {}, "S1-1", 5.0)
        await office.close()
    assert (failed.value.reason, failed.value.retryable, failed.value.late) == ("tls", True, False)


async def test_a_certificate_may_stand_beside_a_password(served: str, authority: Authority, heard: Heard) -> None:
    files = {"certificate": authority.give("mohala"), "authority": authority.authority}
    auth = {**AUTH, "kind": "basic", "user": "mohala"}
    assert await asked(settings(served, files, "hushed", auth)) == Answered({})
    assert heard.requests == [("/people", "Basic")]


async def test_a_token_is_asked_for_with_the_certificate_as_well(
    served: str, authority: Authority, heard: Heard
) -> None:
    files = {"certificate": authority.give("mohala"), "authority": authority.authority}
    auth = {**AUTH, "kind": "oauth2", "token_url": f"{served}/token", "client": "mohala"}
    office = OFFICES["http_json"](settings(served, files, "hushed", auth), lambda: datetime(2026, 11, 23, tzinfo=UTC))
    assert await office.ask("person", {}, "S1-1", 5.0) == Answered({})
    await office.close()
    assert heard.requests == [("/token", "Basic"), ("/people", "Bearer")]


async def test_a_security_server_of_x_road_may_demand_a_certificate(
    served: str, authority: Authority, heard: Heard
) -> None:
    member = {"client": "LS/GOV/MOHALA/GATEWAY", "provider": "LS/GOV/HOME-AFFAIRS/REGISTRY"}
    operations = {"person": {**OPERATIONS["person"], "service_code": "civil"}}
    files = {"certificate": authority.give("mohala"), "authority": authority.authority}
    told = OfficeSettings("registry", served, None, operations, member, AUTH, files=files)
    office = OFFICES["x_road"](told, lambda: pytest.fail())
    assert isinstance(await office.ask("person", {}, "S1-1", 5.0), Answered)
    await office.close()
    assert heard.requests == [("/r1/LS/GOV/HOME-AFFAIRS/REGISTRY/civil/people", "")]


async def test_a_key_under_a_password_stops_the_start_and_asks_nobody_for_it(authority: Authority) -> None:
    files = {"certificate": authority.give("mohala", password=b"hushed")}
    with pytest.raises(SettingsWrong, match="its key without a password"):
        OFFICES["http_json"](settings("https://127.0.0.1:1", files), lambda: pytest.fail())
