"""The wallets' door as wallets see it, over HTTP, on both databases: what they get, and attacks that must fail."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from app import limits
from app.audit import CITIZEN, HOUSE
from app.bill_code import new_bill_code
from app.bookkeeping import examine
from app.messages import Change, Status
from app.payments import Bill, BillState, Unfit
from app.ports import Window
from app.pushes import Push, push_job
from integrations.database import Database, open_books
from tests.contracts.gsma import BILLS, contract_at_hand
from tests.database.shop import KEYS, LERATO, MPHO, Shop, open_shop, pack
from tests.database.till import Bytes

pytestmark = pytest.mark.anyio
WALLETS_BASE = "/wallets/[a-z]+/v1.2"


def error(answer: httpx.Response) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["errorCategory"], told["errorCode"]


@pytest.fixture
async def shop(database: Database, at: datetime) -> AsyncIterator[Shop]:
    async with open_shop(database, at, pack()) as shop:
        yield shop
    # Where the description is not at hand, tests/contracts/test_gsma_bills.py says that it was skipped.
    if (described := contract_at_hand(BILLS)) is not None:
        assert [told for one in shop.exchanges for told in described.answer_faults_if_known(one, WALLETS_BASE)] == []


@pytest.fixture
def whole(url):
    async def check() -> dict[tuple[str, str], int]:
        books = await open_books(url)
        try:
            found = await examine(books)
        finally:
            await books.close()
        assert found.faults == []
        return dict(found.balances)

    return check


async def test_a_citizen_sees_their_bill_in_the_wallets_own_menu_and_pays_it(shop, whole) -> None:
    bill = await shop.bill()
    listed = await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")
    assert listed.headers["x-records-available-count"] == "1"
    (told,) = listed.json()
    assert (told["billReference"], told["amountDue"], told["currency"]) == (bill.code, "32.5", "LSL")
    assert (told["billStatus"], told["billdescription"], told["dueDate"]) == ("unpaid", "Patlo ea setsha", "2026-11-25")
    paid = await shop.pay(bill, correlation="0b5ae1f2-0000-4000-8000-000000000001")
    assert paid.status_code == 201
    assert (paid.json()["billPaymentStatus"], paid.json()["amountPaid"]) == ("paid", "32.5")
    assert (await shop.request(bill)).results["payment"] == paid.json()["serviceProviderPaymentReference"]
    (told,) = (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json()
    assert (told["billStatus"], told["amountDue"]) == ("paid", "0")
    seen = await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills/{bill.code}/payments")
    assert seen.json() == paid.json()
    assert await whole() == {
        ("wallet:mpesa", "LSL"): -3250, ("treasury", "LSL"): 3000, ("office:land", "LSL"): 250,
    }  # fmt: skip


async def test_a_bill_is_found_by_its_code_alone_for_whoever_pays_for_another(shop) -> None:
    bill = await shop.bill()
    for account in (
        f"accountid/{bill.code.lower()}",
        f"accountid@{bill.code}",
        f"accountid@{bill.code}$msisdn@{LERATO}",
    ):
        (told,) = (await shop.ask("GET", f"/accounts/{account}/bills")).json()
        assert told["billReference"] == bill.code
    headers = {"X-CorrelationID": str(uuid.uuid4())}
    body = {"amountPaid": "32.50", "currency": "LSL"}
    paid = await shop.ask("POST", f"/bills/{bill.code}/payments", headers=headers, json=body)
    assert paid.status_code == 201
    assert (await shop.ask("GET", f"/bills/{bill.code}/payments")).json() == paid.json()


async def test_what_is_unknown_anothers_or_expired_is_the_same_answer(shop) -> None:
    mine, late, nobodys = await shop.bill(), await shop.bill(), replace(await shop.bill(), code="")
    await shop.database.bills.move(late, BillState.EXPIRED, shop.now, "house", None, [])
    none = new_bill_code(Bytes("guesses"))
    answers = {}
    for name, account, code in (
        ("unknown", MPHO, none), ("another's", LERATO, mine.code), ("expired", MPHO, late.code),
        ("no code", MPHO, "hello"), ("mistyped", MPHO, mine.code[:-1] + ("0" if mine.code[-1] != "0" else "1")),
    ):  # fmt: skip
        path = f"/accounts/msisdn/{account}/bills/{code}/payments"
        answer = await shop.ask("POST", path, headers={"X-CorrelationID": str(uuid.uuid4())},
                                json={"amountPaid": "1", "currency": "LSL"})  # fmt: skip
        answers[name] = (answer.status_code, answer.content)
    assert len(set(answers.values())) == 1, answers
    assert answers["unknown"][0] == 404 and nobodys.code == ""
    by_code = {
        (answer.status_code, answer.content)
        for code in (none, late.code)
        for answer in [await shop.ask("GET", f"/accounts/accountid/{code}/bills")]
    }
    assert len(by_code) == 1
    strangers = await shop.ask("GET", "/accounts/msisdn/+26659999999/bills")
    assert (strangers.status_code, strangers.json()) == (200, [])


async def test_a_bill_of_a_request_that_has_ended_is_found_by_no_wallet(shop, whole) -> None:
    """A wallet is asked for it, so it has not expired: who would pay it now could only be given the money back."""
    bill = await shop.bill()
    assert await shop.database.bills.move(bill, BillState.SENT, shop.now, "house", None, [])
    asked, none = f"/accounts/accountid/{bill.code}/bills", f"/accounts/accountid/{new_bill_code(Bytes('none'))}/bills"
    assert (await shop.ask("GET", asked)).status_code == 400
    request = await shop.request(bill)
    ended = Change(Status.REJECTED, request.stage, request.results, shop.now, "given_up", by="operator:thabo")
    assert await shop.database.ledger.advance(request, ended, ())
    assert (await shop.fresh(bill)).state is BillState.SENT
    answers = {(one.status_code, one.content) for one in [await shop.ask("GET", path) for path in (asked, none)]}
    assert [status for status, _ in answers] == [404]
    assert (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json() == []
    assert error(await shop.pay(bill)) == (404, "identification", "identifierError")
    kept = await shop.pay(bill, wallet="ecocash")
    assert kept.json()["billPaymentStatus"] == "suspense"
    assert (await whole())[("suspense", "LSL")] == 3250


async def pushed(shop: Shop, bill: Bill) -> Push:
    """That its citizen had another wallet asked for it."""
    push = Push(bill.id, 1, f"push of {bill.code}", "wallet", "v1", shop.now)
    job = push_job(push, bill.request_id, "by-wallet", MPHO, "st")
    assert await shop.database.pushes.begin(bill, push, CITIZEN, job)
    return push


async def test_no_payer_is_led_to_pay_in_a_menu_what_another_wallet_is_being_asked_for(shop, whole) -> None:
    bill, other = await shop.bill(), await shop.bill()
    push = await pushed(shop, bill)
    for account in (f"accountid/{bill.code}", f"accountid@{bill.code}$msisdn@{LERATO}"):
        told = await shop.ask("GET", f"/accounts/{account}/bills")
        assert error(told) == (400, "businessRule", "incorrectState")
    listed = (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json()
    owed = {told["billReference"]: (told["billStatus"], told["amountDue"], told["minimumAmountDue"]) for told in listed}
    assert owed == {bill.code: ("unpaid", "0", "0"), other.code: ("unpaid", "32.5", "32.5")}
    assert await shop.database.pushes.move(
        push, await shop.fresh(bill), BillState.REFUSED, shop.now, HOUSE, (), is_held=False
    )
    (told,) = (await shop.ask("GET", f"/accounts/accountid/{bill.code}/bills")).json()
    assert told["amountDue"] == "32.5", "the payer said no, and may pay in any way again"


async def test_money_that_a_menu_sends_though_another_wallet_is_asked_is_taken_as_ever(shop, whole) -> None:
    bill = await shop.bill()
    await pushed(shop, bill)
    assert (await shop.pay(bill, wallet="ecocash")).json()["billPaymentStatus"] == "paid"
    assert (await shop.pay(bill, wallet="unayo")).status_code == 202
    assert (await whole())[("suspense", "LSL")] == 3250


async def test_a_wallet_that_takes_money_after_our_yes_takes_none_while_another_is_asked(shop, whole) -> None:
    bill = await shop.bill()
    push = await pushed(shop, bill)
    assert error(await shop.pay(bill)) == (400, "businessRule", "incorrectState")
    assert await whole() == {}
    assert await shop.database.pushes.move(
        push, await shop.fresh(bill), BillState.REFUSED, shop.now, HOUSE, (), is_held=False
    )
    assert (await shop.pay(bill)).status_code == 201


async def test_a_wallet_that_takes_money_after_our_yes_takes_none_if_another_was_asked_just_now(shop, whole) -> None:
    bill = await shop.bill()
    take = shop.database.bills.take

    async def after_a_push(*args: object, **more: object) -> object:
        shop.database.bills.take = take
        await pushed(shop, bill)
        return await take(*args, **more)

    shop.database.bills.take = after_a_push
    assert error(await shop.pay(bill)) == (400, "businessRule", "incorrectState")
    assert await whole() == {}


async def test_a_lost_push_gives_way_to_a_wallet_that_takes_money_after_our_yes(shop) -> None:
    bill = await shop.bill()
    push = await pushed(shop, bill)
    shop.now += timedelta(seconds=limits.office_push_settles_seconds)
    assert (await shop.pay(bill)).status_code == 201
    assert not await shop.database.pushes.note_asking(push, shop.now), "no wallet is asked for it any more"


async def test_a_push_that_no_wallet_heard_of_keeps_no_menu_from_its_bill_for_longer_than_it_settles(shop) -> None:
    bill = await shop.bill()
    await pushed(shop, bill)
    shop.now += timedelta(seconds=limits.office_push_settles_seconds)
    (told,) = (await shop.ask("GET", f"/accounts/accountid/{bill.code}/bills")).json()
    assert (told["billStatus"], told["amountDue"]) == ("unpaid", "32.5")


async def test_of_two_wallets_that_pay_at_once_one_pays_and_the_others_money_is_kept(shop, whole) -> None:
    bill = await shop.bill()
    answers = await asyncio.gather(shop.pay(bill, wallet="ecocash"), shop.pay(bill, wallet="unayo"))
    assert sorted(answer.status_code for answer in answers) == [201, 202]
    paid = (await shop.fresh(bill)).receipt
    came = await shop.database.bills.payments_of(bill.id)
    assert sorted([(one.receipt == paid, one.unfit) for one in came], reverse=True) == [(True, None), (False, "second")]
    assert (await whole())[("suspense", "LSL")] == 3250


async def test_a_wallet_that_takes_money_after_our_yes_gets_a_no_for_a_second_payment(shop, whole) -> None:
    bill = await shop.bill()
    answers = await asyncio.gather(*(shop.pay(bill) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400]
    assert {error(answer) for answer in answers if answer.status_code == 400} == {
        (400, "businessRule", "incorrectState")
    }
    assert ("suspense", "LSL") not in await whole()


@pytest.mark.parametrize("wallet", ["mpesa", "ecocash"])
async def test_the_same_payment_delivered_fifty_times_is_taken_once(shop, whole, wallet) -> None:
    bill = await shop.bill()
    correlation = str(uuid.uuid4())
    answers = await asyncio.gather(*(shop.pay(bill, wallet=wallet, correlation=correlation) for _ in range(50)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 49 and {error(one) for one in refused} == {(400, "businessRule", "duplicateRequest")}
    assert (await whole())[(f"wallet:{wallet}", "LSL")] == -3250


@pytest.mark.parametrize("wallet", ["mpesa", "ecocash"])
async def test_a_changed_amount_under_the_same_correlation_id_is_a_duplicate(shop, whole, wallet) -> None:
    bill, other = await shop.bill(), await shop.bill()
    correlation = str(uuid.uuid4())
    assert (await shop.pay(bill, wallet=wallet, correlation=correlation)).status_code == 201
    for amount, target in (("9999", bill), ("32.5", other)):
        again = await shop.pay(target, amount, wallet, correlation.upper())
        assert error(again) == (400, "businessRule", "duplicateRequest")
    assert (await shop.fresh(other)).state is BillState.CREATED
    assert (await whole())[(f"wallet:{wallet}", "LSL")] == -3250


@pytest.mark.parametrize(("amount", "code"), [("32.49", "underPaymentNotAllowed"), ("32.51", "overPaymentNotAllowed")])
async def test_another_amount_is_refused_or_kept_as_the_wallet_was_agreed_with(shop, whole, amount, code) -> None:
    bill = await shop.bill()
    assert error(await shop.pay(bill, amount)) == (400, "businessRule", code)
    kept = await shop.pay(bill, amount, "ecocash")
    assert (kept.status_code, kept.json()["billPaymentStatus"]) == (201, "suspense")
    assert (await shop.fresh(bill)).state is BillState.CREATED
    assert (await whole())[("suspense", "LSL")] == int(amount.replace(".", ""))


async def test_a_bill_paid_after_its_end_is_unknown_or_its_money_is_kept(shop, whole) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at
    assert error(await shop.pay(bill)) == (404, "identification", "identifierError")
    kept = await shop.pay(bill, wallet="ecocash")
    assert kept.json()["billPaymentStatus"] == "suspense"
    assert (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json() == []
    assert (await whole())[("suspense", "LSL")] == 3250


async def test_an_answer_that_was_lost_is_found_again(shop, monkeypatch, whole) -> None:
    """The door dies between posting and answer: the wallet repeats, and then asks what became of it."""
    bill, correlation = await shop.bill(), str(uuid.uuid4())
    monkeypatch.setattr("app.web.wallets.told_payment", lambda *_: 1 / 0)
    died = await shop.pay(bill, correlation=correlation)
    assert error(died) == (500, "internal", "genericError")
    monkeypatch.undo()
    assert error(await shop.pay(bill, correlation=correlation)) == (400, "businessRule", "duplicateRequest")
    link = await shop.ask("GET", f"/responses/{correlation}")
    found = await shop.ask("GET", link.json()["link"])
    assert found.json()["serviceProviderPaymentReference"] == (await shop.fresh(bill)).receipt
    assert (await whole())[("wallet:mpesa", "LSL")] == -3250
    for path in (f"/responses/{correlation}", link.json()["link"], f"/bills/{bill.code}/payments"):
        assert (await shop.ask("GET", path, "ecocash")).status_code == 404


async def test_a_wallet_that_is_answered_later_gets_a_state_and_a_call_to_where_was_agreed(shop) -> None:
    bill = await shop.bill()
    url = "https://wallet.example/told/7"
    taken = await shop.pay(bill, wallet="unayo", **{"X-Callback-URL": url})
    assert taken.status_code == 202
    assert taken.json()["notificationMethod"] == "callback"
    polled = await shop.ask("GET", f"/requeststates/{taken.json()['serverCorrelationId']}", "unayo")
    assert polled.json() == taken.json()
    jobs = await shop.database.outbox.claim("w", shop.now + timedelta(seconds=1), 60, 50)
    assert [one.job.payload["url"] for one in jobs if one.job.kind == "callback"] == [url]
    assert (await shop.ask("GET", f"/requeststates/{uuid.uuid4()}", "unayo")).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/told/7", "http://wallet.example/told/7", "https://wallet.example/told",
        "https://wallet.example/toldevil", "https://wallet.example/told/../admin", "https://wallet.example:444/told/7",
        "https://wallet.example@evil.example/told/7", "https://wallet.example/told/%2e%2e/admin", "//169.254.169.254/",
        "https://wallet.example/told/7?next=http://evil.example", "https://wallet.example/told/x#y", "", "x" * 600,
    ],
)  # fmt: skip
async def test_no_address_is_called_that_was_not_agreed(shop, address) -> None:
    bill = await shop.bill()
    refused = await shop.pay(bill, wallet="unayo", **{"X-Callback-URL": address})
    assert error(refused) == (400, "validation", "formatError")
    assert (await shop.fresh(bill)).state is BillState.CREATED


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"X-API-Key": ""}, "mpesa"), ({"X-API-Key": KEYS[0][:-1]}, "mpesa"), ({"X-API-Key": KEYS[0] + "x"}, "mpesa"),
        ({"X-API-Key": "a-key-of-ecocash"}, "mpesa"), ({"X-Client-Id": ""}, "mpesa"),
        ({"X-Client-Id": "econet"}, "mpesa"),
        ({}, "ecocash"), ({}, "nobody"), ({"X-API-Key": "a key that nobody has", "X-Client-Id": ""}, "nobody"),
        ({"X-API-Key": b"\xff\xfe".decode("latin-1")}, "mpesa"),
    ],
)  # fmt: skip
async def test_who_has_no_key_of_this_wallet_learns_nothing(shop, headers, path) -> None:
    bill = await shop.bill()
    known = {"X-Client-Id": "vodacom", "X-API-Key": KEYS[0], **headers}
    raw = {name: value.encode("latin-1") for name, value in known.items()}
    for url in (
        "/heartbeat",
        f"/accounts/msisdn/{MPHO}/bills",
        "/accounts/nonsense/bills",
        f"/bills/{bill.code}/payments",
    ):
        answer = await shop.http.get(f"/wallets/{path}/v1.2{url}", headers=raw)
        assert error(answer) == (401, "authorisation", "clientAuthorisationError")


async def test_both_live_keys_open_and_the_heart_beats(shop) -> None:
    for key in KEYS:
        answer = await shop.ask("GET", "/heartbeat", headers={"X-API-Key": key})
        assert answer.json() == {"serviceStatus": "available"}


async def test_a_stale_date_and_a_body_that_was_changed_on_the_way_are_refused(shop) -> None:
    bill = await shop.bill()
    for date in ("2026-11-23T09:20:00Z", "2026-11-23T09:40:00Z", "yesterday", "2026-11-23T09:30:00"):
        assert error(await shop.pay(bill, **{"X-Date": date})) == (400, "validation", "formatError")
    assert error(await shop.pay(bill, **{"X-Content-Hash": "0" * 64})) == (400, "validation", "formatError")
    assert (await shop.fresh(bill)).state is BillState.CREATED
    body = b'{"amountPaid":"32.5","currency":"LSL"}'
    fine = {
        "X-Date": "2026-11-23T11:31:00+02:00", "X-Content-Hash": hashlib.sha256(body).hexdigest().upper(),
        "X-CorrelationID": str(uuid.uuid4()),
    }  # fmt: skip
    assert (await shop.ask("POST", f"/bills/{bill.code}/payments", headers=fine, content=body)).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "formatError"), (b"[]", "formatError"), (b"{", "formatError"), (b"\xff", "formatError"),
        (b'{"currency":"LSL"}', "mandatoryValueNotSupplied"), (b'{"amountPaid":"32.5"}', "mandatoryValueNotSupplied"),
        (b'{"amountPaid":32.5,"currency":"LSL"}', "formatError"),
        (b'{"amountPaid":"-5","currency":"LSL"}', "formatError"),
        (b'{"amountPaid":"0","currency":"LSL"}', "formatError"),
        (b'{"amountPaid":"1e3","currency":"LSL"}', "formatError"),
        (b'{"amountPaid":"32.505","currency":"LSL"}', "formatError"),
        (b'{"amountPaid":"32.5","currency":"ZAR"}', "currencyNotSupported"),
        (b'{"amountPaid":"32.5","currency":"Palesa"}', "formatError"),
        (b'{"amountPaid":"' + b"9" * 30 + b'","currency":"LSL"}', "lengthError"),
        (b'{"amountPaid":"32.5","currency":"LSL","x":"' + b"Palesa" * 4000 + b'"}', "lengthError"),
    ],
)  # fmt: skip
async def test_a_wrong_body_is_an_error_object_that_says_nothing_of_it(shop, body, code) -> None:
    bill = await shop.bill()
    headers = {"X-CorrelationID": str(uuid.uuid4())}
    answer = await shop.ask("POST", f"/bills/{bill.code}/payments", headers=headers, content=body)
    assert error(answer) == (400, "validation", code)
    assert "Palesa" not in answer.text and bill.code not in answer.text
    assert (await shop.fresh(bill)).state is BillState.CREATED


async def test_without_an_id_of_its_own_no_payment_is_taken(shop) -> None:
    bill = await shop.bill()
    body = {"amountPaid": "32.5", "currency": "LSL"}
    missing = await shop.ask("POST", f"/bills/{bill.code}/payments", json=body)
    assert error(missing) == (400, "validation", "mandatoryValueNotSupplied")
    wrong = await shop.ask("POST", f"/bills/{bill.code}/payments", headers={"X-CorrelationID": "7"}, json=body)
    assert error(wrong) == (400, "validation", "formatError")


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("msisdn", (400, "validation", "formatError")), ("msisdn@", (400, "validation", "formatError")),
        ("a@1$b@2$c@3$d@4", (400, "validation", "formatError")), ("shoe@43", (400, "validation", "formatError")),
        ("msisdn@26650123456$msisdn@26650123456", (400, "validation", "formatError")),
        ("walletid@5", (404, "identification", "identifierError")),
        ("msisdn/hello", (404, "identification", "identifierError")),
    ],
)  # fmt: skip
async def test_an_account_that_is_none_is_told_as_the_description_has_it(shop, account, expected) -> None:
    assert error(await shop.ask("GET", f"/accounts/{account}/bills")) == expected


@pytest.mark.parametrize("number", ["26650123456", "+26650123456", "0026650123456"])
async def test_a_number_is_understood_however_the_wallet_writes_it(shop, number) -> None:
    await shop.bill()
    assert len((await shop.ask("GET", f"/accounts/msisdn/{number}/bills")).json()) == 1


async def test_a_list_comes_in_pages(shop) -> None:
    bills = [await shop.bill() for _ in range(3)]
    page = await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills?limit=2&offset=1")
    assert len(page.json()) == 2
    assert (page.headers["x-records-available-count"], page.headers["x-records-returned-count"]) == ("3", "2")
    assert {bill.code for bill in bills} > {one["billReference"] for one in page.json()}
    for query, code in (("limit=0", "formatError"), ("limit=x", "formatError"), ("offset=-1", "invalidOffset"),
                        ("fromDateTime=today", "formatError")):  # fmt: skip
        assert error(await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills?{query}"))[2] == code
    later = "fromDateTime=2027-01-01T00:00:00Z"
    assert (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills?{later}")).json() == []


async def test_whoever_guesses_codes_is_stopped_and_the_owner_is_not(shop) -> None:
    bill, numbers = await shop.bill(), Bytes("guesses")

    async def guess(code: str, who: str = LERATO) -> httpx.Response:
        return await shop.ask("GET", f"/accounts/accountid@{code}$msisdn@{who}/bills")

    codes = [new_bill_code(numbers) for _ in range(20)]
    answers = await asyncio.gather(*(guess(code) for code in codes))
    looked_at = [answer for answer in answers if answer.status_code == 404]
    assert len(looked_at) == limits.bill_misses_a_day_max
    # Also the right one is not looked at any more, for whoever guessed; its owner still finds it.
    assert error(await guess(bill.code)) == (400, "businessRule", "rateLimitError")
    assert (await guess(bill.code, MPHO)).status_code == 200
    assert (await shop.pay(bill)).status_code == 201


async def test_a_thousand_accounts_that_guess_for_one_wallet_are_stopped_together(shop, monkeypatch) -> None:
    monkeypatch.setattr(limits, "bill_misses_of_a_wallet_max", 10)
    bill, numbers = await shop.bill(), Bytes("guesses")
    guesses = [
        shop.ask("GET", f"/accounts/accountid@{new_bill_code(numbers)}$msisdn@+2665{number:07}/bills")
        for number in range(30)
    ]
    answers = await asyncio.gather(*guesses)
    assert sum(answer.status_code == 404 for answer in answers) == 10
    assert error(await shop.ask("GET", f"/bills/{bill.code}/payments"))[2] == "rateLimitError"
    assert len((await shop.ask("GET", f"/accounts/accountid/{bill.code}/bills", "ecocash")).json()) == 1
    assert (await shop.pay(bill)).status_code == 201


async def test_a_code_that_is_right_costs_no_guess(shop) -> None:
    bill = await shop.bill()
    for _ in range(limits.bill_misses_a_day_max + 3):
        answer = await shop.ask("GET", f"/accounts/accountid@{bill.code}$msisdn@{LERATO}/bills")
        assert answer.status_code == 200
    assert (await shop.database.bills.of_number(MPHO, Window(5), shop.now))[1] == 1


async def test_a_bill_that_was_paid_since_it_was_looked_at_is_said_to_be_paid_and_not_closed(shop) -> None:
    looked_at = await shop.bill()
    assert (await shop.pay(looked_at)).status_code == 201
    assert await shop.billing.judged(looked_at, looked_at.price.total_minor) is Unfit.SECOND
    (told,) = (await shop.ask("GET", f"/accounts/accountid/{looked_at.code}/bills")).json()
    assert told["billStatus"] == "paid"


async def test_bills_that_a_wallet_was_shown_stand_in_the_audit_log(shop) -> None:
    first, second = await shop.bill(), await shop.bill()
    for account in (f"msisdn/{MPHO}", f"accountid/{first.code}", f"msisdn/{LERATO}"):
        await shop.ask("GET", f"/accounts/{account}/bills")
    lines = [one for one in await shop.database.audit.page(0) if one.act == "list-bills"]
    told = [(one.actor, one.subject, one.details["bill"]) for one in lines]
    shown = [("wallet:mpesa", one.request_id, one.id) for one in (first, second)]
    assert sorted(told[:2]) == sorted(shown) and told[2:] == [shown[0], ("wallet:mpesa", "", "")]
    assert MPHO[4:] not in str(lines) and LERATO[4:] not in str(lines)


async def test_a_database_that_is_away_is_said_to_be(shop) -> None:
    bill = await shop.bill()
    await shop.database.close()
    assert error(await shop.pay(bill)) == (503, "serviceUnavailable", "genericError")
    assert (await shop.ask("GET", "/heartbeat")).json() == {"serviceStatus": "unavailable"}
