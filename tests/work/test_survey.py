"""The survey through the whole house: who is asked, when, how an answer is read, and what the report makes of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.audit import AuditEntry
from app.cli import cli
from app.errors import SettingsWrong, StoreUnavailable
from app.impact.command import read_report
from app.messages import SmsEvent
from app.pack import Pack
from app.questions import Question, question_job, read_answer
from app.savings import Said
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
POWER = ("3", "01234567897", "50", "1")
ASKED = "Mohala: ntle le ts'ebeletso ee, na u ne u tla tsamaea ho ea ofising? Araba 1 E, 2 Che. STOP: u se botsoe hape."
ASKED_IN_ENGLISH = "Mohala: without this service, would you have travelled to the office? Reply 1 yes, 2 no."
THANKS = "Mohala: rea leboha ka karabo ea hao."
DAY = 86_400


@pytest.fixture
async def bench(lesotho: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(lesotho, tmp_path) as bench:
        bench.lots.next = 0.0  # everybody is drawn
        yield bench


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


async def text(bench: Bench, words: str, id: str, sender: str = MPHO) -> str:
    await bench.texts.take_in(SmsEvent("africastalking", id, sender, "32000", words))
    await bench.work()
    return said(bench, sender)[-1]


async def buy(bench: Bench, session: str = "s1", number: str = MPHO) -> None:
    await bench.dial(*POWER, session=session, msisdn=number)
    await bench.work()


async def answers(bench: Bench) -> Said:
    today = bench.pack.program.day(bench.time())
    report = await read_report(bench.database, bench.pack, today - timedelta(days=200), today)
    return report.answers.get(("ended", "electricity"), Said())


async def test_whoever_was_served_is_asked_after_the_text_that_says_so(bench: Bench) -> None:
    await buy(bench)
    assert said(bench)[-1] == ASKED
    assert said(bench)[-2].startswith("Mohala: tefo e amohetsoe")


async def test_the_question_comes_in_the_language_of_the_filing(bench: Bench) -> None:
    await bench.database.ledger.remember_language(MPHO, "en", bench.time())
    await buy(bench)
    assert said(bench)[-1].startswith(ASKED_IN_ENGLISH)


async def test_whoever_is_not_drawn_is_not_asked(bench: Bench) -> None:
    bench.lots.next = 0.1  # one in ten is drawn
    await buy(bench)
    assert ASKED not in said(bench)


@pytest.mark.parametrize("typed", ["1", " 1. ", "(1)", "1!"])
async def test_a_bare_digit_is_the_answer(bench: Bench, typed: str) -> None:
    await buy(bench)
    assert await text(bench, typed, "m1") == THANKS
    assert await answers(bench) == Said(yes=1)


async def test_a_repeat_gets_the_first_answer_and_another_digit_changes_nothing(bench: Bench) -> None:
    await buy(bench)
    for number, typed in enumerate(("2", "2", "1")):
        assert await text(bench, typed, f"m{number}") == THANKS
    assert await answers(bench) == Said(no=1)


@pytest.mark.parametrize("typed", ["3", "12", "1 2", "yes", "1 STATUS", "١"])
async def test_any_other_text_is_no_answer(bench: Bench, typed: str) -> None:
    await buy(bench)
    assert await text(bench, typed, "m1") != THANKS
    assert await answers(bench) == Said(silent=1)


async def test_a_bare_digit_of_somebody_who_was_not_asked_gets_help(bench: Bench) -> None:
    await buy(bench)
    assert (await text(bench, "1", "m1", LERATO)).startswith("Mohala: romela STATUS")


async def test_no_answer_is_taken_after_two_days(bench: Bench) -> None:
    await buy(bench)
    bench.time.pass_(2 * DAY)
    assert (await text(bench, "1", "m1")).startswith("Mohala: romela STATUS")
    assert await answers(bench) == Said(silent=1)


async def test_a_number_is_not_asked_twice_within_ninety_days(bench: Bench) -> None:
    await buy(bench)
    for session, days in (("s2", 60), ("s3", 31)):
        bench.time.pass_(days * DAY)
        await buy(bench, session)
    assert said(bench).count(ASKED) == 2


async def test_at_night_the_question_waits_for_the_morning(bench: Bench) -> None:
    bench.time.pass_(11 * 3_600)  # nine in the evening in Maseru
    await buy(bench)
    assert ASKED not in said(bench)
    bench.time.pass_(10 * 3_600 + 1_800)
    await bench.work()
    assert ASKED not in said(bench)
    bench.time.pass_(1_800)
    await bench.work()
    assert said(bench)[-1] == ASKED


async def test_a_question_that_could_not_be_asked_for_a_day_is_not_asked(bench: Bench) -> None:
    await bench.dial(*POWER)
    await bench.work(3)
    claimed = [job for job in bench.mast.sent if job.text == ASKED]
    job = question_job(Question("q9", "other", LERATO, "1 or 2?", "x"), bench.time())
    await bench.database.outbox.add([job])
    bench.time.pass_(DAY + 1)
    await bench.work()
    assert said(bench, LERATO) == [] and len(claimed) <= 1


@pytest.mark.parametrize("word", ["STOP", "khaotsa"])
async def test_stop_ends_it_for_good_and_is_told_like_anybody(bench: Bench, word: str) -> None:
    await buy(bench)
    assert (await text(bench, word, "m1")).startswith("Mohala: tumello ea hao e hlakotsoe.")
    bench.time.pass_(100 * DAY)
    await buy(bench, "s2")
    assert said(bench).count(ASKED) == 1
    entry = AuditEntry(bench.time(), "operator:test", "export-citizen", "", "asked")
    assert (await bench.database.citizens.record(MPHO, entry)).objects_since is not None


async def test_a_second_question_waits_until_the_first_is_answered_or_over(bench: Bench) -> None:
    await buy(bench)
    other = Question("poll-1", "poll", MPHO, "Na metsi a teng kajeno? 1 E, 2 Che", "014")
    await bench.database.outbox.add([question_job(other, bench.time() + timedelta(days=1))])
    bench.time.pass_(DAY)
    await bench.work()
    assert other.text not in said(bench)
    bench.time.pass_(DAY)
    await bench.work()
    assert said(bench)[-1] == other.text
    assert await text(bench, "2", "m1") == THANKS
    since = bench.time() - timedelta(days=1)
    assert await bench.database.questions.answers("poll", since, since + timedelta(days=2)) == [("014", {"2": 1})]


async def test_a_status_that_was_told_is_counted_once_a_day_and_asked_about(bench: Bench) -> None:
    bench.lots.next = 1.0
    await bench.dial("1", "2", "5/3/2026", "2", "012345678901", "1", "1")
    await bench.work()
    reference = next(word for word in said(bench)[-1].split() if "-" in word).rstrip(".")
    bench.lots.next = 0.0
    for session in ("s2", "s3"):
        await bench.dial("2", reference, session=session)
    await bench.work()
    assert said(bench).count(ASKED) == 1
    today = bench.pack.program.day(bench.time())
    report = await read_report(bench.database, bench.pack, today, today)
    assert report.whole.errands == {"filed": 1, "status": 1}
    assert [row.names for row in report.tables["service and district"]] == [("birth-certificate", "others, together")]
    assert report.answers == {("status", "birth-certificate"): Said(silent=1)}


async def test_a_stranger_who_asks_for_a_status_is_no_errand(bench: Bench) -> None:
    await bench.dial("2", "7K4M-2PXQ9")
    today = bench.pack.program.day(bench.time())
    assert (await read_report(bench.database, bench.pack, today, today)).whole.count == 0


async def test_a_status_is_told_also_where_it_cannot_be_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.dial("1", "2", "5/3/2026", "2", "012345678901", "1", "1")
    await bench.work()
    reference = next(word for word in said(bench)[0].split() if "-" in word).rstrip(".")

    async def away(*_: object) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(bench.database.errands, "note", away)
    assert "Lengolo la tsoalo" in (await bench.dial("2", reference, session="s2")).text


async def test_with_consent_only_whoever_agreed_is_asked(lesotho_sources: dict[str, str], tmp_path: Path) -> None:
    services = lesotho_sources["services.yaml"]
    head, mark, tail = services.partition("  survey:\n")
    assert mark
    sources = {**lesotho_sources, "services.yaml": head + mark + tail.replace("public_task", "consent", 1)}
    async with open_bench(compiled(sources), tmp_path) as bench:
        bench.lots.next = 0.0
        await buy(bench)
        assert ASKED not in said(bench)


def test_only_a_digit_of_ours_is_read_as_an_answer() -> None:
    assert [read_answer(typed) for typed in ("2", "#2", "2)", "22", "", "two", "٢")] == ["2", "2", "2", *(None,) * 4]


async def test_no_number_stands_in_clear(bench: Bench, tmp_path: Path) -> None:
    await buy(bench)
    await text(bench, "1", "m1")
    await bench.database.close()
    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("mohala.db*")))
    assert kept and MPHO[4:].encode() not in kept


async def test_who_was_asked_is_told_and_erased_with_the_rest(bench: Bench) -> None:
    await buy(bench)
    await text(bench, "1", "m1")
    entry = AuditEntry(bench.time(), "operator:test", "erase-citizen", "", "asked")
    (asked,) = (await bench.database.citizens.record(MPHO, entry)).questions
    assert (asked[0], asked[2]) == ("travel", "1")
    await bench.database.citizens.erase(MPHO, entry)
    assert (await bench.database.citizens.record(MPHO, entry)).questions == []
    assert await answers(bench) == Said(yes=1)
    assert replace(await answers(bench), yes=0) == Said()


@pytest.fixture
def settings(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Those of an operator on the same machine."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    return tmp_path / "page"


async def test_an_operator_gets_the_page_the_table_and_the_sheets(
    bench: Bench, lesotho_sources: dict[str, str], settings: Path
) -> None:
    await publish(bench, lesotho_sources)
    for number in range(6):
        await buy(bench, f"s{number}", f"+2665010000{number}")
        await text(bench, "1", f"m{number}", f"+2665010000{number}")
    day = bench.pack.program.day(bench.time()).isoformat()
    told = await asyncio.to_thread(
        CliRunner().invoke, cli, ["impact", "--since", day, "--until", day, "--output", str(settings)]
    )
    assert told.exit_code == 0, told.output
    assert "12 errands (6 ended, 6 filed)" in told.output
    assert "visits: 6 errands are not claimed: no baseline: visits, visits_left." in told.output
    assert sorted(path.name for path in await asyncio.to_thread(lambda: list(settings.iterdir()))) == [
        "answers.svg", "cost.svg", "errands.svg", "hours.svg", "impact.csv", "impact.html", "impact.json", "visits.svg",
    ]  # fmt: skip


@pytest.mark.parametrize("days", [("2026-11-02", "2026-11-01"), ("2016-11-02", "2026-11-01")])
async def test_days_that_make_no_report_are_refused(bench: Bench, settings: Path, days: tuple[str, str]) -> None:
    told = await asyncio.to_thread(CliRunner().invoke, cli, ["impact", "--since", days[0], "--until", days[1]])
    assert told.exit_code != 0 and isinstance(told.exception, SettingsWrong)
