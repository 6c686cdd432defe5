"""What callers see and ask of their own, through the whole house on a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.auditing import verify
from app.bill_code import show_bill_code
from app.billing import Coming
from app.catalogue import UNMANDATED
from app.citizens import erase, erasures
from app.compiler.pack import examine
from app.errors import ServiceFailed, StoreUnavailable
from app.filing import Asker
from app.jobbing import waiting
from app.mandate import Mandate, Means
from app.messages import Refused, Status
from app.pack import Pack
from app.payments import Payment
from app.ports import Window
from app.reference import show_reference
from app.settings import Settings
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.own import CODE, sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
SEARCH, POWER = ("7", "1234-567", "1"), ("3", "01234567897", "50", "1")
DAY = 86_400


@pytest.fixture(scope="module")
def own() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(own: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(own, tmp_path) as bench:
        await publish(bench, sources())
        yield bench


async def see(bench: Bench, *typed: str, session: str = "own", msisdn: str = MPHO) -> str:
    return (await bench.dial(*typed, session=session, msisdn=msisdn, service_code=CODE)).text


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


async def bought(bench: Bench, number: str = MPHO, session: str = "buy") -> None:
    await bench.dial(*POWER, session=session, msisdn=number)
    await bench.work()
    bench.time.pass_(60)


async def paid(bench: Bench) -> Payment:
    """Mpho's search of a plot, whose bill Lerato pays."""
    await bench.dial(*SEARCH, session="search")
    await bench.work()
    (bill,), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    payment = await bench.billing.take(
        bill, Coming("mpesa", "00000000-0000-4000-8000-000000000001", "32.5", "LSL", LERATO, "MP1", True)
    )
    assert isinstance(payment, Payment)
    await bench.work()
    bench.time.pass_(60)
    return payment


def test_the_pack_of_these_tests_lacks_nothing_but_translations() -> None:
    assert {one.rule for one in examine(sources())[1]} == {"missing-translation"}


async def test_whoever_asked_for_nothing_sees_nothing(bench: Bench) -> None:
    assert await see(bench, "1", session="a") == "Ha ho letho."
    assert await see(bench, "2", session="b") == "Ha ho letho."
    assert await see(bench, "3", session="c") == "Likopo 0, litefo 0, melaetsa 0, litumello 0"


async def test_requests_are_listed_newest_first_and_hold_nothing_that_was_typed(bench: Bench) -> None:
    await bought(bench)
    await paid(bench)
    await bought(bench, LERATO, "hers")
    page = await see(bench, "1")
    assert page.startswith("Likopo: 2\n")
    first, second = page.splitlines()[1:3]
    assert "Patlo ea setsha" in first and "Motlakase" in second
    assert "01234567897" not in page and "1234-567" not in page


async def test_what_is_private_is_listed_without_its_title_and_its_text_not_sent_again(tmp_path: Path) -> None:
    private = {**sources(), "services.yaml": _with_private(sources()["services.yaml"])}
    async with open_bench(compiled(private), tmp_path) as bench:
        await publish(bench, private)
        await bought(bench)
        (request,), _ = await bench.database.mine.requests(MPHO, 5)
        told = len(said(bench))
        assert (await see(bench, "1")).splitlines()[1] == f"{show_reference(request.reference)}: Phethiloe"
        assert (await see(bench, "2", session="paid")).splitlines()[1] == "1. M50.00 23/11/2026"
        assert await see(bench, "6", request.reference, session="again") == "Ha ho letho."
        await bench.work()
        assert len(said(bench)) == told


def _with_private(services: str) -> str:
    return services.replace(
        "    title: Motlakase\n    kind: file\n", "    title: Motlakase\n    kind: file\n    private: yes\n"
    )


async def test_payments_are_those_of_bills_and_of_wallets_that_were_asked(bench: Bench) -> None:
    await bought(bench)
    await paid(bench)
    assert (await see(bench, "2")).splitlines()[1:3] == [
        "1. M32.50 Patlo ea setsha 23/11/2026", "2. M50.00 Motlakase 23/11/2026",
    ]  # fmt: skip
    assert await see(bench, "2", session="hers", msisdn=LERATO) == "Ha ho letho."


async def test_bills_are_those_that_wait_to_be_paid_and_nobody_elses(bench: Bench) -> None:
    await bench.dial(*SEARCH, session="search")
    await bench.work()
    (bill,), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    line = f"{show_bill_code(bill.code)} M32.50 Patlo ea setsha 25/11/2026"
    assert await see(bench, "7") == f"Litefiso: 1\n{line}"
    assert await see(bench, "7", session="hers", msisdn=LERATO) == "Ha ho letho."


async def test_a_bill_that_was_paid_or_is_too_late_waits_no_more(bench: Bench) -> None:
    await paid(bench)
    assert await see(bench, "7") == "Ha ho letho."
    await bench.dial(*SEARCH, session="again")
    await bench.work()
    bench.time.pass_(3 * DAY)
    assert await see(bench, "7", session="late") == "Ha ho letho."


async def test_a_receipt_is_texted_again_word_by_word(bench: Bench) -> None:
    payment = await paid(bench)
    (before,) = (text for text in said(bench) if show_reference(payment.receipt) in text)
    assert await see(bench, "2", "1") == "E rometsoe."
    await bench.work()
    assert said(bench)[-1] == before


async def test_whoever_paid_and_waits_for_the_office_is_texted_the_receipt_by_the_reference(bench: Bench) -> None:
    bench.desk.answers["search"] = ServiceFailed("connect", retryable=True)
    payment = await paid(bench)
    (bill,), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.IN_PROGRESS
    before = len(said(bench))
    assert await see(bench, "6", request.reference) == "E rometsoe."
    await bench.work()
    (again,) = said(bench)[before:]
    assert show_reference(payment.receipt) in again


async def test_the_token_of_what_was_bought_is_texted_again(bench: Bench) -> None:
    await bought(bench)
    before = said(bench)[-1]
    assert await see(bench, "2", "1") == "E rometsoe."
    await bench.work()
    assert said(bench) == [before, before]


async def test_a_repeated_hop_sends_one_text(bench: Bench) -> None:
    await bought(bench)
    await see(bench, "2", "1")
    await bench.hop("2*1", session="own", service_code=CODE)
    await bench.work()
    assert len(said(bench)) == 2


async def test_a_receipt_of_somebody_else_is_none(bench: Bench) -> None:
    payment = await paid(bench)
    assert await see(bench, "6", payment.receipt, msisdn=LERATO) == "Ha ho letho."
    await bench.work()
    assert said(bench, LERATO) == []


async def test_receipts_are_sent_again_so_often_a_day_and_no_oftener(bench: Bench) -> None:
    payment = await paid(bench)
    for count in range(limits.receipts_again_a_day_max):
        assert await see(bench, "6", payment.receipt, session=f"again-{count}") == "E rometsoe."
    assert await see(bench, "6", payment.receipt, session="too-often") == "Hosane."
    bench.time.pass_(DAY)
    assert await see(bench, "6", payment.receipt, session="next-day") == "E rometsoe."


async def test_more_than_a_list_holds_is_counted(bench: Bench) -> None:
    for count in range(limits.mine_listed_max + 2):
        await bench.dial(*POWER, session=f"buy-{count}")
        bench.time.pass_(60)
    assert (await see(bench, "1")).startswith(f"Likopo: {limits.mine_listed_max + 2}\n")
    found, _ = await bench.database.mine.requests(MPHO, limits.mine_listed_max)
    assert len(found) == limits.mine_listed_max


async def test_what_is_kept_is_told_as_counts(bench: Bench) -> None:
    await bought(bench)
    await paid(bench)
    texts = len(said(bench))
    assert await see(bench, "3") == f"Likopo 2, litefo 1, melaetsa {texts}, litumello 0"


async def test_the_language_is_the_one_that_is_remembered(bench: Bench) -> None:
    await bench.database.ledger.remember_language(MPHO, "st", bench.time())
    assert await see(bench, "5") == "Puo: st"


async def test_to_be_forgotten_is_a_persons_task_and_forgets_nothing_by_itself(
    bench: Bench, settings: Settings
) -> None:
    await bought(bench)
    assert await see(bench, "4") == "Re tla u letsetsa pele ho 23/12/2026."
    await see(bench, "4", session="again")
    await bench.work()
    assert said(bench)[1:] == ["Mohala: kopo ea ho hlakola e amohetsoe. Re tla u letsetsa pele ho 23/12/2026."]
    assert (await see(bench, "3", session="after")).startswith("Likopo 1,")
    (task,) = await asyncio.to_thread(waiting, settings)
    assert "2026-12-23" in task.reason and MPHO not in f"{task.id}{task.reason}"
    (asking,) = await asyncio.to_thread(erasures, settings, "palesa", "the day's round")
    assert (asking.msisdn, asking.language, asking.until) == (MPHO, "st", "2026-12-23")
    await asyncio.to_thread(erase, settings, MPHO, "palesa", "called back, knew the meter")
    assert await asyncio.to_thread(erasures, settings, "palesa", "the day's round") == []
    assert await asyncio.to_thread(waiting, settings) == []
    await asyncio.to_thread(verify, settings.database, None)


async def test_an_agent_who_acts_for_a_citizen_sees_nothing_of_theirs(bench: Bench) -> None:
    await bought(bench)
    mandate = Mandate("m1", "014", "n1", "014", MPHO, "st", "mine", Means.SMS, bench.time())
    asker = Asker(MPHO, "st", "effect", 3.0, mandate=mandate)
    services = bench.hearing._dialogues._services
    for name, service in bench.pack.catalogue.services.items():
        if service.shows is not None:
            arguments = dict.fromkeys(service.takes, "7K4M2PXQ9")
            assert await services.call(bench.editions.current, name, arguments, asker) == Refused(UNMANDATED)


async def test_while_the_database_is_away_the_designed_page_is_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    await see(bench)
    monkeypatch.setattr(bench.database.mine._store, "read", away)
    reply = await bench.hop("1", session="own", service_code=CODE)
    assert reply.text == "".join(str(part) for part in bench.pack.program.phrases["unavailable"]["st"])
