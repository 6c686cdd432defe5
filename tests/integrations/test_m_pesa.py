"""M-Pesa's adapter beyond its samples: sealed sessions, lines that are held while payers type, wrong declarations."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Pending, Refused
from app.pack import Pack
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import shown
from integrations.services.m_pesa import MPesaOffice
from integrations.services.m_pesa_session import read_public_key
from integrations.services.settings import OfficeSettings
from tests.integrations.purses import COMMON, M_PESA, Purse, ask, ask_to_the_end, open_purse

pytestmark = pytest.mark.anyio
Clock = Callable[[], datetime]


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65_537, 2_048)


@pytest.fixture
async def purse(lesotho: Pack, key: RSAPrivateKey, tmp_path: Path) -> AsyncIterator[Purse]:
    async with open_purse("m_pesa_sync", lesotho, key, tmp_path) as purse:
        yield purse


def calls(purse: Purse, what: str) -> int:
    return sum(what in one.heard.path for one in purse.spoiler.exchanges)


async def test_one_session_serves_all_and_no_two_calls_carry_the_same_bytes(purse: Purse) -> None:
    office = purse.office()
    others = [purse.of_another() for _ in range(5)]
    await asyncio.gather(*(ask(office, one.arguments, one.key, 10.0) for one in others))
    assert calls(purse, "getSession") == 1
    carried = [one.heard.headers["authorization"] for one in purse.spoiler.exchanges]
    assert len(set(carried)) == len(carried) >= 6


async def test_the_api_key_and_the_session_are_never_sent_in_the_clear(purse: Purse) -> None:
    await ask(purse.office(), purse.arguments, purse.key)
    session = purse.spoiler.exchanges[0].body.decode().partition('"output_SessionID":"')[2].partition('"')[0]
    sent = [f"{one.heard.path} {one.heard.headers} {one.heard.body!r}" for one in purse.spoiler.exchanges]
    assert len(session) == 32
    assert not [text for text in sent if session in text or "'sandbox'" in text or "Bearer sandbox" in text]


async def test_a_session_is_used_when_it_is_ready_and_fetched_once_until_then(
    lesotho: Pack, key: RSAPrivateKey, tmp_path: Path
) -> None:
    async with open_purse(
        "m_pesa_sync", lesotho, key, tmp_path, m_pesa=MPesaSettings(session_ready_seconds=20.0)
    ) as purse:
        office = purse.office()
        for _ in range(3):
            assert await ask(office, purse.arguments, purse.key) == "again: session_not_ready"
            purse.country.now += timedelta(seconds=6)
        assert isinstance(await ask_to_the_end(purse, office), Answered)
        assert calls(purse, "getSession") == 1
        assert await purse.debits() == 1


async def test_a_session_that_ended_is_fetched_anew_and_the_payment_is_asked_for_once(purse: Purse) -> None:
    office = purse.office()
    assert isinstance(await ask_to_the_end(purse, office), Answered)
    purse.country.now += timedelta(seconds=120)
    (await purse.country.testers.delete("/m-pesa/sessions")).raise_for_status()
    other = purse.of_another()
    assert isinstance(await ask_to_the_end(other, office), Answered)
    assert calls(purse, "getSession") == 2
    assert await other.debits() == 1


async def test_a_line_is_held_while_the_payer_types_and_who_asks_again_meets_it(purse: Purse) -> None:
    await purse.payer("accept", after_s=30)
    purse.push_seconds = 60.0
    office = purse.office()
    assert await ask(office, purse.arguments, purse.key, 1.5) == Pending()
    assert await ask(office, purse.arguments, purse.key, 0.1) == Pending()
    purse.country.now += timedelta(seconds=30)
    told = await ask(office, purse.arguments, purse.key, 5.0)
    assert isinstance(told, Answered)
    assert calls(purse, "c2bPayment") == await purse.debits() == 1


async def test_a_refusal_that_came_while_nobody_asked_is_told_to_the_next(purse: Purse) -> None:
    await purse.payer("insufficient", after_s=5)
    purse.push_seconds = 60.0
    office = purse.office()
    assert await ask(office, purse.arguments, purse.key, 1.5) == Pending()
    purse.country.now += timedelta(seconds=5)
    assert await ask(office, purse.arguments, purse.key, 5.0) == Refused("insufficient_funds")


async def test_a_payer_who_is_late_is_pending_until_m_pesa_says_more(purse: Purse) -> None:
    """The line said INS-9, the look-up nothing: neither is a no, and the money that comes later is found."""
    await purse.payer("late", after_s=100)
    told = await ask_to_the_end(purse, purse.office(), pause_seconds=9.0)
    assert isinstance(told, Answered)
    assert await purse.debits() == calls(purse, "c2bPayment") == 1


@pytest.mark.parametrize("change", [{"origin": "elsewhere.example"}, {"provider_code": "999999"}])
async def test_a_wrong_origin_or_short_code_takes_nothing(purse: Purse, change: dict[str, str]) -> None:
    told = await ask(purse.office(**change), purse.arguments, purse.key, 8.0)
    assert told in ("again: session_INS-989", "person: code_INS-13")
    assert await purse.payments() == []


async def test_the_portals_sandbox_asks_the_number_that_it_knows(purse: Purse) -> None:
    told = await ask_to_the_end(purse, purse.office(test_msisdn="000000000001"))
    assert isinstance(told, Answered)
    rows = await purse.country.rows("/m-pesa/transactions")
    assert [row["payer"] for row in rows] == ["+26650000001"]


def told(address: str = "http://127.0.0.1:1", **options: str) -> OfficeSettings:
    return OfficeSettings("m-pesa", address, "key", {"request-payment": COMMON}, {**M_PESA, **options})


@pytest.mark.parametrize(
    ("address", "options", "what"),
    [
        ("https://openapi.m-pesa.com/openapi", {"test_msisdn": "000000000001"}, "must have `/sandbox/` in it"),
        ("http://127.0.0.1:1", {"mode": "fast"}, "`mode` must be sync or async"),
        ("http://127.0.0.1:1", {"market": "../x"}, "`market` must be letters"),
    ],
)
def test_a_wrong_declaration_stops_the_start(clock: Clock, address: str, options: Mapping[str, str], what: str) -> None:
    with pytest.raises(SettingsWrong) as refused:
        MPesaOffice(told(address, **options), clock)
    assert what in str(refused.value)


def spki(key: RSAPrivateKey | ec.EllipticCurvePrivateKey, encoding: Encoding) -> bytes:
    return key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def test_a_public_key_is_taken_as_the_portal_shows_it_and_as_pem(key: RSAPrivateKey) -> None:
    for text in (shown(key), shown(key) + "\n", spki(key, Encoding.PEM).decode()):
        assert len(read_public_key("m-pesa", text)("a" * 32)) == 344


@pytest.mark.parametrize("text", ["", "MIICIjANBg", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsWrong, match="the portal's RSA key"):
        read_public_key("m-pesa", text)


def test_a_key_that_is_too_short_or_none_of_rsa_stops_the_start() -> None:
    short = generate_private_key(65_537, 1_024)  # which is what is refused here
    for key in (short, ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(SettingsWrong, match="the portal's RSA key"):
            read_public_key("m-pesa", b64encode(spki(key, Encoding.DER)).decode())


def test_a_session_that_is_too_long_to_be_sealed_is_malformed(key: RSAPrivateKey) -> None:
    with pytest.raises(ServiceFailed, match="session_malformed"):
        read_public_key("m-pesa", shown(key))("a" * 246)
