"""What the worker does with jobs that succeed, fail, wait or cannot work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from app import limits
from app.cases import Case
from app.errors import ServiceFailed
from app.messages import Answered, Change, Job, OutgoingSms, Pending, Priority, Refused, SmsEvent, Status
from app.outbox import pause_seconds
from tests.story.country import reference_in
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
BUY = ("3", "01234567897", "50", "1")


@dataclass(frozen=True, slots=True)
class Slow:
    """The sending half of an aggregator that takes its time."""

    send: Callable[[OutgoingSms], Awaitable[str]]


def said(bench: Bench) -> list[str]:
    return [sms.text for sms in bench.mast.sent]


async def test_an_application_is_texted_and_sent_once(bench: Bench) -> None:
    await bench.dial(*APPLY)
    assert sorted(await bench.work()) == ["tell", "work"]
    assert len(said(bench)) == 1 and "e amohetsoe. Ref " in said(bench)[0]
    (registered,) = [asked for asked in bench.desk.asked if asked[0] == "register-birth"]
    assert registered[1]["sex"] == "female" and registered[1]["born"] == "2026-03-05"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Answered({"application": "CR-1"}, "X-Road-Id=0f1e"), Status.IN_PROGRESS),
        (Refused("mother_unknown", "X-Road-Id=0f1e"), Status.REJECTED),
    ],
)
async def test_the_history_of_a_request_names_the_exchange_that_moved_it(
    bench: Bench, outcome: Answered | Refused, status: Status
) -> None:
    bench.desk.answers["register-birth"] = outcome
    await bench.dial(*APPLY)
    await bench.work()
    (reference,) = {asked[1]["reference"] for asked in bench.desk.asked if asked[0] == "register-birth"}
    request = await bench.database.ledger.find(reference, "+26650123456")
    assert request is not None
    told = [(entry.status, entry.evidence) for entry in await bench.database.ledger.history(request.id)]
    assert told == [(Status.RECEIVED, ""), (status, "X-Road-Id=0f1e")]


async def test_an_office_that_is_down_is_asked_with_the_same_key_until_it_answers(bench: Bench) -> None:
    answer = bench.desk.answers["register-birth"]
    bench.desk.answers["register-birth"] = ServiceFailed("status_503", retryable=True)
    await bench.dial(*APPLY)
    for _ in range(3):
        await bench.work()
        bench.time.pass_(30)
    bench.desk.answers["register-birth"] = answer
    await bench.work()
    keys = {asked[2] for asked in bench.desk.asked if asked[0] == "register-birth"}
    assert len(keys) == 1
    assert [text for text in said(bench) if "NICR" in text and "CR-1" in text], "told that it arrived late"


async def test_work_for_an_office_that_is_away_waits_without_an_attempt_and_is_told_of_when_it_is_done(
    bench: Bench,
) -> None:
    answer = bench.desk.answers["register-birth"]
    bench.desk.answers["register-birth"] = ServiceFailed("closed", retryable=True, closed_seconds=20.0)
    await bench.dial(*APPLY)
    await bench.work()
    bench.time.pass_(19)
    assert await bench.work() == [], "not before the door says so"
    for _ in range(30):
        bench.time.pass_(20)
        await bench.work()
    asked = len([one for one in bench.desk.asked if one[0] == "register-birth"])
    assert 10 < asked < 30, "the longer the office is away, the longer the pauses"
    bench.time.pass_(limits.job_backoff_slow_seconds)
    (claimed,) = await bench.database.outbox.claim("test", bench.time(), 60.0, 20)
    assert claimed.attempt == 1, "none of them counted"
    bench.desk.answers["register-birth"] = answer
    await bench.worker.do(claimed)
    await bench.work()
    assert [text for text in said(bench) if "NICR" in text and "CR-1" in text], "told that it arrived late"


async def test_a_refusal_ends_the_request_and_is_told_with_its_reason(bench: Bench) -> None:
    bench.desk.answers["request-payment"] = Refused("insufficient_funds")
    reply = await bench.dial(*BUY)
    await bench.work()
    assert len(said(bench)) == 1 and "chelete ha e lekane" in said(bench)[0]
    reference = reply.text.split()[1].replace("-", "")
    request = await bench.database.ledger.find(reference, "+26650123456")
    assert request is not None and (request.status, request.reason) == ("rejected", "insufficient_funds")


async def test_a_payment_that_is_pending_is_asked_for_again_and_paid_once(bench: Bench) -> None:
    paid = bench.desk.answers["request-payment"]
    bench.desk.answers["request-payment"] = Pending()
    await bench.dial(*BUY)
    await bench.work()
    assert said(bench) == []
    bench.desk.answers["request-payment"] = paid
    bench.time.pass_(20)
    await bench.work()
    assert len({key for operation, _, key in bench.desk.asked if operation == "request-payment"}) == 1
    assert len(said(bench)) == 1 and f"Token {'1' * 20}" in said(bench)[0]


async def test_a_payment_that_nobody_decides_is_looked_at_ever_more_seldom_and_then_by_a_person(bench: Bench) -> None:
    bench.desk.answers["request-payment"] = Pending()
    await bench.dial(*BUY)
    began, looks = bench.time(), []
    while not (await bench.database.outbox.counts())["set_aside"]:
        before = len(bench.desk.asked)
        await bench.work(1)
        looks += [(bench.time() - began).total_seconds()] * (len(bench.desk.asked) > before)
        bench.time.pass_(10 if looks[-1] < 600 else 300)
    await bench.work()
    longest = limits.office_pending_hours_max * 3_600
    assert looks[:3] == [0, 10, 20] and longest < looks[-1] <= longest + 600
    pauses = [after - before for before, after in pairwise(looks)]
    assert pauses == sorted(pauses) and max(pauses) == limits.job_backoff_slow_seconds
    assert len(said(bench)) == 1 and "motho o tla" in said(bench)[0]
    (aside,) = await bench.database.shelf.page()
    assert aside.attempts == 2, "a look is no attempt"


@pytest.mark.parametrize("failure", [Refused("meter_unknown"), ServiceFailed("status_400", retryable=False)])
async def test_after_a_payment_a_vendor_that_says_no_is_never_told_as_no_money_taken(
    bench: Bench, failure: Refused | ServiceFailed
) -> None:
    bench.desk.answers["vend"] = failure
    await bench.dial(*BUY)
    await bench.work()
    assert len(said(bench)) == 1 and "tefo e amohetsoe" in said(bench)[0] and "Motho" in said(bench)[0]
    assert (await bench.database.outbox.counts())["set_aside"] == 1


async def test_before_a_payment_nothing_is_told_of_one(bench: Bench) -> None:
    bench.desk.answers["request-payment"] = ServiceFailed("status_401", retryable=False)
    await bench.dial(*BUY)
    await bench.work()
    assert len(said(bench)) == 1 and "tefo e amohetsoe" not in said(bench)[0] and "motho o tla" in said(bench)[0]
    assert (await bench.database.outbox.counts())["set_aside"] == 1


async def test_a_job_that_makes_us_stumble_is_set_aside_without_its_words(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async def stumble(*_: object) -> None:
        raise TypeError("canary +26650123456")

    bench.desk.before = stumble
    await bench.database.outbox.add([Job("job-1", "nonsense", {"canary": "x"}, bench.time())])
    await bench.work()
    assert (await bench.database.outbox.counts())["set_aside"] == 1
    told = capsys.readouterr()
    assert "canary" not in told.out + told.err and "KeyError at job_handlers.py:" in told.out


async def test_a_request_that_moved_meanwhile_is_carried_on(bench: Bench) -> None:
    reply = await bench.dial(*BUY)
    reference = reply.text.split()[1].replace("-", "")
    moved = []

    async def move_first(operation: str) -> None:
        if operation == "request-payment" and not moved:
            request = await bench.database.ledger.find(reference, "+26650123456")
            assert request is not None
            change = Change(Status.IN_PROGRESS, request.stage, request.results, bench.time())
            moved.append(await bench.database.ledger.advance(request, change, ()))

    bench.desk.before = move_first
    await bench.work()
    bench.time.pass_(30)
    await bench.work()
    assert moved == [True]
    assert len(said(bench)) == 1 and "Token" in said(bench)[0]


async def test_a_dead_office_does_not_hold_up_another(bench: Bench) -> None:
    """Registrations wait at a silent registry; the electricity bought after them is paid and vended all the same."""
    silence = asyncio.Event()

    async def wait(operation: str) -> None:
        if operation == "register-birth":
            await silence.wait()

    bench.desk.before = wait
    for number in range(limits.job_parallel_max + 8):
        for count in range(len(APPLY) + 1):
            await bench.hop("*".join(APPLY[:count]), f"birth-{number}", msisdn=f"+26650{number:06}")
    await bench.dial(*BUY, session="light")
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    async with asyncio.timeout(20):
        while not [text for text in said(bench) if "Token" in text]:
            bench.time.pass_(1)
            await asyncio.sleep(0.01)
    assert "register-birth" not in {operation for operation, _, _ in bench.desk.asked}
    stop.set()
    silence.set()
    await running


async def test_what_tells_of_requests_is_sent_also_while_more_answers_wait_than_can_be_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    async def slowly(sms: OutgoingSms) -> str:
        await asyncio.sleep(0)
        sent.append(sms.text)
        number = len(sent)
        await bench.database.outbox.add([text_to(number + 1_000, Priority.URGENT)])  # more of them all the time
        return f"slow-{number}"

    def text_to(number: int, priority: Priority) -> Job:
        payload = {"aggregator": "africastalking", "to": f"+2665{number:07}", "text": priority.name}
        return Job(f"text-{number}", "text", payload, bench.time(), priority)

    monkeypatch.setattr(bench.worker._sender, "_aggregators", {"africastalking": Slow(slowly)})
    urgent = [text_to(number, Priority.URGENT) for number in range(100)]
    await bench.database.outbox.add([*urgent, text_to(500, Priority.TOLD), text_to(501, Priority.LOW)])
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    async with asyncio.timeout(20):
        while not {Priority.TOLD.name, Priority.LOW.name} <= set(sent):
            bench.time.pass_(0.1)
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_a_send_without_an_answer_is_repeated_seldom_and_then_left_to_a_human(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("timeout", retryable=True, late=True)
    await text_in(bench, "STATUS 7K4M-2PXQ8")
    tries = 0
    for _ in range(60):
        tries += (await bench.work(2)).count("text")
        bench.time.pass_(10)
    assert tries == 1 + len(limits.sms_unknown_pauses_seconds)
    assert (await bench.database.outbox.counts())["set_aside"] == 1


async def test_two_machines_that_answer_each_other_stop(bench: Bench) -> None:
    for number in range(40):
        await text_in(bench, "STATUS x", id=f"echo-{number}")
        await bench.work()
    assert len(said(bench)) == limits.texts_answered_a_day_max


async def test_a_text_whose_centre_is_down_is_sent_later(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("connect", retryable=True)
    await bench.dial(*APPLY)
    await bench.work()
    bench.mast.fails = None
    bench.time.pass_(30)
    await bench.work()
    assert len(said(bench)) == 1


async def test_a_send_without_an_answer_is_repeated_also_after_an_outage_in_which_nothing_was_taken(
    bench: Bench,
) -> None:
    await bench.dial(*APPLY)
    for reason, late in (*[("connect", False)] * 20, ("timeout", True)):
        bench.mast.fails = ServiceFailed(reason, retryable=True, late=late)
        await bench.work(2)
        bench.time.pass_(16)
    bench.mast.fails = None
    bench.time.pass_(limits.sms_unknown_pauses_seconds[0])
    await bench.work()
    assert len(said(bench)) == 1 and (await bench.database.outbox.counts())["set_aside"] == 0


async def test_a_text_that_the_centre_does_not_take_for_days_is_left_to_a_human(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("balance_insufficient", retryable=True)
    await bench.dial(*APPLY)
    tries = 0
    for _ in range(24):
        tries += (await bench.work(1)).count("tell")
        bench.time.pass_(limits.sms_refused_hours * 3_600 / 20)
    (aside,) = await bench.database.shelf.page()
    assert (aside.reason, tries) == ("balance_insufficient", 22)


async def test_a_text_that_can_never_be_sent_is_set_aside(bench: Bench) -> None:
    bench.mast.fails = ServiceFailed("invalid_sender", retryable=False)
    await bench.dial(*APPLY)
    await bench.work()
    assert (await bench.database.outbox.counts())["set_aside"] == 1


async def test_after_too_many_attempts_a_human_must_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "job_attempts_max", 3)
    bench.desk.answers["register-birth"] = ServiceFailed("timeout", retryable=True, late=True)
    await bench.dial(*APPLY)
    for _ in range(4):
        await bench.work()
        bench.time.pass_(60)
    assert (await bench.database.outbox.counts())["set_aside"] == 1
    assert len([asked for asked in bench.desk.asked if asked[0] == "register-birth"]) == 3
    assert len([text for text in said(bench) if "Motho o tla e hlahloba" in text]) == 1, "the citizen is told"


def test_pauses_grow_with_jitter_and_have_a_bound() -> None:
    assert [pause_seconds(attempt, 1.0) for attempt in (1, 2, 3, 4, 5, 6)] == [1, 2, 4, 8, 15, 15]
    assert pause_seconds(3, 0.0) == 2.0
    assert pause_seconds(limits.job_attempts_brisk + 1, 1.0) == limits.job_backoff_slow_seconds
    assert pause_seconds(limits.job_attempts_max, 0.0) < float("inf")


async def text_in(bench: Bench, text: str, id: str = "m1", sender: str = "+26650123456") -> bool:
    return await bench.texts.take_in(SmsEvent("africastalking", id, sender, "26600", text))


async def test_what_a_status_call_finds_out_is_texted_too(bench: Bench) -> None:
    reference = (await bench.dial(*APPLY)).text.split()[4]
    await bench.work()
    bench.desk.answers["application"] = Answered({"status": "query", "note": "tlisa bukana", "where": ""})
    assert "Boemo" in (await bench.dial("2", reference, session="s2")).text
    bench.mast.sent.clear()
    await bench.work()
    (told,) = said(bench)
    assert "tlisa bukana" in told, "which the page has no room for"


async def test_how_a_request_stands_is_of_no_use_a_day_after_it_was_asked(bench: Bench) -> None:
    reference = (await bench.dial(*APPLY)).text.split()[4]
    await bench.work()
    bench.desk.answers["application"] = ServiceFailed("connect", retryable=True)
    await bench.dial("2", reference, session="s2")
    await bench.work()
    bench.mast.sent.clear()
    bench.time.pass_(limits.sms_status_seconds_max + 1)
    asked = len(bench.desk.asked)
    bench.desk.answers["application"] = Answered({"status": "in_progress", "note": "", "where": ""})
    await bench.work()
    assert (said(bench), len(bench.desk.asked)) == ([], asked)
    assert (await bench.database.outbox.counts())["waiting"] == 0


async def test_a_name_instead_of_a_number_is_not_answered(bench: Bench) -> None:
    await text_in(bench, "STATUS 7K4M-2PXQ8", sender="MTN")
    assert await bench.work() == []


async def test_a_keyword_without_a_reference_gets_help(bench: Bench) -> None:
    await text_in(bench, "STATUS")
    await bench.work()
    assert said(bench) == [
        (
            "Mohala: romela STATUS 7K4M-2PXQ9 (nomoro ea kopo), SEBAKA Leribe, TLETLEBO le taba, "
            "kapa letsetsa *384*26600#."
        )
    ]


@pytest.mark.parametrize(
    "text", ["STATUS {}", "boemo\n{}", "Status: {}.", "status\u00a0{}", "{}.", " {} ", "BOEMO, {}!"]
)
async def test_a_status_is_asked_as_people_type_it(bench: Bench, text: str) -> None:
    reference = (await bench.dial(*APPLY)).text.split()[4]
    await text_in(bench, text.format(reference))
    await bench.work()
    assert [sms for sms in said(bench) if sms.startswith(f"Kopo {reference}\n")]


async def test_a_mistyped_reference_is_told_so(bench: Bench) -> None:
    await text_in(bench, "boemo 7K4M-2PXQ9")
    await bench.work()
    assert said(bench)[0].startswith("Nomoro ea kopo e fosahetse. Leka hape.")


async def test_after_five_misses_everything_is_unknown_until_tomorrow(bench: Bench) -> None:
    reference = (await bench.dial(*APPLY)).text.split()[4]
    misses = ["00000000", "00000001", "00000002", "00000003", "00000004", "00000005", "00000006"]
    from stdnum.iso7064 import mod_37_2

    typable = [body + mod_37_2.calc_check_digit(body) for body in misses]
    for number, miss in enumerate([text for text in typable if text[-1] not in "ILOU*"][:5]):
        await text_in(bench, miss, id=f"miss-{number}")
    await bench.work()
    await text_in(bench, reference, id="mine-today")
    await bench.work()
    assert said(bench)[-1] == f"Nomoro ena ea kopo ha e fumanehe: {reference}"
    bench.time.pass_(86_400)
    await text_in(bench, reference, id="mine-tomorrow")
    await bench.work()
    assert said(bench)[-1].startswith(f"Kopo {reference}\n")


@pytest.mark.parametrize(
    ("texts", "told"), [(("done", "delayed"), ["done"]), (("delayed",), ["delayed"]), (("done",), ["done"])]
)
async def test_the_end_of_what_was_late_is_told_of_by_one_text(
    bench: Bench, texts: tuple[str, ...], told: list[str]
) -> None:
    reference = reference_in((await bench.dial(*BUY)).text)
    request = await bench.database.ledger.find(reference.replace("-", ""), "+26650123456")
    assert request is not None
    edition = bench.editions.current
    service = edition.catalogue.services["electricity"]
    worded = replace(service, sms=dict.fromkeys(texts, service.sms["done"]))
    _, jobs = Case(edition, replace(request, stage=1), worded).done(Answered({}), bench.time(), delayed=True)
    assert [job.payload["occasion"] for job in jobs] == told
