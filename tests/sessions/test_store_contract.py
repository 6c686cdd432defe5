"""What every store promises; each test runs on all: embedded, by TLS with few rights, cluster, sentinels, in memory."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import SessionTooLarge
from app.limits import session_bytes_max, turns_remembered_max
from app.messages import Reply
from app.ports import InWork, Keeping, Lost, Opened, Repeated, SessionKey, Won
from tests.sessions.telling import commit_dialled

pytestmark = pytest.mark.anyio

MPHO, THABO = SessionKey(b"mpho" * 4, b"dia1" * 4), SessionKey(b"thab" * 4, b"dia2" * 4)
MPHO_AGAIN, MPHO_THIRD = SessionKey(MPHO.caller, b"dia3" * 4), SessionKey(MPHO.caller, b"dia4" * 4)
KEPT = Keeping(300)
DIAL, CHOICE, NAME = b"dial" * 4, b"choi" * 4, b"name" * 4
OURS, THEIRS = b"our lease", b"their lease"
WELCOME = Reply("Lumela Mpho", final=False)
GOODBYE = Reply("Sala hantle", final=True)


async def test_a_first_hop_opens_without_a_session(bench):
    assert await bench.store.begin(MPHO, DIAL, OURS, 30) == Opened(None)


async def test_a_second_copy_hears_that_the_turn_is_in_work(bench):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert await bench.store.begin(MPHO, DIAL, THEIRS, 30) == InWork()


async def test_another_turn_waits_for_the_one_in_work(bench):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert await bench.store.begin(MPHO, CHOICE, THEIRS, 30) == InWork()


async def test_a_begin_whose_answer_was_lost_may_be_sent_again(bench):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert await bench.store.begin(MPHO, DIAL, OURS, 30) == Opened(None)


async def test_citizens_do_not_wait_for_one_another(bench):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert await bench.store.begin(THABO, DIAL, THEIRS, 30) == Opened(None)


async def test_a_repeated_turn_gets_the_reply_that_was_committed(bench, make_session):
    assert await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()
    assert await bench.store.begin(MPHO, DIAL, THEIRS, 30) == Repeated(WELCOME)


async def test_each_of_the_last_turns_gets_its_own_reply_again_and_an_older_one_is_forgotten(bench, make_session):
    turns = [f"turn {number}".encode() for number in range(turns_remembered_max + 1)]
    for step, turn in enumerate(turns):
        begun, reply = await bench.store.begin(MPHO, turn, OURS, 30), Reply(f"{step}", False)
        expected = begun.session.hop if begun.session else None
        won = await bench.store.commit(MPHO, turn, OURS, expected, make_session(step), reply, KEPT, begun.replies)
        assert won == Won()
    for step, turn in enumerate(turns[1:], start=1):
        assert await bench.store.begin(MPHO, turn, THEIRS, 30) == Repeated(Reply(f"{step}", False))
    assert await bench.store.begin(MPHO, turns[0], OURS, 30) == Opened(make_session(turns_remembered_max))


async def test_a_repeat_is_answered_while_the_next_turn_is_in_work(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await bench.store.begin(MPHO, CHOICE, OURS, 30)
    assert await bench.store.begin(MPHO, DIAL, THEIRS, 30) == Repeated(WELCOME)


async def test_the_next_turn_finds_the_session_as_it_was_committed(bench, make_session):
    session = make_session(0, visits=12)
    await bench.store.commit(MPHO, DIAL, OURS, None, session, WELCOME, KEPT)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(session)


async def test_a_commit_gives_the_lease_back(bench, make_session):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert await bench.store.begin(MPHO, CHOICE, THEIRS, 30) == Opened(make_session(0))


async def test_a_lost_commit_gives_the_lease_back_too(bench, make_session):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    await bench.store.commit(MPHO, DIAL, OURS, 4, make_session(5), WELCOME, KEPT)
    assert await bench.store.begin(MPHO, DIAL, THEIRS, 30) == Opened(None)


async def test_a_commit_leaves_the_lease_of_somebody_else_alone(bench, make_session):
    await bench.store.begin(MPHO, DIAL, THEIRS, 30)
    assert await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == InWork()


async def test_a_commit_on_the_expected_step_wins(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert await bench.store.commit(MPHO, CHOICE, OURS, 0, make_session(1), GOODBYE, KEPT) == Won()
    assert await bench.store.begin(MPHO, NAME, OURS, 30) == Opened(make_session(1))


@pytest.mark.parametrize("expected", [None, 1, 7])
async def test_a_commit_on_another_step_loses_and_changes_nothing(bench, make_session, expected):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert await bench.store.commit(MPHO, CHOICE, OURS, expected, make_session(1), GOODBYE, KEPT) == Lost(None)
    assert await bench.store.begin(MPHO, DIAL, OURS, 30) == Repeated(WELCOME)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(make_session(0))


async def test_a_commit_on_a_step_of_a_session_that_is_gone_loses(bench, make_session):
    assert await bench.store.commit(MPHO, CHOICE, OURS, 0, make_session(1), GOODBYE, KEPT) == Lost(None)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(None)


async def test_a_commit_whose_answer_was_lost_may_be_sent_again_and_changes_nothing(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    again = await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert again == Lost(WELCOME)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(make_session(0))


async def test_the_loser_of_a_turn_gets_the_winners_reply(bench, make_session):
    await bench.store.commit(MPHO, DIAL, THEIRS, None, make_session(0), WELCOME, KEPT)
    assert await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), GOODBYE, KEPT) == Lost(WELCOME)


async def test_a_lease_runs_out_by_itself(bench):
    await bench.store.begin(MPHO, DIAL, THEIRS, 0.1)

    async def is_ours() -> bool:
        return await bench.store.begin(MPHO, DIAL, OURS, 30) == Opened(None)

    await bench.until(is_ours)


async def test_who_lost_the_lease_may_still_commit_if_nobody_else_did(bench, make_session):
    await bench.store.begin(MPHO, DIAL, OURS, 0.1)

    async def somebody_else_began() -> bool:
        return await bench.store.begin(MPHO, DIAL, THEIRS, 30) == Opened(None)

    await bench.until(somebody_else_began)
    assert await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()
    assert await bench.store.commit(MPHO, DIAL, THEIRS, None, make_session(0), GOODBYE, KEPT) == Lost(WELCOME)


async def test_a_session_is_forgotten_when_its_time_is_over(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(0.1))

    async def is_forgotten() -> bool:
        return await bench.store.begin(MPHO, DIAL, OURS, 30) == Opened(None)

    await bench.until(is_forgotten)
    assert await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()


async def test_an_abandoned_lease_is_free(bench):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    await bench.store.abandon(MPHO, OURS)
    assert await bench.store.begin(MPHO, DIAL, THEIRS, 30) == Opened(None)


async def test_nobody_can_abandon_the_lease_of_somebody_else(bench):
    await bench.store.begin(MPHO, DIAL, THEIRS, 30)
    await bench.store.abandon(MPHO, OURS)
    assert await bench.store.begin(MPHO, DIAL, OURS, 30) == InWork()


async def test_a_session_beyond_the_limit_is_refused_and_nothing_is_kept(bench, make_session):
    noise = "".join(chr(0x1000 + number * 7919 % 20_000) for number in range(session_bytes_max))
    with pytest.raises(SessionTooLarge, match=str(session_bytes_max)) as refusal:
        await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0, noise), WELCOME, KEPT)
    assert noise[:20] not in str(refusal.value)
    assert await bench.store.begin(MPHO, DIAL, OURS, 30) == Opened(None)


@pytest.mark.parametrize("copies", [20, 200])
async def test_of_many_copies_at_once_one_is_worked_on_and_all_get_its_reply(bench, make_session, copies):
    working: set[int] = set()
    won: list[int] = []

    async def callback(number: int) -> Reply:
        lease = b"lease %d" % number
        while True:
            begun = await bench.store.begin(MPHO, DIAL, lease, 30)
            if isinstance(begun, Repeated):
                return begun.reply
            if isinstance(begun, Opened):
                assert not working, "two copies hold the lease"
                working.add(number)
                await asyncio.sleep(0)
                working.remove(number)
                reply = Reply(f"answered by {number}", final=False)
                assert await bench.store.commit(MPHO, DIAL, lease, None, make_session(0), reply, KEPT) == Won()
                won.append(number)
                return reply
            await asyncio.sleep(0.005)

    replies = await asyncio.gather(*(callback(number) for number in range(copies)))
    assert len(won) == 1
    assert {reply.text for reply in replies} == {f"answered by {won[0]}"}


@pytest.mark.parametrize("copies", [20, 200])
async def test_of_many_commits_at_once_without_a_lease_one_wins(bench, make_session, copies):
    replies = [Reply(f"answered by {number}", final=False) for number in range(copies)]
    outcomes = await asyncio.gather(
        *(bench.store.commit(MPHO, DIAL, b"%d" % n, None, make_session(0), replies[n], KEPT) for n in range(copies))
    )
    assert outcomes.count(Won()) == 1
    winner = replies[outcomes.index(Won())]
    assert outcomes.count(Lost(winner)) == copies - 1


async def test_different_turns_at_once_are_applied_one_after_the_other(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    heard: list[int] = []

    async def callback(number: int) -> None:
        turn, lease = b"turn %d" % number, b"lease %d" % number
        while not isinstance(begun := await bench.store.begin(MPHO, turn, lease, 30), Opened):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        step = begun.session.state.step
        won = await bench.store.commit(MPHO, turn, lease, step, make_session(step + 1), WELCOME, KEPT)
        assert won == Won()
        heard.append(step)

    await asyncio.gather(*(callback(number) for number in range(20)))
    assert heard == list(range(20))


async def test_a_session_is_loaded_as_it_is_and_nothing_of_nobody(bench, make_session):
    assert await bench.store.load(MPHO) is None
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await bench.store.begin(MPHO, CHOICE, THEIRS, 30)
    assert await bench.store.load(MPHO) == make_session(0)


async def test_the_caller_is_offered_the_last_dialogue_at_another_one(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    assert await bench.store.begin(MPHO_AGAIN, DIAL, OURS, 30) == Opened(None, MPHO.session)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(make_session(0)), "never while it goes on"
    assert await bench.store.begin(THABO, DIAL, OURS, 30) == Opened(None), "never to somebody else"


async def test_a_dialogue_that_says_nothing_of_resuming_leaves_the_offer_of_another_one(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    await bench.store.commit(MPHO_AGAIN, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert await bench.store.begin(MPHO_THIRD, DIAL, OURS, 30) == Opened(None, MPHO.session)


async def test_a_dialogue_that_can_no_longer_be_resumed_takes_its_offer_back(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    await bench.store.commit(MPHO, CHOICE, OURS, 0, make_session(1), GOODBYE, KEPT)
    assert await bench.store.begin(MPHO_AGAIN, DIAL, OURS, 30) == Opened(None)


async def test_who_starts_again_is_not_offered_the_old_dialogue_any_more(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    await bench.store.commit(MPHO_AGAIN, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, forget=True))
    assert await bench.store.begin(MPHO_THIRD, DIAL, OURS, 30) == Opened(None)


async def test_a_lost_commit_changes_no_offer(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    lost = await bench.store.commit(MPHO_AGAIN, DIAL, OURS, 3, make_session(4), WELCOME, Keeping(300, 600, True))
    assert lost == Lost(None)
    assert await bench.store.begin(MPHO_THIRD, DIAL, OURS, 30) == Opened(None, MPHO.session)


async def test_an_offer_runs_out_and_its_session_lives_as_long_as_the_offer(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(0.05, 0.4))
    await bench.pass_time(0.1)
    assert await bench.store.load(MPHO) == make_session(0)

    async def is_over() -> bool:
        return await bench.store.begin(MPHO_AGAIN, DIAL, OURS, 30) == Opened(None)

    await bench.until(is_over)
    assert await bench.store.load(MPHO) is None


async def test_the_dials_of_a_number_are_counted_within_a_minute(bench, make_session):
    begun = await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert begun.dials == 1
    assert (await bench.store.begin(MPHO, DIAL, OURS, 30)).dials == 0, "a lease renewed is no dial"
    assert (await bench.store.begin(MPHO_AGAIN, DIAL, OURS, 30)).dials == 2
    assert (await bench.store.begin(THABO, DIAL, OURS, 30)).dials == 1
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert (await bench.store.begin(MPHO, CHOICE, OURS, 30)).dials == 0
    assert (await bench.store.begin(MPHO_THIRD, DIAL, OURS, 30)).dials == 3


async def test_a_dial_is_begun_and_committed_in_one(bench, make_session):
    dialled = (MPHO, DIAL, make_session(0), WELCOME, Keeping(300, 600), 20)
    assert await commit_dialled(bench.store, *dialled) == Won()
    assert await commit_dialled(bench.store, *dialled) == Lost(WELCOME)
    assert await bench.store.begin(MPHO, CHOICE, OURS, 30) == Opened(make_session(0))
    assert await bench.store.begin(MPHO_AGAIN, DIAL, OURS, 30) == Opened(None, MPHO.session, 2)


async def test_a_dial_that_somebody_is_at_waits_for_them(bench, make_session):
    await bench.store.begin(MPHO, DIAL, OURS, 30)
    assert await commit_dialled(bench.store, MPHO, DIAL, make_session(0), WELCOME, KEPT, 20) == InWork()
    await bench.store.commit(MPHO, CHOICE, OURS, None, make_session(0), GOODBYE, KEPT)
    assert await commit_dialled(bench.store, MPHO, DIAL, make_session(0), WELCOME, KEPT, 20) == InWork()
    assert await bench.store.load(MPHO) == make_session(0)


async def test_a_caller_who_may_go_on_is_asked_first(bench, make_session):
    await bench.store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    assert await commit_dialled(bench.store, MPHO_AGAIN, DIAL, make_session(0), WELCOME, KEPT, 20) == Lost(None)
    assert await bench.store.load(MPHO_AGAIN) is None


async def test_who_dials_too_often_is_not_let_in_by_the_short_way_and_is_counted_by_the_other(bench, make_session):
    keys = [SessionKey(MPHO.caller, b"dialogue %d" % number) for number in range(3)]
    told = [await commit_dialled(bench.store, key, DIAL, make_session(0), WELCOME, KEPT, 2) for key in keys]
    assert told == [Won(), Won(), Lost(None)]
    assert await bench.store.begin(keys[2], DIAL, OURS, 30) == Opened(None, None, 3)


async def test_a_ping_is_answered(bench):
    await bench.store.ping()
