"""Turns when something behind them is away, late or changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Deadlines, InWork, Lost, Opened, SessionKey, SessionStore
from app.turn import session_key
from app.values.text import septets
from sessions.memory_store import MemorySessionStore
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
BUY = ("3", "01234567897", "50")


class Away:
    """A session server that does not answer, at a process that recalls nothing."""

    def recall(self, *_: object) -> None:
        return None

    async def begin(self, *_: object) -> None:
        raise StoreUnavailable("away")

    def commit_dialled(self, *_: object) -> None:
        raise StoreUnavailable("away")

    async def abandon(self, *_: object) -> None:
        raise StoreUnavailable("away")


class Forgetful:
    """A session server that is there for the load and gone for the commit."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self.abandon, self.begin, self.recall = store.abandon, store.begin, store.recall

    async def commit(self, *_: object) -> None:
        raise StoreUnavailable("gone")

    def commit_dialled(self, *_: object) -> None:
        raise StoreUnavailable("gone")

    def commit_recalled(self, *_: object) -> None:
        raise StoreUnavailable("gone")


async def test_without_a_session_server_a_dialogue_goes_on_from_its_transcript(bench: Bench) -> None:
    known = await bench.dial(*BUY[:2])
    bench.line.to = Away()
    assert await bench.hop("*".join(BUY[:2])) == known
    assert "Netefatsa" in (await bench.hop("*".join(BUY))).text


async def test_without_a_session_server_nothing_is_confirmed_and_the_citizen_is_told(bench: Bench) -> None:
    await bench.dial(*BUY)
    bench.line.to = Away()
    reply = await bench.hop("*".join((*BUY, "1")))
    assert reply == Reply("Puisano e khaohile. Ha ho letho le rometsoeng hona joale. Letsetsa hape.", True)
    assert await bench.work() == []


async def test_without_a_session_server_what_was_filed_is_answered_with_the_same_bytes(bench: Bench) -> None:
    filed = await bench.dial(*BUY, "1")
    bench.line.to = Away()
    assert await bench.hop("*".join((*BUY, "1"))) == filed
    assert filed.text.startswith("Ref: ")


async def test_after_an_outage_the_dialogue_goes_on_with_what_was_answered_meanwhile(bench: Bench) -> None:
    await bench.dial("1", "2")
    bench.line.to = Away()
    assert (await bench.hop("1*2*5/3/2026")).text.startswith("O tsoaletsoe seterekeng")
    bench.line.to = bench.store
    assert (await bench.hop("1*2*5/3/2026*6")).text.split("\n")[1] == "1. Mohale's Hoek"
    assert (await bench.hop("1*2*5/3/2026*6*5")).text.startswith("Nomoro ea ID")


async def test_after_an_outage_several_inputs_still_stop_at_a_confirmation(bench: Bench) -> None:
    await bench.dial("3", "01234567897")
    bench.line.to = Away()
    await bench.hop("3*01234567897*50")
    bench.line.to = bench.store
    assert (await bench.hop("3*01234567897*50*1")).text.startswith("Netefatsa")
    assert await bench.work() == []


async def test_without_an_outage_an_asterisk_is_data(bench: Bench) -> None:
    page = await bench.dial("1", "2")
    turned_down = await bench.hop("1*2*5/3/2026*6")
    assert turned_down.text == f"Letsatsi le fosahetse. Leka hape.\n{page.text}"


async def test_a_transcript_longer_than_any_dialogue_is_ended(bench: Bench) -> None:
    assert (await bench.hop("*".join(["8", "9"] * 40))).final
    bench.line.to = Away()
    assert (await bench.hop("*".join(["8", "9"] * 40))).final


async def test_a_language_is_chosen_even_while_the_database_is_away(bench: Bench) -> None:
    await bench.database.close()
    assert (await bench.dial("8", "2")).text.startswith("Welcome to Mohala.")


async def test_a_lost_session_is_walked_again_up_to_the_confirmation(bench: Bench) -> None:
    summary = await bench.dial(*BUY)
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    assert await bench.hop("*".join((*BUY, "1"))) == summary
    assert (await bench.hop("*".join((*BUY, "1", "1")))).final


async def test_a_lost_session_that_was_filed_is_answered_with_its_reference(bench: Bench) -> None:
    filed = await bench.dial(*BUY, "1")
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    assert await bench.hop("*".join((*BUY, "1"))) == filed
    assert filed.text.startswith("Ref: ")


@pytest.mark.parametrize("is_filed", [False, True])
async def test_two_inputs_at_once_on_a_confirmation_of_a_rebuilt_session_get_a_page(
    bench: Bench, is_filed: bool
) -> None:
    """The first of them was cut, so nobody knows here what came of it; the second came after its END."""
    filed = await bench.dial(*BUY, *("1" * is_filed))
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    summary = await bench.hop("*".join(BUY))
    reply = await bench.hop("*".join((*BUY, "1", "1")))
    assert reply == filed if is_filed else (reply.text.endswith(summary.text) and not reply.final)
    assert bool(await bench.work()) == is_filed


async def test_today_is_the_day_in_lesotho(bench: Bench) -> None:
    bench.time.now = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert (await bench.dial("1", "2", "24/11/2026")).text.startswith("O tsoaletsoe seterekeng")
    assert (await bench.dial("1", "2", "25/11/2026", session="s2", msisdn="+26662123456")).text.startswith(
        "Letsatsi le fosahetse"
    )


async def test_a_commit_that_fails_after_filing_files_once_all_the_same(bench: Bench) -> None:
    await bench.dial(*BUY)
    bench.line.to = Forgetful(bench.store)
    first = await bench.hop("*".join((*BUY, "1")))
    bench.line.to = bench.store
    assert await bench.hop("*".join((*BUY, "1"))) == first
    assert first.final and (await bench.work()).count("work") == 2, "one request with its two stages"


async def test_of_turns_that_fail_at_once_each_fails_for_its_own_reason(bench: Bench) -> None:
    """Machine code once raised whatever another turn had caught meanwhile, a cancellation too: nobody was answered."""
    all_of_them = asyncio.Barrier(5)

    class Wrong(Forgetful):
        def __init__(self, store: SessionStore) -> None:
            super().__init__(store)
            self.abandon = self._give_back

        def commit_dialled(self, *told: Any) -> None:
            told[-1].tell(InWork())

        async def commit(self, key: SessionKey, *_: object) -> None:
            raise LookupError(key.session)

        async def _give_back(self, *_: object) -> None:
            await all_of_them.wait()

    bench.line.to = Wrong(bench.store)
    events = [bench.event("", f"s{number}", msisdn=f"+2665012345{number}") for number in range(5)]
    failed = await asyncio.gather(
        *(bench.gateway.answer(event, Deadlines()) for event in events), return_exceptions=True
    )
    told = [error.args for error in failed if isinstance(error, LookupError)]
    assert told == [(session_key(bench.keyring, event).session,) for event in events]


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_loser_of_a_race_answers_what_the_winner_stored(bench: Bench, at_once: bool) -> None:
    class Raced(Forgetful):
        async def commit(self, *_: object) -> Lost:
            return Lost(Reply("the winner's", False))

        def commit_dialled(self, *told: Any) -> None:
            told[-1].tell(Lost(Reply("the winner's", False)) if at_once else InWork())

    bench.line.to = Raced(bench.store)
    assert await bench.hop("") == Reply("the winner's", False)


async def test_a_turn_that_takes_too_long_is_cut_with_a_valid_page(bench: Bench) -> None:
    class Stuck(Away):
        async def begin(self, *_: object) -> None:
            await asyncio.Event().wait()

    bench.line.to = Stuck()
    reply = await bench.gateway.answer(bench.event(""), Deadlines(0.01, 0.05))
    assert reply.final and reply.text.startswith("Re ntse re sebetsa")


async def test_a_process_that_is_late_cuts_its_turns_before_the_deadline(bench: Bench) -> None:
    """Else the page would leave behind it, by as much as the loop takes to come round for the cut and the answer."""

    class Stuck(Away):
        async def begin(self, *_: object) -> None:
            await asyncio.Event().wait()

    bench.line.to = Stuck()
    bench.crowd.late_seconds = 30.0
    async with asyncio.timeout(20):
        reply = await bench.gateway.answer(bench.event(""), Deadlines(0.01, 60.05))
    assert reply.final and reply.text.startswith("Re ntse re sebetsa")


async def test_a_turn_that_was_cut_waits_for_no_session_server_and_gives_its_lease_back_all_the_same(
    bench: Bench,
) -> None:
    """A page at the deadline has half a second to arrive: a session server that is slow as well would take it."""
    given, may_give = asyncio.Event(), asyncio.Event()

    class Slow(Forgetful):
        async def commit(self, *_: object) -> None:
            await asyncio.Event().wait()

        async def give(self, *whose: Any) -> None:
            await may_give.wait()
            await bench.store.abandon(*whose)
            given.set()

    slow = Slow(bench.store)
    slow.abandon = slow.give  # type: ignore[method-assign]
    bench.line.to = slow
    async with asyncio.timeout(10):
        reply = await bench.gateway.answer(bench.event(""), Deadlines(0.01, 0.05))
    assert reply.final and reply.text.startswith("Re ntse re sebetsa") and not given.is_set()
    may_give.set()
    async with asyncio.timeout(10):
        await given.wait()
    bench.line.to = bench.store
    assert (await bench.hop("")).text.startswith("Rea u amohela")


async def test_while_the_database_is_away_menus_go_on_and_filing_says_so(bench: Bench) -> None:
    await bench.database.close()
    assert (await bench.dial(*BUY)).text.startswith("Netefatsa")
    reply = await bench.hop("*".join((*BUY, "1")))
    assert reply.final and reply.text.startswith("Re ntse re sebetsa kopo ea hau"), "nobody knows whether it was kept"
    assert (await bench.dial("2", "0W3G-E1R7R", session="s2")).text.startswith("Ts'ebeletso ha e fumanehe")


async def test_a_session_is_ended_when_it_has_too_many_steps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.limits.session_steps_max", 3)
    assert not (await bench.dial("1", "9", "1")).final
    assert (await bench.hop("1*9*1*2")).final


async def test_a_transcript_that_contradicts_what_was_heard_is_refused_logged_and_moves_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await bench.dial(*BUY)
    capsys.readouterr()
    assert (await bench.hop("*".join(("1", *BUY[1:], "1")))).final
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "contradicted" in line]
    assert BUY[1] not in line and "26650123456" not in line
    assert await bench.hop("*".join(BUY)) == page and await bench.work() == []


async def test_another_number_with_the_same_session_id_is_another_session(bench: Bench) -> None:
    await bench.dial("1", "2")
    stranger = await bench.hop("", msisdn="+26662123456")
    assert stranger.text.startswith("Rea u amohela!")


async def test_what_is_kept_holds_no_transcript(bench: Bench) -> None:
    await bench.dial("2", "canary-typed")
    key = session_key(bench.keyring, bench.event("2"))
    begun = await bench.store.begin(key, b"another turn", b"lease", 1.0)
    assert isinstance(begun, Opened) and begun.session is not None
    assert begun.session.heard_length == len("2*canary-typed")
    assert "canary" not in str(begun.session)


@pytest.mark.parametrize("phrase", ["unavailable", "busy", "over", "interrupted", "not_served"])
async def test_every_last_page_of_the_house_fits_in_every_language(bench: Bench, phrase: str) -> None:
    for language in bench.pack.program.languages:
        reply = bench.hearing.say(phrase, language)
        assert reply.final and septets(f"END {reply.text}") <= 156
