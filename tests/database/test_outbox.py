"""The outbox on real databases: leases, repeats, and what happens to a worker that comes late."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.keys import Key, Keyring
from app.messages import Job, Priority
from integrations.database import open_database
from integrations.database.tables import jobs
from tests.database.patience import open_patiently

pytestmark = pytest.mark.anyio


async def test_only_new_ids_are_added(database, job):
    assert await database.outbox.add([job("a"), job("b")]) == 2
    assert await database.outbox.add([job("b"), job("c")]) == 1
    assert await database.outbox.add([]) == 0
    assert await database.outbox.counts() == {"waiting": 3, "set_aside": 0}


async def test_due_jobs_are_claimed_oldest_first(database, job, at):
    for name, minutes in (("new", -1), ("old", -9), ("middle", -5), ("future", 1)):
        await database.outbox.add([job(name, at + timedelta(minutes=minutes))])
    claimed = await database.outbox.claim("worker-1", at, 60, 10)
    assert [one.job.id for one in claimed] == ["job-old", "job-middle", "job-new"]
    assert [one.attempt for one in claimed] == [1, 1, 1]


async def test_a_claim_takes_no_more_than_its_limit(database, job, at):
    await database.outbox.add([job(str(number)) for number in range(5)])
    assert len(await database.outbox.claim("worker-1", at, 60, 2)) == 2
    assert len(await database.outbox.claim("worker-1", at, 60, 9)) == 3


async def test_a_claimed_job_carries_what_was_added(database, job, at):
    added = job("a", to="+26658123456", text="Kea leboha")
    await database.outbox.add([added])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    assert claimed.job == added


async def test_workers_at_once_never_hold_one_job_together(database, job, at):
    await database.outbox.add([job(str(number)) for number in range(60)])

    async def work(worker):
        taken = []
        while batch := await database.outbox.claim(worker, at, 60, 4):
            taken += [claimed.job.id for claimed in batch]
        return taken

    taken = [id for ids in await asyncio.gather(*(work(f"worker-{number}") for number in range(6))) for id in ids]
    # On PostgreSQL a worker may find rows locked and leave: what it left is there for the next claim.
    taken += await work("last")
    assert len(taken) == len(set(taken)) == 60


async def test_how_long_the_oldest_due_job_is_in_nobodys_hands(database, job, at):
    assert await database.outbox.late_seconds(at) == 0
    for name, minutes in (("old", -9), ("middle", -5), ("future", 1)):
        await database.outbox.add([job(name, at + timedelta(minutes=minutes))])
    assert await database.outbox.late_seconds(at) == 540
    await database.outbox.claim("worker-1", at, 60, 1)
    assert await database.outbox.late_seconds(at) == 300, "the oldest is in hand"
    assert await database.outbox.late_seconds(at + timedelta(seconds=60)) == 600, "its lease has run out"


async def test_a_leased_job_is_nobody_elses_until_the_lease_runs_out(database, job, at):
    await database.outbox.add([job("a")])
    await database.outbox.claim("worker-1", at, 60, 1)
    assert await database.outbox.claim("worker-2", at + timedelta(seconds=59), 60, 1) == ()
    (again,) = await database.outbox.claim("worker-2", at + timedelta(seconds=60), 60, 1)
    assert again.attempt == 2


async def test_a_worker_whose_lease_was_taken_over_can_end_nothing(database, job, at):
    await database.outbox.add([job("a")])
    (late,) = await database.outbox.claim("worker-1", at, 60, 1)
    now = at + timedelta(minutes=2)
    (holder,) = await database.outbox.claim("worker-2", now, 60, 1)
    assert not await database.outbox.finish(late, now, [job("follow-up")])
    assert not await database.outbox.postpone(late, now, "late")
    assert not await database.outbox.set_aside(late, "late", now)
    assert await database.outbox.counts() == {"waiting": 1, "set_aside": 0}
    assert await database.outbox.finish(holder, now)


async def test_a_finished_job_is_gone_and_its_follow_ups_wait(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    assert await database.outbox.finish(claimed, at, [job("b"), job("c")])
    assert not await database.outbox.finish(claimed, at, [job("d")])
    assert await database.outbox.counts() == {"waiting": 2, "set_aside": 0}


async def test_the_id_of_a_finished_job_stays_known(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    await database.outbox.finish(claimed, at)
    assert await database.outbox.add([job("a")]) == 0
    assert await database.outbox.claim("worker-1", at + timedelta(days=1), 60, 1) == ()


async def test_a_postponed_job_comes_back_when_it_is_due(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    later = at + timedelta(seconds=30)
    assert await database.outbox.postpone(claimed, later, "office_down")
    assert await database.outbox.claim("worker-1", later - timedelta(microseconds=1), 60, 1) == ()
    (again,) = await database.outbox.claim("worker-2", later, 60, 1)
    assert (again.attempt, again.job.due_at) == (2, later)


async def test_a_job_set_aside_waits_for_a_human(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    assert await database.outbox.set_aside(claimed, "tried_too_often", at)
    assert await database.outbox.counts() == {"waiting": 0, "set_aside": 1}
    assert await database.outbox.claim("worker-1", at + timedelta(days=1), 60, 1) == ()


async def test_a_job_that_does_not_open_is_set_aside_and_stops_no_other(url, keyring, random_bytes, job, at):
    stranger = await open_database(
        url, Keyring((Key("lost", b"x" * 32),), random_bytes), random_bytes, allow_unsafe=True
    )
    await stranger.outbox.add([job("a")])
    await stranger.close()
    database = await open_patiently(url, keyring, random_bytes)
    try:
        await database.outbox.add([job("b")])
        claimed = await database.outbox.claim("worker-1", at, 60, 10)
        assert [one.job.id for one in claimed] == ["job-b"]
        assert await database.outbox.counts() == {"waiting": 1, "set_aside": 1}
    finally:
        await database.close()


async def test_a_job_is_behind_those_of_its_kind_that_were_added_before_and_wait(database, at):
    first, second, other = (
        Job(f"{id}:tell:x", "tell", {}, at + timedelta(seconds=seconds))
        for id, seconds in (("r1:a", 0), ("r1:b", 1), ("r2:a", 0))
    )
    await database.outbox.add([second, first, other])
    assert await database.outbox.is_behind(second, "r1:")
    assert not await database.outbox.is_behind(first, "r1:")
    assert not await database.outbox.is_behind(other, "r2:")
    claimed = await database.outbox.claim("w", at, 60.0, 1)
    await database.outbox.postpone(claimed[0], at + timedelta(hours=1), "down")
    assert await database.outbox.is_behind(second, "r1:"), "also while it is postponed"
    for job in await database.outbox.claim("w", at + timedelta(hours=2), 60.0, 9):
        if job.job.id == first.id:
            await database.outbox.finish(job, at)
    assert not await database.outbox.is_behind(second, "r1:")


async def test_the_most_urgent_job_is_claimed_first_however_long_others_are_due(database, job, at):
    await database.outbox.add([job(str(number), at - timedelta(hours=1)) for number in range(9)])
    urgent = Job("answer", "answer", {"text": "STATUS"}, at, Priority.URGENT)
    await database.outbox.add([Job("reminder", "remind", {}, at - timedelta(days=9), Priority.LOW), urgent])
    claimed = await database.outbox.claim("worker-1", at, 60, 2)
    assert [one.job.id for one in claimed] == ["answer", "job-0"]
    assert claimed[0].job == urgent
    assert [one.job.id for one in await database.outbox.claim("worker-1", at, 60, 99)][-1] == "reminder"


async def test_what_may_wait_is_not_kept_out_by_what_is_due_again_and_again(database, at):
    many = [Job(f"work-{number:02}", "work", {}, at - timedelta(days=1), Priority.WORK) for number in range(40)]
    await database.outbox.add([*many, Job("tell", "tell", {}, at, Priority.TOLD)])
    claimed = await database.outbox.claim("worker-1", at, 60, 32)
    assert "tell" in {one.job.id for one in claimed}
    assert len(claimed) > 20


async def test_only_what_is_wanted_is_claimed(database, at):
    await database.outbox.add([Job(priority.name, "x", {}, at, priority) for priority in Priority])
    claimed = await database.outbox.claim("worker-1", at, 60, 9, {Priority.TOLD, Priority.URGENT})
    assert [one.job.id for one in claimed] == ["URGENT", "TOLD"]


async def test_a_job_takes_its_moment_with_it_once(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    assert claimed.slot_at is None
    moment = at + timedelta(seconds=9)
    await database.outbox.postpone(claimed, moment, "in line", counted=False, slot_at=moment)
    (again,) = await database.outbox.claim("worker-1", moment, 60, 1)
    assert (again.slot_at, again.attempt) == (moment, 1)
    await database.outbox.postpone(again, moment, "down")
    (later,) = await database.outbox.claim("worker-1", moment, 60, 1)
    assert later.slot_at is None


async def test_what_is_left_for_a_human_is_never_claimed_and_left_once(database, job, at):
    assert await database.outbox.leave([job("a")], "nobody moves it", at) == 1
    assert await database.outbox.leave([job("a")], "nobody moves it", at) == 0
    assert await database.outbox.claim("worker-1", at + timedelta(days=1), 60, 1) == ()
    (left,) = await database.shelf.page()
    assert (left.id, left.reason, left.since) == ("job-a", "nobody moves it", at)


async def test_only_ended_jobs_before_another_are_forgotten(database, at):
    ids = ["tick:a:1", "tick:a:2", "tick:a:3", "tick:ab:1"]
    await database.outbox.add([Job(id, "tick", {}, at) for id in ids])
    for claimed in await database.outbox.claim("worker-1", at, 60, 9):
        if claimed.job.id != "tick:a:2":
            await database.outbox.finish(claimed, at)
    assert await database.outbox.forget("tick:a:", "tick:a:3") == 1
    known = await database.outbox.add([Job(id, "tick", {}, at) for id in ids])
    assert known == 1, "the first one alone is not known any more"


async def test_work_that_an_office_has_not_finished_is_due_at_once_when_hastened(database, job, at):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    later = at + timedelta(seconds=8)
    assert not await database.outbox.hasten("job-a", at), "somebody is at it"
    assert await database.outbox.postpone(claimed, later, "pending")
    assert await database.outbox.claim("worker-1", at, 60, 1) == ()
    assert await database.outbox.hasten("job-a", at)
    assert not await database.outbox.hasten("job-a", at), "it is due already"
    (again,) = await database.outbox.claim("worker-1", at, 60, 1)
    assert (again.job.id, again.attempt) == ("job-a", 2)


@pytest.mark.parametrize("reason", ["connection_lost", "crowded"])
async def test_what_failed_keeps_its_pause(database, job, at, reason):
    await database.outbox.add([job("a")])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    await database.outbox.postpone(claimed, at + timedelta(seconds=8), reason)
    assert not await database.outbox.hasten("job-a", at)


async def test_what_is_done_set_aside_or_unknown_is_not_hastened(database, job, at):
    await database.outbox.add([job("a"), job("b")])
    first, second = await database.outbox.claim("worker-1", at, 60, 2)
    await database.outbox.finish(first, at)
    await database.outbox.set_aside(second, "pending", at)
    assert [await database.outbox.hasten(id, at) for id in ("job-a", "job-b", "job-c")] == [False] * 3


async def hashed(database):
    query = select(jobs.c.id, jobs.c.number_hash.is_not(None)).order_by(jobs.c.id)
    return dict(tuple(row) for row in await database._store.read(lambda connection: connection.execute(query).all()))


async def test_a_job_knows_whose_it_is_until_it_is_done(database, job, at):
    texts = [job("a", to="+26658123456"), job("b", sender="+26658123456"), job("c", request="r1")]
    await database.outbox.add(texts)
    assert await hashed(database) == {"job-a": True, "job-b": True, "job-c": False}
    first, second, _ = await database.outbox.claim("worker-1", at, 60, 10)
    await database.outbox.finish(first, at)
    await database.outbox.set_aside(second, "no_route", at)
    assert await hashed(database) == {"job-a": False, "job-b": True, "job-c": False}
    entry = AuditEntry(at, "operator:palesa", "give-up-job", "job-b", "x")
    assert await database.shelf.give_up("job-b", at, entry, None)
    assert not any((await hashed(database)).values())


async def test_leases_that_run_out_are_counted_until_an_attempt_comes_to_an_end(database, job, at):
    await database.outbox.add([job("a")])
    (first,) = await database.outbox.claim("worker-1", at, 60, 1)
    (second,) = await database.outbox.claim("worker-2", at + timedelta(seconds=60), 60, 1)
    (third,) = await database.outbox.claim("worker-3", at + timedelta(seconds=120), 60, 1)
    assert [claimed.lapses for claimed in (first, second, third)] == [0, 1, 2]
    later = at + timedelta(seconds=130)
    await database.outbox.postpone(third, later, "crowded", counted=False, begun=False)
    (fourth,) = await database.outbox.claim("worker-3", later, 60, 1)
    assert fourth.lapses == 2, "it was not begun, so it is no better than it was"
    await database.outbox.postpone(fourth, later, "status_503")
    (fifth,) = await database.outbox.claim("worker-3", later, 60, 1)
    assert fifth.lapses == 0


async def test_a_job_that_a_person_wants_tried_again_is_not_blamed_for_what_was(database, job, at):
    await database.outbox.add([job("a")])
    for seconds in range(0, 300, 60):
        (claimed,) = await database.outbox.claim("worker", at + timedelta(seconds=seconds), 60, 1)
    await database.outbox.set_aside(claimed, "no attempt came to an end", at)
    entry = AuditEntry(at, "operator:palesa", "retry-job", claimed.job.id, "x")
    assert await database.shelf.retry(claimed.job.id, at + timedelta(seconds=300), entry)
    (again,) = await database.outbox.claim("worker", at + timedelta(seconds=300), 60, 1)
    assert again.lapses == 0 and again.is_retried


async def test_operators_who_retry_and_give_up_while_workers_look_leave_each_job_with_one_of_them(database, job, at):
    """Whoever was told yes is the only one, and the audit log names nobody else."""
    await database.outbox.add([job(str(number)) for number in range(20)])
    while claims := await database.outbox.claim("worker-0", at, 60, 20):
        for claimed in claims:
            await database.outbox.set_aside(claimed, "status_401", at)
    ids, done = [f"job-{number}" for number in range(20)], []
    ended, tried = set(), set()

    async def gives_up(id):
        if await database.shelf.give_up(id, at, AuditEntry(at, "operator:palesa", "give-up-job", id, "x"), None):
            ended.add(id)

    async def retries(id):
        if await database.shelf.retry(id, at, AuditEntry(at, "operator:lineo", "retry-job", id, "x")):
            tried.add(id)

    async def works(worker):
        for _ in range(40):
            for claimed in await database.outbox.claim(worker, at, 60, 1):
                assert await database.outbox.finish(claimed, at)
                done.append(claimed.job.id)

    turns = [(gives_up, retries, gives_up, retries), (retries, gives_up, retries, gives_up)]
    operators = [act(id) for place, id in enumerate(ids) for act in turns[place % 2]]
    await asyncio.gather(*operators, works("worker-1"), works("worker-2"))
    await works("worker-1")
    assert ended | tried == set(ids) and not ended & tried
    assert sorted(done) == sorted(tried), "what was given up is done by nobody, what is tried again by one"
    lines = [(line.act, line.subject) for line in await database.audit.page(0)]
    assert sorted(lines) == sorted([("give-up-job", id) for id in ended] + [("retry-job", id) for id in tried])
    assert await database.outbox.counts() == {"waiting": 0, "set_aside": 0}
