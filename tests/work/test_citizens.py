"""A citizen asks what is kept of them, and to be forgotten."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.auditing import verify
from app.citizens import erase, export
from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Pending, SmsEvent
from app.settings import Settings
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
BUY = ("3", "01234567897", "50", "1")
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")


@pytest.fixture
def settings(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of an operator on the same machine."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    return Settings.load()


async def live(bench: Bench) -> None:
    """Mpho has bought electricity, waits for a birth certificate, reads English; Lerato has bought too."""
    await bench.dial("8", "2", session="s0")
    await bench.dial(*BUY, session="s1")
    await bench.dial(*BUY, session="s2", msisdn=LERATO)
    await bench.dial(*APPLY, session="s3")
    await bench.work()


async def told(settings: Settings, number: str) -> dict[str, object]:
    text = await asyncio.to_thread(export, settings, number, "palesa", "asked at the post office")
    whole: dict[str, object] = json.loads(text)
    return whole


async def test_a_citizen_gets_all_of_theirs_and_nothing_of_anothers(bench: Bench, settings: Settings) -> None:
    await live(bench)
    mine = await told(settings, "+266 5012 3456")
    assert (mine["number"], mine["language"]) == (MPHO, "en")
    requests = mine["requests"]
    assert isinstance(requests, list) and {one["service"] for one in requests} == {"electricity", "birth-certificate"}
    (power,) = (one for one in requests if one["service"] == "electricity")
    assert power["answers"] == {"meter": "01234567897", "amount": "5000"} and power["results"]["token"] == "1" * 20
    assert [move["status"] for move in power["history"]] == ["received", "in_progress", "done"]
    assert [message["occasion"] for message in power["messages"]] == ["done"]
    assert LERATO not in json.dumps(mine)


async def test_a_request_that_no_key_opens_is_named_and_all_else_is_told(bench: Bench, settings: Settings) -> None:
    await live(bench)
    with closing(sqlite3.connect(settings.home / "mohala.db")) as connection:
        connection.execute("UPDATE requests SET answers = x'00' WHERE service = 'birth-certificate'")
        (reference,) = connection.execute("SELECT reference FROM requests WHERE answers = x'00'").fetchone()
        connection.commit()
    mine = await told(settings, MPHO)
    assert mine["unopened"] == [f"{reference[:4]}-{reference[4:]}"]
    requests = mine["requests"]
    assert isinstance(requests, list) and [one["service"] for one in requests] == ["electricity"]


async def test_whoever_is_forgotten_is_found_nowhere_and_others_are(bench: Bench, settings: Settings) -> None:
    await live(bench)
    erased, left = await asyncio.to_thread(erase, settings, MPHO, "palesa", "asked at the post office")
    assert (len(erased), len(left)) == (1, 1)
    mine = await told(settings, MPHO)
    assert mine["language"] == ""
    requests = mine["requests"]
    assert isinstance(requests, list) and [one["service"] for one in requests] == ["birth-certificate"]
    assert len((await told(settings, LERATO))["requests"]) == 1  # type: ignore[arg-type]
    with closing(sqlite3.connect(settings.home / "mohala.db")) as connection:
        assert connection.execute("SELECT count(*) FROM requests").fetchone() == (3,), "that it was filed stays"
    request = await bench.database.ledger.find(erased[0].replace("-", ""), MPHO)
    assert request is None
    assert (await asyncio.to_thread(verify, settings.database, None)).requests == 3
    acts = [(line.actor, line.act, line.purpose, line.subject) for line in await bench.database.audit.page(0)]
    assert ("operator:palesa", "erase-citizen", "asked at the post office", "") in acts
    assert not any(MPHO in str(line) for line in await bench.database.audit.page(0))


async def test_what_is_under_way_is_erased_once_it_has_ended(bench: Bench, settings: Settings) -> None:
    bench.desk.answers["request-payment"] = Pending()
    await bench.dial(*BUY)
    await bench.work()
    assert await asyncio.to_thread(erase, settings, MPHO, "palesa", "x") == ([], [(await references(bench))[0]])
    bench.desk.answers["request-payment"] = Answered({"payment": "MP1"})
    bench.time.pass_(3_600)
    await bench.work()
    assert await asyncio.to_thread(erase, settings, MPHO, "palesa", "x") == (await references(bench), [])


async def references(bench: Bench) -> list[str]:
    keys = {asked[1]["reference"] for asked in bench.desk.asked if asked[0] == "request-payment"}
    return [f"{key[:4]}-{key[4:]}" for key in keys]


async def write(bench: Bench, number: str, text: str) -> None:
    """A text comes in, and nobody has answered it yet."""
    await bench.texts.take_in(SmsEvent("africastalking", f"m-{text}", number, "26600", text))


async def test_texts_that_no_request_owns_are_told_to_their_citizen_alone(bench: Bench, settings: Settings) -> None:
    bench.mast.fails = ServiceFailed("no_route", retryable=False)
    await write(bench, MPHO, "LENANE")
    await bench.work()
    await write(bench, MPHO, "THUSO")
    await write(bench, LERATO, "KE LERATO")
    mine = (await told(settings, MPHO))["texts"]
    assert isinstance(mine, list)
    assert [(one["kind"], one["state"]) for one in mine] == [("text", "set_aside"), ("answer", "waiting")]
    assert mine[1]["text"] == "THUSO" and mine[0]["text"], "what was to be sent, and what they wrote"
    hers = (await told(settings, LERATO))["texts"]
    assert isinstance(hers, list) and [one["text"] for one in hers] == ["KE LERATO"]


async def test_that_they_were_texted_is_told_also_where_no_request_owns_the_text(
    bench: Bench, settings: Settings
) -> None:
    await write(bench, MPHO, "help me")
    await bench.work()
    sent = (await told(settings, MPHO))["texts_sent"]
    assert isinstance(sent, list) and [(one["kind"], one["status"]) for one in sent] == [("answer", "in_flight")]
    assert (await told(settings, LERATO))["texts_sent"] == []


async def test_texts_of_whoever_is_forgotten_are_neither_kept_nor_sent(bench: Bench, settings: Settings) -> None:
    bench.mast.fails = ServiceFailed("no_route", retryable=False)
    await write(bench, MPHO, "LENANE")
    await bench.work()
    await write(bench, MPHO, "THUSO")
    await write(bench, LERATO, "LENANE LA LERATO")
    bench.mast.fails = None
    await asyncio.to_thread(erase, settings, MPHO, "palesa", "asked in writing")
    assert (await told(settings, MPHO))["texts"] == []
    assert await bench.database.shelf.page() == []
    with closing(sqlite3.connect(settings.home / "mohala.db")) as connection:
        open_jobs = connection.execute("SELECT state, payload IS NULL, number_hash IS NULL FROM jobs ORDER BY state")
        assert open_jobs.fetchall() == [("done", 1, 1)] * 3 + [("waiting", 0, 0)]
    await bench.work()
    assert {sms.msisdn for sms in bench.mast.sent} == {LERATO}


async def test_a_text_is_found_after_its_key_was_rotated(bench: Bench, settings: Settings) -> None:
    await write(bench, MPHO, "THUSO")
    (settings.home / "keys").unlink()
    old = base64.b64encode(bytes(32)).decode()
    (settings.home / "keys").write_text(f"k2:{base64.b64encode(b'2' * 32).decode()}\nk1:{old}\n", "ascii")
    mine = (await told(settings, MPHO))["texts"]
    assert isinstance(mine, list) and [one["text"] for one in mine] == ["THUSO"]
    await asyncio.to_thread(erase, settings, MPHO, "palesa", "asked in writing")
    assert (await bench.database.outbox.counts())["waiting"] == 0


@pytest.mark.parametrize("number", ["50123456", "+2665012345", "Mpho", "266 50123456"])
async def test_a_slip_in_a_number_is_one_sentence(bench: Bench, settings: Settings, number: str) -> None:
    with pytest.raises(SettingsWrong, match="no phone number"):
        await asyncio.to_thread(export, settings, number, "palesa", "x")
