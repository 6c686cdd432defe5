"""Texts on their way out: what is too old, too much or too far, and who is told instead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import limits
from app.errors import ServiceFailed
from app.messages import Job, Priority, SmsEvent, SmsKind, Spending
from app.ports import Allowance
from app.sending import Budget
from app.values.text import sms_parts
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
MPHO, PULE = "+26650123456", "+26662123456"
HOUR = Budget(100)


async def put(bench: Bench, id: str, priority: Priority, kind: SmsKind, to: str = MPHO, **more: str) -> None:
    payload = {"aggregator": "africastalking", "to": to, "text": id, "sms": kind.value, **more}
    await bench.database.outbox.add([Job(id, "text", payload, bench.time(), priority)])


async def spend(bench: Bench, parts: int) -> None:
    now = bench.time()
    paid = Spending(SmsKind.ANSWER, PULE, parts, now.date(), now)
    await bench.database.sms.pay(paid, Allowance(10**6, None, 10**6, spared=False))


def said(bench: Bench) -> list[str]:
    return [sms.text for sms in bench.mast.sent]


async def left(bench: Bench) -> list[str]:
    return [job.reason for job in await bench.database.shelf.page()]


async def work(bench: Bench, rounds: int = 6) -> None:
    """As the worker claims: nothing of what it has closed."""
    for _ in range(rounds):
        wanted = bench.worker._sender.wanted(bench.time())
        for claimed in await bench.database.outbox.claim("test", bench.time(), 60.0, 20, wanted):
            await bench.worker.do(claimed)


@pytest.mark.parametrize(
    ("spent", "sent"),
    [(0, {"urgent", "told", "low"}), (60, {"urgent", "told"}), (90, {"urgent"}), (100, set())],
)
async def test_the_less_is_left_of_an_hour_the_more_urgent_is_what_still_goes_out(
    bench: Bench, spent: int, sent: set[str]
) -> None:
    bench.worker._sender._budget = HOUR
    await spend(bench, spent)
    await put(bench, "low", Priority.LOW, SmsKind.REMINDER)
    await put(bench, "told", Priority.TOLD, SmsKind.RESUME)
    await put(bench, "urgent", Priority.URGENT, SmsKind.ANSWER)
    await work(bench)
    assert set(said(bench)) == sent
    bench.time.pass_(3_600 + 2 * limits.sms_bucket_seconds)
    await work(bench)
    assert set(said(bench)) == {"urgent", "told", "low"}, "what waited goes out when there are parts again"
    assert len(said(bench)) == 3


async def test_a_spent_budget_is_told_to_a_person_once_a_day_and_texts_that_wait_are_not_claimed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.worker._sender._budget = HOUR
    await spend(bench, 100)
    for number in range(30):
        await put(bench, f"low-{number}", Priority.LOW, SmsKind.REMINDER)
    await work(bench)
    (reason,) = await left(bench)
    assert reason == "an hour's budget of SMS is spent: low texts wait; see MOHALA_SMS_PARTS_AN_HOUR"
    assert Priority.LOW not in bench.worker._sender.wanted(bench.time())
    assert "sms_budget_spent" in capsys.readouterr().out
    before = len(said(bench))
    bench.time.pass_(limits.sms_bucket_seconds)
    await work(bench)
    assert len(said(bench)) == before == 0 and len(await left(bench)) == 1


async def test_a_text_of_several_parts_pays_for_each(bench: Bench) -> None:
    bench.worker._sender._budget = Budget(10)
    await put(bench, "long", Priority.URGENT, SmsKind.ANSWER, text="x" * 161)
    await work(bench)
    assert await bench.database.sms.spent(bench.time()) == {"answer": 2}


async def test_what_failed_for_certain_costs_nothing_and_what_may_have_gone_does(bench: Bench) -> None:
    await put(bench, "a", Priority.URGENT, SmsKind.ANSWER)
    bench.mast.fails = ServiceFailed("connect", retryable=True)
    await work(bench, 1)
    assert sum((await bench.database.sms.spent(bench.time())).values()) == 0
    bench.time.pass_(5)
    bench.mast.fails = ServiceFailed("timeout", retryable=True, late=True)
    await work(bench, 1)
    assert await bench.database.sms.spent(bench.time()) == {"answer": 1}


async def test_a_code_that_is_of_no_use_any_more_is_not_sent(bench: Bench) -> None:
    soon = (bench.time() + timedelta(minutes=5)).isoformat()
    await put(bench, "code-1", Priority.URGENT, SmsKind.CODE, until=soon)
    await work(bench)
    await put(bench, "code-2", Priority.URGENT, SmsKind.CODE, until=soon)
    bench.time.pass_(301)
    await work(bench)
    assert said(bench) == ["code-1"]
    assert (await bench.database.outbox.counts()) == {"waiting": 0, "set_aside": 0}


async def test_an_answer_to_a_text_is_not_sent_hours_later(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("connect", retryable=True)
    await bench.texts.take_in(SmsEvent("africastalking", "m1", MPHO, "26600", "STATUS"))
    await bench.work()
    bench.mast.fails = None
    bench.time.pass_(limits.sms_answer_seconds_max + 60)
    await bench.work()
    assert said(bench) == []


async def test_a_receipt_of_a_request_is_sent_however_late(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("connect", retryable=True)
    await bench.dial(*APPLY)
    await bench.work()
    bench.mast.fails = None
    bench.time.pass_(3 * 86_400)
    await bench.work()
    assert len(said(bench)) == 1 and "e amohetsoe" in said(bench)[0]


async def test_no_text_leaves_the_country(bench: Bench) -> None:
    await bench.texts.take_in(SmsEvent("africastalking", "m1", "+254711000000", "26600", "STATUS"))
    await bench.work()
    assert said(bench) == [] and await left(bench) == []


async def test_a_request_from_abroad_is_one_task_for_a_person_however_many_texts_it_has(
    bench: Bench,
) -> None:
    await bench.dial(*APPLY, msisdn="+27821234567")
    await bench.work()
    request_id = (await bench.database.shelf.page())[0].request_id
    await put(bench, "another", Priority.TOLD, SmsKind.REQUEST, to="+27821234567", request=request_id)
    await bench.work()
    assert await left(bench) == ["its citizen is not reached by SMS: not a number of this country"]
    assert said(bench) == []


async def test_a_number_gets_so_many_texts_a_day_and_what_tells_of_a_request_waits(bench: Bench) -> None:
    for number in range(limits.sms_parts_a_day_max + 5):
        await put(bench, f"loop-{number}", Priority.URGENT, SmsKind.ANSWER)
    await bench.work()
    assert len(said(bench)) == limits.sms_parts_a_day_max
    await bench.dial(*APPLY)
    await bench.work()
    assert not [text for text in said(bench) if "e amohetsoe" in text]
    bench.time.pass_(86_400)
    await bench.work()
    assert [text for text in said(bench) if "e amohetsoe" in text]


async def test_a_number_that_wants_no_texts_makes_its_request_a_task_for_a_person(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("number_blocked", retryable=False)
    await bench.dial(*APPLY)
    await bench.work()
    (task,) = await bench.database.shelf.page()
    assert task.reason == "its citizen is not reached by SMS: number_blocked" and task.request_id
    bench.mast.fails = None
    await put(bench, "reminder", Priority.LOW, SmsKind.REMINDER)
    await bench.work()
    assert said(bench) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", 1), ("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("š" * 70, 1), ("š" * 71, 2), ("x" * 134 + "š", 3), ("\U0001f600" * 35, 1), ("\U0001f600" * 36, 2)],
)  # fmt: skip
def test_parts_are_counted_as_the_network_counts_them(text: str, parts: int) -> None:
    assert sms_parts(text) == parts
