"""Requests that wait, on a real ledger: offices are asked, citizens reminded, people called, each of it once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import limits
from app.audit import AuditEntry
from app.errors import ServiceFailed
from app.messages import Answered, Change, Pending, Refused, Request, Status
from app.vigil import Vigil
from integrations.database.tables import requests
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
DAY = 86_400
HOUR = 3_600


@dataclass
class Night:
    """A bench whose schedules are run by hand."""

    bench: Bench
    vigil: Vigil
    id: str = ""

    async def file(self, language: str = "") -> None:
        """Mpho registers a birth, and the registry takes it."""
        before = len(self.bench.desk.asked)
        if language:
            await self.bench.database.ledger.remember_language("+26650123456", language, self.bench.time())
        await self.bench.dial(*APPLY, session=f"s{before}")
        await self.bench.work()
        self.id = next(key for operation, _, key in self.bench.desk.asked if operation == "register-birth")
        self.id = self.id.rpartition(":")[0]
        self.bench.mast.sent.clear()
        await self.look()

    async def look(self) -> None:
        while await self.vigil.look(self.bench.time()):
            pass
        await self.bench.work(2)

    async def pass_(self, seconds: float, step: float = HOUR) -> None:
        """Time passes, and the vigil looks again and again."""
        end = self.bench.time() + timedelta(seconds=seconds)
        while self.bench.time() < end:
            self.bench.time.pass_(min(step, (end - self.bench.time()).total_seconds()))
            await self.look()

    async def request(self) -> Request:
        request = await self.bench.database.ledger.request(self.id)
        assert request is not None
        return request

    def office_says(self, status: str, **more: str) -> None:
        self.bench.desk.answers["application"] = Answered({"status": status, "where": "", "note": "", **more})

    def told(self) -> list[str]:
        """The texts that went out since this was asked last."""
        sent, self.bench.mast.sent[:] = [sms.text for sms in self.bench.mast.sent], []
        return sent

    def asked(self) -> int:
        return len([operation for operation, _, _ in self.bench.desk.asked if operation == "application"])

    async def left(self) -> list[str]:
        return [job.reason for job in await self.bench.database.shelf.page()]


@pytest.fixture
async def night(bench: Bench) -> Night:
    night = Night(bench, Vigil(bench.worker._requests, bench.database.waiting))
    night.office_says("in_progress")
    return night


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        ({"status": "query", "note": "tlisa ID"}, Status.QUERY, "e hloka ho hong: tlisa ID"),
        ({"status": "ready", "where": "Leribe"}, Status.READY, "le loketse ho nkuoa: Leribe"),
        ({"status": "done", "note": "e nkiloe"}, Status.DONE, "e phethiloe. e nkiloe"),
        ({"status": "rejected", "note": "ha e oa hao"}, Status.REJECTED, "e hanetsoe: ha e oa hao. Letsetsa"),
    ],
)
async def test_what_the_office_decides_is_told_though_nobody_asked(
    night: Night, said: dict[str, str], status: Status, text: str
) -> None:
    await night.file()
    night.office_says(**said)
    await night.pass_(5 * HOUR)
    assert (night.asked(), night.told()) == (0, []), "it is asked every six hours"
    await night.pass_(2 * HOUR)
    (told,) = night.told()
    assert text in told
    assert (await night.request()).status is status
    await night.pass_(3 * DAY, step=6 * HOUR)
    assert night.told() == []


async def test_what_the_office_only_took_is_not_told_as_done(night: Night) -> None:
    await night.bench.dial(*APPLY)
    await night.bench.work()
    assert len(night.told()) == 1, "the receipt"


async def test_it_is_told_in_the_language_of_the_filing(night: Night) -> None:
    await night.file("en")
    night.office_says("ready", where="Leribe")
    await night.pass_(7 * HOUR)
    (told,) = night.told()
    assert told.endswith("is ready: Leribe")


async def test_an_office_is_asked_at_its_hours_and_not_for_what_was_missed(night: Night) -> None:
    await night.file()
    await night.pass_(24 * HOUR + 60)
    assert night.asked() == 4
    night.bench.time.pass_(5 * DAY)
    await night.look()
    assert night.asked() == 5, "a stand-still is not made up for"


async def test_a_dead_office_is_not_asked_without_end(night: Night) -> None:
    await night.file()
    night.bench.desk.answers["application"] = ServiceFailed("connect", retryable=True)
    night.bench.time.pass_(6 * HOUR)
    await night.pass_(900, step=30)
    assert night.asked() == limits.follow_attempts_max
    assert await night.left() == []


async def test_an_office_that_was_closed_for_days_is_asked_once_when_it_opens(night: Night) -> None:
    await night.file()
    night.bench.desk.answers["application"] = ServiceFailed("closed", retryable=True, closed_seconds=30.0)
    await night.pass_(5 * DAY, step=HOUR)
    waiting = (await night.bench.database.outbox.counts())["waiting"]
    night.office_says("in_progress")
    asked = night.asked()
    await night.pass_(HOUR, step=60)
    assert waiting <= 2 and night.asked() - asked <= 2


async def test_an_office_that_was_faster_than_its_stage_is_believed(night: Night) -> None:
    """Its answer to another question said `ready`; the end of the stage says only that it began."""
    await night.file()
    case = await night.bench.worker._requests.case_of(replace(await night.request(), stage=0, status=Status.READY))
    assert case is not None and case.service.work[0].then is Status.IN_PROGRESS
    change, jobs = case.done(Answered({}), night.bench.time())
    assert (change.status, change.stage, jobs) == (Status.READY, 1, ())


async def test_a_reason_that_no_pack_knows_is_kept_out_of_history_and_log(night: Night) -> None:
    await night.file()
    night.office_says("rejected", reason="mother Palesa Mokoena")
    await night.pass_(7 * HOUR)
    request = await night.request()
    assert (request.status, request.reason) == (Status.REJECTED, "")
    assert "Palesa" not in str(await night.bench.database.audit.page(0))


async def test_what_ended_is_asked_about_no_more(night: Night) -> None:
    await night.file()
    night.office_says("done")
    await night.pass_(7 * HOUR)
    asked = night.asked()
    await night.pass_(3 * DAY, step=6 * HOUR)
    assert night.asked() == asked == 1


async def test_a_citizen_is_reminded_on_the_days_of_the_service_and_of_what_was_needed(night: Night) -> None:
    await night.file()
    night.office_says("query", note="tlisa ID")
    await night.pass_(7 * HOUR)
    (first,) = night.told()
    days = []
    for day in range(1, 40):
        await night.pass_(DAY, step=DAY / 2)
        if told := night.told():
            assert told == [first]
            days.append(day)
    assert days == [7, 21]


async def test_after_a_stand_still_only_one_reminder_comes_and_none_that_is_old(night: Night) -> None:
    await night.file()
    night.office_says("ready", where="Leribe")
    await night.pass_(7 * HOUR)
    night.told()
    night.bench.time.pass_(21 * DAY + HOUR)
    await night.look()
    assert len(night.told()) == 1
    await night.pass_(30 * DAY, step=DAY)
    assert night.told() == []


async def test_nobody_is_reminded_of_what_they_have_done_meanwhile(night: Night) -> None:
    await night.file()
    night.office_says("query", note="tlisa ID")
    await night.pass_(7 * HOUR)
    night.told()
    night.bench.time.pass_(7 * DAY)
    await night.vigil.look(night.bench.time())
    request = await night.request()
    moved = Change(Status.IN_PROGRESS, request.stage, request.results, night.bench.time())
    night.office_says("in_progress")
    assert await night.bench.database.ledger.advance(request, moved, ())
    await night.bench.work()
    assert night.told() == []


async def test_a_request_that_nobody_moves_calls_a_person_and_tells_its_citizen_once(night: Night) -> None:
    await night.file()
    await night.pass_(29 * DAY, step=DAY)
    assert (await night.left(), night.told()) == ([], [])
    await night.pass_(40 * DAY, step=DAY)
    assert await night.left() == ["nobody has moved the request for 60 days"], "and once more as long"
    (told,) = night.told()
    assert "e lieha" in told
    (task,) = await night.bench.database.shelf.page()
    assert (task.request_id, task.office, task.kind) == (night.id, "civil-registry", "look")
    assert task.since is not None


async def test_a_citizen_who_does_not_come_is_a_persons_matter_too(night: Night) -> None:
    await night.file()
    night.office_says("query", note="tlisa bukana")
    await night.pass_(DAY, step=7 * HOUR)
    await night.pass_(limits.citizens_turn_days * DAY, step=6 * DAY)
    assert await night.left() == ["its citizen has not done their part for 60 days"]


async def test_a_task_that_was_only_looked_at_comes_again(night: Night) -> None:
    await night.file()
    await night.pass_(DAY, step=DAY)  # the office's first news
    await night.pass_(30 * DAY, step=30 * DAY)
    (task,) = await night.bench.database.shelf.page()
    entry = AuditEntry(night.bench.time(), "operator:palesa", "retry-job", night.id)
    assert await night.bench.database.shelf.retry(task.id, night.bench.time(), entry)
    await night.pass_(29 * DAY, step=29 * DAY)
    assert await night.left() == []
    await night.pass_(DAY, step=DAY)
    assert await night.left() == ["nobody has moved the request for 60 days"]


async def test_a_request_whose_menus_cannot_be_used_calls_a_person_until_they_can(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.file()

    async def unusable(self: object, request: object) -> None:
        raise ServiceFailed("version_unusable", retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(type(night.bench.worker._requests), "case_of", unusable)
        await night.pass_(23 * HOUR, step=23 * HOUR)
        assert await night.left() == []
        await night.pass_(9 * DAY, step=3 * DAY)
        (reason,) = await night.left()
        assert "its version of the menus cannot be used" in reason
    await night.pass_(DAY, step=DAY)
    assert await night.left() == []


async def test_the_task_ends_by_itself_when_the_request_moves(night: Night) -> None:
    await night.file()
    await night.pass_(31 * DAY, step=DAY)
    assert len(await night.left()) == 1
    night.office_says("ready", where="Leribe")
    await night.pass_(7 * HOUR)
    assert await night.left() == []


async def test_a_request_whose_work_was_never_done_is_seen_as_well(night: Night) -> None:
    await night.bench.dial("3", "01234567897", "50", "1")
    await night.pass_(limits.promise_days * DAY + HOUR, step=DAY)
    assert len(night.told()) == 1, "it was done, so nobody is called"
    assert await night.left() == []


async def test_two_workers_that_look_at_once_do_it_once(night: Night) -> None:
    await night.file()
    night.bench.time.pass_(31 * DAY)
    other = Vigil(night.bench.worker._requests, night.bench.database.waiting)
    due = await night.bench.database.waiting.due(night.bench.time(), 9)
    assert len(due) == 1
    await night.vigil.look(night.bench.time())
    await other.look(night.bench.time())
    await night.look()
    assert len(await night.left()) == 1 and len(night.told()) == 1 and night.asked() == 1


async def test_a_move_between_look_and_deed_wins(night: Night) -> None:
    await night.file()
    night.bench.time.pass_(31 * DAY)
    request = await night.request()

    class Overtaken:
        """The ledger, when a clerk is faster than the vigil."""

        def __getattr__(self, name: str) -> object:
            return getattr(night.bench.database.waiting, name)

        async def looked(self, looks: object, now: object) -> None:
            moved = Change(Status.READY, request.stage, {**request.results, "where": "Leribe"}, night.bench.time())
            assert await night.bench.database.ledger.advance(request, moved, ())
            await night.bench.database.waiting.looked(looks, now)  # type: ignore[arg-type]

    await Vigil(night.bench.worker._requests, Overtaken()).look(night.bench.time())  # type: ignore[arg-type]
    await night.bench.work()
    assert (await night.left(), night.told(), night.asked()) == ([], [], 0)


async def test_a_service_may_want_no_reminders(lesotho_sources: dict[str, str], tmp_path: Path) -> None:
    services = lesotho_sources["services.yaml"].replace("remind_days: [7, 21]", "remind_days: []")
    async with open_bench(compiled({**lesotho_sources, "services.yaml": services}), tmp_path) as bench:
        night = Night(bench, Vigil(bench.worker._requests, bench.database.waiting))
        await night.file()
        night.office_says("ready", where="Leribe")
        await night.pass_(60 * DAY, step=DAY)
        assert len(night.told()) == 1


async def test_an_open_request_that_no_key_opens_is_a_persons_until_its_key_is_back(night: Night) -> None:
    await night.file()
    store, row = night.bench.database.outbox._store, requests.c.id == night.id

    async def put(answers: bytes) -> None:
        changed = update(requests).where(row).values(answers=answers)
        await store.write(lambda connection: connection.execute(changed))

    kept = await store.read(lambda connection: connection.execute(select(requests.c.answers).where(row)).scalar_one())
    await put(b"of no key")
    await night.pass_(9 * DAY, step=6 * HOUR)
    (reason,) = await night.left()
    assert "no key opens" in reason
    await put(kept)
    await night.pass_(2 * DAY, step=6 * HOUR)
    assert await night.left() == []


async def test_questions_without_news_are_kept_with_what_names_the_exchange(night: Night) -> None:
    await night.file()
    same = Answered({"status": "in_progress", "where": "", "note": ""}, evidence="X-Road-Id=aa")
    lost = ServiceFailed("timeout", retryable=True, late=True, evidence="X-Road-Id=bb")
    news = Answered({"status": "ready", "where": "Leribe", "note": ""}, evidence="X-Road-Id=dd")
    known = Answered({"status": "in_progress", "where": "", "note": ""}, evidence="X-Road-Id=99")
    for said in (known, same, lost, Pending("X-Road-Id=cc"), Refused("unknown", "X-Road-Id=ee"), news):
        night.bench.desk.answers["application"] = said
        night.bench.time.pass_(6 * HOUR)
        await night.look()
        if said in (lost, Pending("X-Road-Id=cc")):  # it is asked again soon, and answers
            night.bench.desk.answers["application"] = Answered({"status": "in_progress", "where": "", "note": ""})
            night.bench.time.pass_(HOUR)
            await night.look()
    told = await night.bench.database.audit.of(night.id)
    kept = [(one.details["outcome"], one.details["evidence"]) for one in told if one.act == "ask"]
    assert kept == [
        ("answered", "X-Road-Id=aa"), ("late", "X-Road-Id=bb"), ("pending", "X-Road-Id=cc"), ("refused", "X-Road-Id=ee")
    ]  # fmt: skip
    moved = [one.details["evidence"] for one in told if one.act in ("news", "move") and one.details["evidence"]]
    assert moved == ["X-Road-Id=99", "X-Road-Id=dd"]
