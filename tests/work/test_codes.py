"""Who somebody is, by a code: sent once, tried a few times, good for one filing; by phone and by SMS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.errors import ServiceFailed
from app.filing import Asker
from app.messages import Answered, Refused, Reply, SmsEvent
from sessions.memory_store import MemorySessionStore
from tests.made_once import compiled
from tests.work import identity
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio

ID, CODE = "012345678901", "246810"
ASKED = "Kenya linomoro tse 6 tse romeletsoeng mohala oa hau:"
BACK = "\n9. Morao\n0. Qalong"
HOW = "Romela CODE le linomoro tse 6, mohlala CODE 123456."
NONE = "Mohala: ha ho khoutu e emetsoeng. Romela NETEFATSA le nomoro ea ID."
EVIDENCE = "transactionID=1234567890 responseTime=2026-11-23T08:00:00.000Z"
THABO = "+26658000001"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(compiled(identity.sources()), tmp_path) as bench:
        right(bench)
        yield bench


def right(bench: Bench) -> None:
    bench.desk.answers |= {"send-code": Answered({}, EVIDENCE), "check-code": Answered({}, EVIDENCE)}


def wrong(bench: Bench) -> None:
    bench.desk.answers["check-code"] = Refused("wrong")


def count(bench: Bench, operation: str) -> int:
    return sum(asked[0] == operation for asked in bench.desk.asked)


async def forget_sessions(bench: Bench) -> None:
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)


async def come_to_code(bench: Bench, session: str = "s1", **other: str) -> Reply:
    return await bench.dial("7", ID, session=session, **other)


async def anew(bench: Bench, id: str, session: str) -> Reply:
    """From the beginning, also when it is offered to go on with another dialogue."""
    typed = () if (await bench.hop("", session)).text.startswith("Rea u amohela!") else ("2",)
    reply = Reply("", False)
    for count in range(1, len(typed) + 3):
        reply = await bench.hop("*".join((*typed, "7", id)[:count]), session)
    return reply


def reference(reply: Reply) -> str:
    assert reply.text.startswith("U netefalitsoe. Ref "), reply.text
    return reply.text.rpartition(" ")[2].replace("-", "")


async def test_whoever_types_the_code_is_verified_and_files_with_the_evidence(bench: Bench) -> None:
    assert (await come_to_code(bench)).text == ASKED + BACK
    filed = await bench.hop(f"7*{ID}*{CODE}")
    (sent, tried) = bench.desk.asked
    assert (sent[0], tried[0]) == ("send-code", "check-code") and sent[2] == tried[2], "one transaction for both steps"
    assert dict(tried[1]) == {"id": ID, "code": CODE}
    request = await bench.database.ledger.find(reference(filed), "+26650123456")
    assert request is not None
    told = f"verified by identity at 2026-11-23T08:00:00+00:00 {EVIDENCE}"
    assert request.answers == {"id": ID, "verified": told}
    assert [entry.evidence for entry in await bench.database.ledger.history(request.id)] == [told]
    await bench.work()
    work = next(asked for asked in bench.desk.asked if asked[0] == "renew")
    assert work[1]["evidence"] == told


async def test_a_code_is_not_sent_again_when_the_session_is_lost_and_the_step_is_heard_again(bench: Bench) -> None:
    first = await come_to_code(bench)
    await forget_sessions(bench)
    assert await bench.hop(f"7*{ID}") == first
    assert count(bench, "send-code") == 1
    assert (await bench.hop(f"7*{ID}*{CODE}")).text.startswith("U netefalitsoe")


@pytest.mark.parametrize("seconds", [0, 600])
async def test_a_code_that_may_have_been_sent_is_not_asked_for_again_by_the_same_step(
    bench: Bench, seconds: float
) -> None:
    bench.desk.answers["send-code"] = ServiceFailed("timeout", retryable=True, late=True)
    page = await come_to_code(bench)
    assert page.text == f"Khoutu e ka lieha.\n{ASKED}{BACK}"
    right(bench)
    bench.time.pass_(seconds)
    await forget_sessions(bench)
    assert await bench.hop(f"7*{ID}") == page
    assert count(bench, "send-code") == 1
    assert (await bench.hop(f"7*{ID}*{CODE}")).text.startswith("U netefalitsoe"), "it may come, and is good then"


async def test_a_gateway_that_dies_while_it_asks_has_no_second_code_sent(bench: Bench) -> None:
    async def die(operation: str) -> None:
        if operation == "send-code":
            raise asyncio.CancelledError

    bench.desk.before = die
    with pytest.raises(asyncio.CancelledError):
        await come_to_code(bench)
    bench.desk.before = lambda operation: asyncio.sleep(0)
    assert (await bench.hop(f"7*{ID}")).text.startswith("Khoutu e ka lieha.")
    assert count(bench, "send-code") == 0


async def test_an_office_that_is_down_is_told_and_the_next_try_is_another_step(bench: Bench) -> None:
    bench.desk.answers["send-code"] = ServiceFailed("connect", retryable=True)
    assert (await come_to_code(bench)).text == "Ofisi ha e fumanehe."
    right(bench)
    assert (await come_to_code(bench, "s2")).text.startswith(ASKED)


@pytest.mark.parametrize(
    ("reason", "page"),
    [("unknown", "ID ena ha e tsejoe."), ("no_phone", "Ha ho mohala o"), ("blocked", "Liteko li ngata haholo.")],
)
async def test_what_the_office_says_of_an_id_number_is_shown(bench: Bench, reason: str, page: str) -> None:
    bench.desk.answers["send-code"] = Refused(reason)
    assert (await come_to_code(bench)).text.startswith(page)


@pytest.mark.parametrize(
    ("failure", "page"),
    [
        (ServiceFailed("timeout", retryable=True, late=True), "Ofisi ha e so arabe."),
        (ServiceFailed("connect", retryable=True), "Ofisi ha e fumanehe."),
    ],
)
async def test_a_code_that_cannot_be_tried_is_told(bench: Bench, failure: ServiceFailed, page: str) -> None:
    await come_to_code(bench)
    bench.desk.answers["check-code"] = failure
    assert (await bench.hop(f"7*{ID}*{CODE}")).text.startswith(page)


async def test_a_code_that_was_right_is_right_again_when_its_hop_is_heard_again(bench: Bench) -> None:
    await come_to_code(bench)
    filed = await bench.hop(f"7*{ID}*{CODE}")
    assert reference(filed)
    await forget_sessions(bench)
    assert await bench.hop(f"7*{ID}*{CODE}") == filed
    assert count(bench, "send-code") == count(bench, "check-code") == 1


# --- guessing ------------------------------------------------------------------------------------------------------


async def test_a_wrong_code_may_be_typed_again_until_the_tries_of_this_code_are_over(bench: Bench) -> None:
    await come_to_code(bench)
    wrong(bench)
    typed = f"7*{ID}"
    for _ in range(limits.code_guesses_check_max):
        typed += "*111111"
        assert (await bench.hop(typed)).text == f"Khoutu e fosahetse.\n{ASKED}{BACK}"
    right(bench)
    assert (await bench.hop(f"{typed}*{CODE}")).text.startswith("Liteko li ngata haholo.")
    assert count(bench, "check-code") == limits.code_guesses_check_max


async def test_tries_are_counted_before_the_office_is_asked_so_that_a_crash_gives_none_back(bench: Bench) -> None:
    await come_to_code(bench)

    async def die(operation: str) -> None:
        if operation == "check-code":
            raise asyncio.CancelledError

    bench.desk.before = die
    for _ in range(limits.code_guesses_check_max):
        with pytest.raises(asyncio.CancelledError):
            await bench.hop(f"7*{ID}*111111")
    bench.desk.before = lambda operation: asyncio.sleep(0)
    assert (await bench.hop(f"7*{ID}*{CODE}")).text.startswith("Liteko li ngata haholo.")
    assert count(bench, "check-code") == 0


async def test_many_sessions_at_once_get_no_more_tries_of_one_id_number_than_one(bench: Bench) -> None:
    callers = [f"+2665800000{number}" for number in range(3)]
    for number, caller in enumerate(callers):
        await come_to_code(bench, f"s{number}", msisdn=caller)
    wrong(bench)
    typed = [f"7*{ID}" + "*111111" * tries for tries in (1, 2, 3)]

    async def guess(number: int) -> None:
        for transcript in typed:
            await bench.hop(transcript, f"s{number}", msisdn=callers[number])

    await asyncio.gather(*(guess(number) for number in range(3)))
    assert count(bench, "check-code") == limits.code_guesses_window_max
    bench.time.pass_(limits.code_window_seconds)
    await bench.dial("7", ID, "222222", session="s9", msisdn=THABO)
    assert count(bench, "check-code") == limits.code_guesses_window_max + 1


async def test_one_caller_with_many_id_numbers_gets_few_codes_sent(bench: Bench) -> None:
    pages = [await anew(bench, f"01234567890{last}", f"s{last}") for last in range(8)]
    assert count(bench, "send-code") == limits.codes_sent_window_max
    assert pages[-1].text.startswith("Liteko li ngata haholo.")
    assert (await come_to_code(bench, "s9", msisdn=THABO)).text.startswith(ASKED), "others are not held up"


async def test_a_day_has_its_own_limit(bench: Bench) -> None:
    bench.time.now = bench.time.now.replace(hour=0, minute=0)
    for quarter in range(8):
        for last in range(4):
            await anew(bench, f"01234567{quarter}{last}11", f"s{quarter}-{last}")
        bench.time.pass_(limits.code_window_seconds)
    assert count(bench, "send-code") == limits.codes_sent_day_max
    bench.time.pass_(limits.code_day_seconds)
    await come_to_code(bench, "s9")
    assert count(bench, "send-code") == limits.codes_sent_day_max + 1


# --- what a check is good for ----------------------------------------------------------------------------------------


async def test_a_code_is_over_after_its_time_whatever_the_office_would_say(bench: Bench) -> None:
    await come_to_code(bench)
    typed = f"7*{ID}"
    while bench.time().timestamp() % limits.code_day_seconds < 8 * 3600 + limits.code_seconds_max:
        bench.time.pass_(240)
        typed += "*x"
        assert (await bench.hop(typed)).text.endswith(ASKED + BACK), "the session is kept by what is no code"
    assert (await bench.hop(f"{typed}*{CODE}")).text.startswith("Khoutu e felletsoe ke nako.")
    assert count(bench, "check-code") == 0


async def test_a_dialogue_that_fell_before_the_code_goes_on_with_the_same_check(bench: Bench) -> None:
    await come_to_code(bench)
    await bench.drop()
    await bench.hop("", "s2")
    assert (await bench.hop("1", "s2")).text == ASKED + BACK
    assert reference(await bench.hop(f"1*{CODE}", "s2"))
    assert count(bench, "send-code") == 1


async def test_a_check_is_no_use_to_another_number_or_for_another_id_number_or_too_late(bench: Bench) -> None:
    await come_to_code(bench)
    check = bench.desk.asked[0][2]
    checks = bench.database.checks
    assert await checks.find(check, "+26650123456") is not None
    assert await checks.find(check, THABO) is None
    await bench.hop(f"7*{ID}*{CODE}")
    codes, edition = bench.hearing._dialogues._services._codes, bench.editions.current
    service = edition.catalogue.services["card-renewal"]

    async def evidence(id: str, msisdn: str) -> str | None:
        return await codes.evidence(service, {"id": id, "verified": check}, Asker(msisdn, "st", "e", 1.0))

    assert await evidence(ID, "+26650123456") is not None
    assert await evidence("012345678902", "+26650123456") is None
    assert await evidence(ID, THABO) is None
    bench.time.pass_(limits.proof_seconds_max + 1)
    assert await evidence(ID, "+26650123456") is None


# --- by SMS ----------------------------------------------------------------------------------------------------------


async def text(bench: Bench, words: str, id: str = "", sender: str = THABO) -> list[str]:
    """What is texted back."""
    before = len(bench.mast.sent)
    id = id or f"text-{before}-{words}"
    await bench.texts.take_in(SmsEvent("africastalking", id, sender, "26600", words))
    await bench.work()
    return [sms.text for sms in bench.mast.sent[before:]]


async def test_a_card_is_renewed_by_two_texts(bench: Bench) -> None:
    assert await text(bench, f"netefatsa {ID}") == [f"{ASKED}\n{HOW}"]
    answers = await text(bench, f"Code {CODE}")
    assert answers[0].startswith("U netefalitsoe. Ref ") and len(answers) == 2
    assert count(bench, "send-code") == count(bench, "check-code") == 1
    assert await text(bench, f"CODE {CODE}") == [NONE], "a code is good once"


async def test_a_wrong_code_by_text_may_be_sent_again(bench: Bench) -> None:
    await text(bench, f"NETEFATSA {ID}")
    wrong(bench)
    assert await text(bench, "CODE 111111") == [f"Khoutu e fosahetse.\n{ASKED}\n{HOW}"]
    right(bench)
    assert (await text(bench, f"KHOUTU {CODE}"))[0].startswith("U netefalitsoe")


async def test_a_code_that_nobody_awaits_is_no_use(bench: Bench) -> None:
    assert await text(bench, f"CODE {CODE}") == [NONE]
    await text(bench, f"NETEFATSA {ID}")
    assert await text(bench, f"CODE {CODE}", sender="+26658000002") == [NONE], "it is bound to its number"
    bench.time.pass_(limits.code_seconds_max + 1)
    assert await text(bench, f"CODE {CODE}") == [NONE]
    assert count(bench, "check-code") == 0


async def test_what_is_no_code_is_asked_for_again_without_a_try(bench: Bench) -> None:
    await text(bench, f"NETEFATSA {ID}")
    (answer,) = await text(bench, "CODE 12a")
    assert answer.endswith(f"{ASKED}\n{HOW}") and answer != f"{ASKED}\n{HOW}"
    assert (await text(bench, f"CODE {CODE}"))[0].startswith("U netefalitsoe")


async def test_a_text_that_is_answered_twice_by_a_worker_that_died_is_heard_once(bench: Bench) -> None:
    await text(bench, f"NETEFATSA {ID}")
    wrong(bench)
    await bench.texts.take_in(SmsEvent("africastalking", "t2", THABO, "26600", "CODE 111111"))
    (claimed,) = await bench.database.outbox.claim("dies", bench.time(), 60.0, 20)
    first = await bench.texts.answer(claimed.job)
    assert await bench.texts.answer(claimed.job) == first
    assert count(bench, "check-code") == 1


async def test_the_newest_check_is_the_one_that_a_code_belongs_to(bench: Bench) -> None:
    await text(bench, f"NETEFATSA {ID}")
    bench.time.pass_(5)
    await text(bench, "NETEFATSA 012345678902")
    await text(bench, f"CODE {CODE}")
    tried = next(asked for asked in bench.desk.asked if asked[0] == "check-code")
    assert tried[1]["id"] == "012345678902"


# --- nothing of it is kept in clear ----------------------------------------------------------------------------------


async def test_no_code_and_no_id_number_is_in_the_database_or_a_log_line(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await come_to_code(bench)
    wrong(bench)
    await bench.hop(f"7*{ID}*135791")
    right(bench)
    await bench.hop(f"7*{ID}*135791*{CODE}")
    await text(bench, f"NETEFATSA {ID}")
    await text(bench, f"CODE {CODE}")
    printed = capsys.readouterr()
    seen = bytes_in(tmp_path) + (printed.out + printed.err).encode() + bench.measures.render({})
    assert len(seen) > 10_000
    for canary in (ID, CODE, "135791"):
        assert canary.encode() not in seen


def bytes_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))
