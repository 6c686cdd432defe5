"""Pages that only follow from the last one: taken by what this process recalls, in one round trip."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app import limits
from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Deadlines, Opened, SessionStore, Won
from app.telling import Hears
from app.turn import session_key
from sessions.memory_store import MemorySessionStore
from tests.work.conftest import Bench
from tests.work.test_gateway import BUY, Away

pytestmark = pytest.mark.anyio


LATE = StoreUnavailable("it did not answer in time")


class Counted:
    """A session server, and what was asked of it."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in {"begin", "commit", "commit_dialled", "commit_recalled", "abandon"}:
            self.asked.append(name)
        return getattr(self._store, name)


async def test_a_page_that_only_follows_from_the_last_one_takes_one_round_trip(bench: Bench) -> None:
    await bench.hop("")
    bench.line.to = counted = Counted(bench.store)
    assert (await bench.hop("3")).text.startswith("Reka motlakase")
    assert counted.asked == ["commit_recalled"]
    await bench.hop("3*01234567897")
    counted.asked.clear()
    assert "Netefatsa" in (await bench.hop("3*01234567897*50")).text
    assert counted.asked == ["begin", "commit"], "an office is asked, for which copies and rivals have to wait"


async def test_a_dial_takes_one_round_trip_unless_there_is_something_to_go_on_with(bench: Bench) -> None:
    bench.line.to = counted = Counted(bench.store)
    first = await bench.hop("")
    assert counted.asked == ["commit_dialled"] and not first.final
    assert await bench.hop("") == first, "a repeat"
    await bench.hop("1")
    await bench.hop("1*2")
    counted.asked.clear()
    assert (await bench.hop("", session="another")).text != first.text, "it asks whether to go on"
    assert counted.asked[-2:] == ["begin", "commit"]


async def test_a_dial_and_what_follows_from_it_are_answered_before_anything_else_runs(bench: Bench) -> None:
    told: list[Reply | None] = []
    for text in ("", "3", "3*01234567897"):
        turn = bench.gateway.turn_of(bench.event(text), Deadlines(), 0.0)
        assert bench.gateway.answer_at_once(turn, Hears(told.append)) and turn.is_tried
    assert [await bench.hop(text) for text in ("", "3", "3*01234567897")] == told


async def test_who_left_something_or_began_before_is_not_answered_at_once(bench: Bench) -> None:
    left, begun, strange = (f"+2665012345{digit}" for digit in range(3))
    await bench.dial("1", "2", session="left", msisdn=left)
    await bench.hop("", "begun", msisdn=begun)
    await bench.openings.write()
    bench.forget_openings()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    dials = {left: "another", begun: "begun", strange: "first"}
    turns = [
        bench.gateway.turn_of(bench.event("", of, msisdn=number), Deadlines(), 0.0) for number, of in dials.items()
    ]
    assert [bench.gateway.answer_at_once(turn, Hears(lambda _: None)) for turn in turns] == [False, False, True]


async def test_an_input_that_comes_while_an_office_is_asked_does_not_overtake_it(bench: Bench) -> None:
    await bench.dial(*BUY)
    key = session_key(bench.keyring, bench.event(""))
    assert isinstance(await bench.store.begin(key, b"the yes, on another process", b"theirs", 30.0), Opened)
    reply = await bench.gateway.answer(bench.event("*".join((*BUY, "9"))), Deadlines(0.01, 0.3))
    assert reply.text.startswith("Re ntse re sebetsa")
    await bench.store.abandon(key, b"theirs")
    assert (await bench.hop("*".join((*BUY, "9")))).text.startswith("Bokae")


async def test_a_hop_that_a_failover_lost_is_heard_again_with_the_next_one(bench: Bench) -> None:
    """Nobody saw an outage, but this process knows that it had gone further than the session server says."""
    before = MemorySessionStore(bench.keyring, bench.time)
    bench.line.to = before
    await bench.dial("1", "2", "5/3/2026")
    key = session_key(bench.keyring, bench.event(""))
    had = copy.deepcopy(before._kept[key])
    assert (await bench.hop("1*2*5/3/2026*6")).text.split("\n")[1] == "1. Mohale's Hoek"
    before._kept[key] = had
    assert (await bench.hop("1*2*5/3/2026*6*5")).text.startswith("Nomoro ea ID")


async def test_of_two_inputs_on_one_page_the_one_that_lost_leaves_nothing_behind(bench: Bench) -> None:
    """Also not what a dial after a fall would offer to go on with."""
    await bench.dial("1", "2")
    known = bench.store.recall(session_key(bench.keyring, bench.event("")), b"another turn")
    assert known is not None
    await bench.hop("1*2*5/3/2026")

    class Behind(Counted):
        def recall(self, *_: object) -> Any:
            return known

    bench.line.to = Behind(bench.store)
    assert (await bench.hop("1*2*6/3/2026")).final
    bench.line.to = bench.store
    drafts = list(bench.openings._drafts.values())
    assert [draft.fallen.state.answers["born"] for draft in drafts if draft.fallen] == ["2026-03-05"]


@pytest.mark.parametrize("typed", [("9",), ("7",), ("0",)])
async def test_without_a_session_server_every_copy_has_the_same_bytes_also_where_it_is_recalled(
    bench: Bench, typed: tuple[str, ...]
) -> None:
    """A copy may come to a process that recalls nothing, and after its first commit nobody recalls anything."""
    await bench.dial(*BUY)

    class Gone(Away):
        def recall(self, *of: Any) -> Any:
            return bench.store.recall(*of)

        def commit_recalled(self, *_: object) -> None:
            raise StoreUnavailable("away")

    bench.line.to = Gone()
    first = await bench.hop("*".join((*BUY, *typed)))
    bench.line.to = Away()
    assert await bench.hop("*".join((*BUY, *typed))) == first


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_page_of_which_nobody_knows_whether_it_was_kept_is_asked_for(bench: Bench, is_kept: bool) -> None:
    await bench.dial(*BUY)

    class Slow(Counted):
        def commit_recalled(self, *of: Any) -> None:
            *given, listener = of
            heard: list[object] = []
            if is_kept:
                self._store.commit_recalled(*given, Hears(heard.append))
                assert heard == [Won()]
            listener.tell(LATE)

    bench.line.to = slow = Slow(bench.store)
    first = await bench.hop("*".join((*BUY, "9")))
    assert first.text.startswith("Bokae") and not first.final
    assert slow.asked == (["begin"] if is_kept else ["begin", "commit"])
    assert await bench.hop("*".join((*BUY, "9"))) == first


async def test_what_was_kept_without_a_word_is_remembered_outside_the_session_server_as_well(bench: Bench) -> None:
    """Else a dialogue that is lost there afterwards would be walked through menus that came since."""

    class Slow(Counted):
        def commit_dialled(self, *of: Any) -> None:
            *given, listener = of
            self._store.commit_dialled(*given, Hears(lambda _: listener.tell(LATE)))

        def commit_recalled(self, *of: Any) -> None:
            *given, listener = of
            self._store.commit_recalled(*given, Hears(lambda _: listener.tell(LATE)))

    bench.line.to = Slow(bench.store)
    assert not (await bench.hop("")).final
    key = session_key(bench.keyring, bench.event(""))
    await bench.openings.write()
    opening = await bench.database.openings.find(key.session)
    assert opening is not None and opening.version == bench.editions.current.version
    bench.line.to = bench.store
    await bench.hop("1")
    await bench.hop("1*2")
    bench.gateway._outage._until = float("-inf")
    bench.line.to = Slow(bench.store)
    await bench.hop("1*2*5/3/2026")
    draft, left = await bench.openings.drafted(bench.event("").msisdn), await bench.store.load(key)
    assert draft is not None and draft.fallen == left


async def test_a_hop_older_than_those_that_are_remembered_gets_a_polite_end_and_moves_nothing(bench: Bench) -> None:
    typed = ["1", "9"] * (limits.turns_remembered_max // 2)
    page = await bench.dial(*typed)
    late = await bench.hop("")
    assert late.final and late == bench.gateway.say("over")
    assert await bench.hop("*".join(typed)) == page
    assert not (await bench.hop("*".join((*typed, "1")))).final
