"""The adapters of the shipped pack against the sandbox country, over HTTP as they would speak to the real offices."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.errors import ServiceFailed
from app.messages import Answered, OutgoingSms, Pending, Refused
from integrations.aggregators.africastalking import AfricasTalking
from tests.integrations.country import BIRTH, Country

pytestmark = pytest.mark.anyio

PAYMENT = {
    "msisdn": "+26658123456",
    "amount": "5000",
    "currency": "LSL",
    "reference": "7K4M2PXQ9",
    "text": "Motlakase",
}


async def test_a_birth_is_registered_once_for_each_key(country: Country) -> None:
    registry = country.office("civil-registry")
    first = await registry.ask("register-birth", BIRTH, "job-1", 5.0)
    assert isinstance(first, Answered)
    assert await registry.ask("register-birth", BIRTH, "job-1", 5.0) == first
    assert [row["application"] for row in await country.rows("/civil-registry/applications")] == [
        *first.results.values()
    ]


async def test_a_key_for_another_birth_is_a_refusal(country: Country) -> None:
    registry = country.office("civil-registry")
    await registry.ask("register-birth", BIRTH, "job-1", 5.0)
    assert await registry.ask("register-birth", {**BIRTH, "sex": "male"}, "job-1", 5.0) == Refused("key_reused")


async def test_a_mother_whom_nobody_knows_is_a_refusal(country: Country) -> None:
    registry = country.office("civil-registry")
    unknown = {**BIRTH, "mother_id": "990000000000"}
    assert await registry.ask("register-birth", unknown, "job-1", 5.0) == Refused("mother_unknown")
    assert await registry.ask("person", {"id": "990000000000"}, "job-2", 5.0) == Refused("unknown")
    assert isinstance(await registry.ask("person", {"id": "012345678901"}, "job-3", 5.0), Answered)


async def test_an_application_is_followed_to_the_clerks_desk(country: Country) -> None:
    registry = country.office("civil-registry")
    answered = await registry.ask("register-birth", BIRTH, "job-1", 5.0)
    assert isinstance(answered, Answered)
    application = answered.results["application"]
    ready = {"status": "ready", "where": "Maseru", "reason": ""}
    (await country.testers.post(f"/civil-registry/applications/{application}", json=ready)).raise_for_status()
    followed = await registry.ask("application", {"application": application}, "job-2", 5.0)
    assert followed == Answered({"status": "ready", "where": "Maseru", "note": ""})


async def test_a_registry_that_was_silent_did_nothing_and_is_asked_again_with_the_same_key(country: Country) -> None:
    registry = country.office("civil-registry")
    await country.turn("civil-registry", silent=True)
    with pytest.raises(ServiceFailed) as failed:
        await registry.ask("register-birth", BIRTH, "job-1", 0.4)
    assert (failed.value.reason, failed.value.late) == ("timeout", True)
    await country.turn("civil-registry", silent=False)
    assert isinstance(await registry.ask("register-birth", BIRTH, "job-1", 5.0), Answered)
    assert len(await country.rows("/civil-registry/applications")) == 1


async def test_a_late_registry_did_the_work_once(country: Country) -> None:
    registry = country.office("civil-registry")
    await country.turn("civil-registry", delay_s=0.6)
    with pytest.raises(ServiceFailed):
        await registry.ask("register-birth", BIRTH, "job-1", 0.3)
    await country.turn("civil-registry", delay_s=0)
    assert isinstance(await registry.ask("register-birth", BIRTH, "job-1", 5.0), Answered)
    assert len(await country.rows("/civil-registry/applications")) == 1


async def test_a_failing_office_may_be_asked_again(country: Country) -> None:
    for name, operation, arguments in (
        ("civil-registry", "register-birth", BIRTH),
        ("wallet", "request-payment", PAYMENT),
        ("electricity", "meter", {"meter": "01234567897"}),
    ):
        await country.turn(name, fail=True)
        with pytest.raises(ServiceFailed) as failed:
            await country.office(name).ask(operation, arguments, "job-1", 5.0)
        assert (failed.value.reason, failed.value.retryable) == ("status_503", True)


async def test_a_payment_is_pending_then_paid_and_never_paid_twice(country: Country) -> None:
    wallet = country.office("wallet")
    assert await wallet.ask("request-payment", PAYMENT, "job-1", 5.0) == Pending()
    assert await wallet.ask("request-payment", PAYMENT, "job-1", 5.0) == Pending()
    country.now += timedelta(seconds=2)
    paid = await wallet.ask("request-payment", PAYMENT, "job-1", 5.0)
    assert isinstance(paid, Answered)
    assert await wallet.ask("request-payment", PAYMENT, "job-1", 5.0) == paid
    assert len(await country.rows("/wallet/transactions")) == 1


async def test_a_payment_asked_for_by_ten_workers_at_once_is_paid_once(country: Country) -> None:
    wallet = country.office("wallet")
    asked = await asyncio.gather(*(wallet.ask("request-payment", PAYMENT, "job-1", 5.0) for _ in range(10)))
    assert asked == [Pending()] * 10
    assert len(await country.rows("/wallet/transactions")) == 1


@pytest.mark.parametrize(
    ("change", "reason"), [({"amount": "50001"}, "insufficient_funds"), ({"msisdn": "+26658123400"}, "declined")]
)
async def test_a_payment_that_failed_is_a_refusal(country: Country, change: dict[str, str], reason: str) -> None:
    wallet = country.office("wallet")
    assert await wallet.ask("request-payment", {**PAYMENT, **change}, "job-1", 5.0) == Pending()
    country.now += timedelta(seconds=2)
    assert await wallet.ask("request-payment", {**PAYMENT, **change}, "job-1", 5.0) == Refused(reason)


async def test_a_wallet_that_was_late_paid_once(country: Country) -> None:
    wallet = country.office("wallet")
    await country.turn("wallet", delay_s=0.6)
    with pytest.raises(ServiceFailed) as failed:
        await wallet.ask("request-payment", PAYMENT, "job-1", 0.9)
    assert failed.value.late
    await country.turn("wallet", delay_s=0)
    async with asyncio.timeout(5):
        while await wallet.ask("request-payment", PAYMENT, "job-1", 5.0) == Pending():
            country.now += timedelta(seconds=2)
    assert len(await country.rows("/wallet/transactions")) == 1


async def test_electricity_is_sold_once_for_each_key(country: Country) -> None:
    vendor = country.office("electricity")
    sale = {"meter": "01234567897", "amount": "5000", "currency": "LSL", "payment": "MP00000001"}
    assert isinstance(await vendor.ask("meter", {"meter": "01234567897"}, "job-1", 5.0), Answered)
    sold = await vendor.ask("vend", sale, "job-2", 5.0)
    assert isinstance(sold, Answered)
    assert (len(sold.results["token"]), set(sold.results)) == (20, {"token", "kwh"})
    assert await vendor.ask("vend", sale, "job-2", 5.0) == sold
    assert await vendor.ask("vend", {**sale, "meter": "99234567892"}, "job-3", 5.0) == Refused("meter_unknown")
    assert len(await country.rows("/electricity/vends")) == 1


async def test_an_sms_arrives_at_the_sms_centre(country: Country) -> None:
    aggregator = AfricasTalking("sandbox", "sandbox", base_url=f"{country.url}/version1")
    message_id = await aggregator.send(OutgoingSms("+26658123456", "Kea leboha š"))
    [row] = await country.rows("/sms?to=%2B26658123456")
    assert (row["message_id"], row["text"], row["to"]) == (message_id, "Kea leboha š", "+26658123456")


@pytest.mark.parametrize(
    ("username", "key", "sender_id", "msisdn", "reason"),
    [
        ("sandbox", "wrong", None, "+26658123456", "Africa's Talking refused"),
        ("sandbox", "sandbox", "KINGDOM", "+26658123456", "sender_id_invalid"),
        ("sandbox", "sandbox", None, "+27821234567", "number_invalid"),
    ],
)
async def test_the_sms_centre_says_no_for_good(
    country: Country, username: str, key: str, sender_id: str | None, msisdn: str, reason: str
) -> None:
    aggregator = AfricasTalking(username, key, sender_id, f"{country.url}/version1")
    with pytest.raises(ServiceFailed, match=reason) as failed:
        await aggregator.send(OutgoingSms(msisdn, "Kea leboha"))
    assert not failed.value.retryable


async def test_an_sms_centre_that_is_down_or_silent_is_tried_again_later(country: Country) -> None:
    aggregator = AfricasTalking("sandbox", "sandbox", None, f"{country.url}/version1", send_seconds=0.5)
    await country.turn("sms", fail=True)
    with pytest.raises(ServiceFailed, match="status_503") as failed:
        await aggregator.send(OutgoingSms("+26658123456", "Kea leboha"))
    assert failed.value.retryable
    await country.turn("sms", fail=False, silent=True)
    with pytest.raises(ServiceFailed, match="timeout") as failed:
        await aggregator.send(OutgoingSms("+26658123456", "Kea leboha"))
    assert (failed.value.retryable, failed.value.late) == (True, True)
