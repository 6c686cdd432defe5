"""Warnings through the whole house: who subscribes and leaves, what is sent when, and what `mohala broadcast` says."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import limits
from app.broadcast import Broadcast, BroadcastState, plan_of
from app.broadcasting import queue_all
from app.cli import cli
from app.compiler.pack import examine
from app.messages import SmsEvent
from app.pack import Pack
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish
from tests.work.warned import CODE, sources

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
AGREE = "1"
TEXTS = {"st": "Mohala: pula e matla Leribe. STOP: emisa.", "en": "Mohala: heavy rain in Leribe. STOP to end."}


@pytest.fixture(scope="module")
def warned() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(warned: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(warned, tmp_path) as bench:
        await publish(bench, sources())
        yield bench


@pytest.fixture
def home(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator on the same machine, whose clock is the machine's."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    (tmp_path / "texts.yaml").write_text("".join(f'{one}: "{text}"\n' for one, text in TEXTS.items()), "utf-8")
    return tmp_path


async def see(bench: Bench, *typed: str, session: str = "s1", msisdn: str = MPHO) -> str:
    return (await bench.dial(*typed, session=session, msisdn=msisdn, service_code=CODE)).text


async def subscribe(bench: Bench, *numbers: str) -> None:
    for number in numbers:
        assert await see(bench, AGREE, "1", "1", session=f"sub-{number}", msisdn=number) == "Leholimo: Leribe"
    await bench.work()
    bench.mast.sent.clear()


def warning(bench: Bench, **other: object) -> Broadcast:
    now = bench.time()
    made = Broadcast("b1", "weather", "Leribe", TEXTS, 7, 20, now, now + timedelta(hours=24), "palesa")
    return replace(made, **other)  # type: ignore[arg-type]


async def send(bench: Bench, broadcast: Broadcast) -> Broadcast:
    plan = plan_of(broadcast, {"st": 1}, "st", 100, bench.time())
    return await queue_all(bench.database, broadcast, lambda _: None, plan)


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


def test_the_pack_of_these_tests_lacks_nothing_but_translations() -> None:
    assert {one.rule for one in examine(sources())[1]} == {"missing-translation"}


# --- who wants it ----------------------------------------------------------------------------------------------


async def test_whoever_subscribes_agrees_first_and_is_texted_how_to_stop(bench: Bench) -> None:
    assert (await see(bench)).startswith("Re u romelle litemoso tsa leholimo ka SMS?")
    assert await see(bench, AGREE, "1", "1") == "Leholimo: Leribe"
    await bench.work()
    assert said(bench) == ["Mohala: u tla tsebisoa: Leholimo, Leribe. STOP: emisa."]
    assert await bench.database.ledger.agreed(MPHO, b"", bench.time()) == {"warnings@1"}


async def test_a_district_that_the_pack_offers_is_taken_and_none_is_everywhere(bench: Bench) -> None:
    await see(bench, AGREE, "1", "3", session="a")
    await see(bench, "2", session="b")
    assert await bench.database.subscriptions.of_number(MPHO) == [("weather", ""), ("weather", "Moon")]


async def test_a_number_has_so_many_subscriptions_and_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "subscriptions_max", 1)
    await subscribe(bench, MPHO)
    assert await see(bench, "1", "2") == "Li ngata"


async def test_what_is_listed_can_be_ended_one_by_one_or_all_at_once(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    await see(bench, "1", "2", session="a")
    assert (await see(bench, "3", session="b")).splitlines()[1:3] == ["1. Leholimo Leribe", "2. Leholimo Quthing"]
    assert await see(bench, "3", "1", session="c") == "Li felile: 1"
    await see(bench, "1", "1", session="d")
    assert await see(bench, "4", session="e") == "Li felile: 2"
    assert await see(bench, "3", session="f") == "Ha ho letho"


async def test_whoever_ends_some_is_texted_that_once_and_nothing_if_there_were_none(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    for _ in range(2):  # the same hop again
        assert await see(bench, "4", session="a") == "Li felile: 1"
    await bench.work()
    assert said(bench) == ["Mohala: litemoso tse 1 li emisitsoe."]
    assert await see(bench, "4", session="b") == "Li felile: 0"
    await bench.work()
    assert len(said(bench)) == 1


async def test_a_text_that_says_stop_ends_them_all(bench: Bench) -> None:
    await subscribe(bench, MPHO, LERATO)
    await bench.texts.take_in(SmsEvent("africastalking", "m1", MPHO, "32000", "stop"))
    await bench.work()
    assert await bench.database.subscriptions.of_number(MPHO) == []
    bench.mast.sent.clear()
    await send(bench, warning(bench))
    await bench.work()
    assert [sms.msisdn for sms in bench.mast.sent] == [LERATO]


# --- what is sent ----------------------------------------------------------------------------------------------


async def test_everybody_who_wants_it_is_warned_once_in_their_language(bench: Bench) -> None:
    await bench.database.ledger.remember_language(LERATO, "en", bench.time())
    await subscribe(bench, MPHO, LERATO)
    await send(bench, warning(bench))
    await send(bench, warning(bench))
    await bench.work()
    assert (said(bench), said(bench, LERATO)) == ([TEXTS["st"]], [TEXTS["en"]])


async def test_by_night_it_waits_for_the_morning(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    bench.time.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # ten in the evening there
    await send(bench, warning(bench))
    await bench.work()
    assert said(bench) == []
    bench.time.now = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
    await bench.work()
    assert said(bench) == []
    bench.time.pass_(60)
    await bench.work()
    assert said(bench) == [TEXTS["st"]]


async def test_what_is_of_no_use_any_more_is_not_sent(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    await send(bench, warning(bench, until=bench.time() + timedelta(hours=1)))
    bench.time.pass_(3_601)
    assert await bench.work() == ["warn"]
    assert said(bench) == []


async def test_who_left_after_it_was_put_up_is_not_warned(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    await send(bench, warning(bench))
    await see(bench, "4", session="leaves")
    await bench.work()
    assert said(bench) == ["Mohala: litemoso tse 1 li emisitsoe."]


async def test_a_cancelled_warning_goes_to_nobody_any_more(bench: Bench, home: Path) -> None:
    await subscribe(bench, MPHO)
    await send(bench, warning(bench))
    ended = await run("broadcasts", "cancel", "b1", "--note", "wrong district")
    assert ended.exit_code == 0, ended.output
    await bench.work()
    assert said(bench) == []
    assert (await run("broadcasts", "cancel", "b1", "--note", "again")).exit_code == 1


async def test_a_warning_is_sent_after_all_that_tells_of_requests(bench: Bench) -> None:
    await subscribe(bench, MPHO)
    await send(bench, warning(bench))
    bench.time.pass_(60)
    await bench.dial("1", "2", "5/3/2026", "1", "012345678901", "1", "1", session="file", msisdn=LERATO)
    claimed = await bench.database.outbox.claim("test", bench.time(), 60.0, 20)
    assert [one.job.kind for one in claimed][-1] == "warn" and len(claimed) > 1


# --- what it comes to ------------------------------------------------------------------------------------------


async def test_a_plan_counts_parts_by_language_and_leaves_nights_out(bench: Bench) -> None:
    local = datetime(2026, 11, 23, 19, 0, tzinfo=bench.pack.program.timezone)
    broadcast = warning(bench, texts={"st": "x" * 161, "en": "Rain"})
    plan = plan_of(broadcast, {"st": 100, "en": 50, "xx": 10}, "st", 100, local)
    assert {line.language: (line.parts, line.parts_in_all) for line in plan.lines} == {
        "en": (1, 50), "st": (2, 200), "xx": (2, 20),
    }  # fmt: skip
    assert (plan.recipients, plan.parts) == (160, 270)
    assert plan.begins_at == local
    # An hour of the evening is left for the first hundred parts, the others take 1.7 hours of the next day.
    assert plan.ends_at == datetime(2026, 11, 24, 8, 42, tzinfo=local.tzinfo)


async def test_a_plan_that_is_made_at_night_begins_in_the_morning(bench: Bench) -> None:
    local = datetime(2026, 11, 23, 22, 30, tzinfo=bench.pack.program.timezone)
    plan = plan_of(warning(bench), {"st": 13 * 100 + 50}, "st", 100, local)
    assert plan.begins_at == datetime(2026, 11, 24, 7, 0, tzinfo=local.tzinfo)
    assert plan.ends_at == datetime(2026, 11, 25, 7, 30, tzinfo=local.tzinfo)


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments))


async def test_it_is_reckoned_first_and_sent_when_that_is_confirmed(bench: Bench, home: Path) -> None:
    await bench.database.ledger.remember_language(LERATO, "en", bench.time())
    await subscribe(bench, MPHO, LERATO)
    command = ("broadcast", "--topic", "weather", "--district", "Leribe", "--text-file", str(home / "texts.yaml"))
    shown = await run(*command)
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[0] == "Leholimo, Leribe: 2 numbers"
    assert f"  st: 1 x 1 = 1 parts: {TEXTS['st']}" in lines and f"  en: 1 x 1 = 1 parts: {TEXTS['en']}" in lines
    assert "Costs M0.50, at M25.00 a hundred parts (assumed, 2026-11-29)." in lines
    assert any("3,000 parts an hour at the most, from 7 to 20 o'clock." in line for line in lines)
    assert lines[-1] == "Nothing was sent. Say --send to send it."
    assert await bench.database.broadcasts.newest(5) == []
    done = await run(*command, "--send")
    assert done.exit_code == 0 and "2 texts are put up as" in done.output, done.output
    again = await run(*command, "--send")
    assert "This very warning stands already: queued, 2 texts put up." in again.output
    ((standing, sent),) = await bench.database.broadcasts.newest(5)
    assert (standing.state, standing.queued, sent.waiting) == (BroadcastState.QUEUED, 2, 2)
    listed = (await run("broadcasts", "list")).output
    assert "weather, Leribe: queued, 0 sent, 2 wait" in listed and MPHO not in listed
    lines_of_audit = await bench.database.audit.of(standing.id)
    assert [line.act for line in lines_of_audit] == ["broadcast", "queued-broadcast"]


@pytest.mark.parametrize(
    ("arguments", "texts", "told"),
    [
        (("--topic", "wether"), None, "`wether` is no topic of the menus that are current; write `weather`"),
        (("--topic", "weather", "--district", "Lerib"), None, "`Lerib` is no district of these menus; write `Leribe`"),
        (("--topic", "weather"), "en: Rain\n", "none in `st`, the base language"),
        (("--topic", "weather"), "st: Pula\nfr: Pluie\n", "`fr` is no language of these menus"),
        (("--topic", "weather"), f"st: {'Pula ' * 100}\n", "takes 4 parts of an SMS; 3 are allowed"),
        (("--topic", "weather"), 'st: ""\n', "is empty"),
        (("--topic", "weather"), "- Pula\n", "write one line a language"),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_told(
    bench: Bench, home: Path, arguments: tuple[str, ...], texts: str | None, told: str
) -> None:
    if texts is not None:
        (home / "texts.yaml").write_text(texts, "utf-8")
    ended = await run("broadcast", *arguments, "--text-file", str(home / "texts.yaml"))
    assert ended.exit_code != 0 and told in f"{ended.output}{ended.exception}", ended.output


async def test_where_nobody_wants_it_nothing_is_sent(bench: Bench, home: Path) -> None:
    ended = await run("broadcast", "--topic", "weather", "--text-file", str(home / "texts.yaml"), "--send")
    assert ended.exit_code == 1 and "Nobody wants to be warned of it there." in ended.output
