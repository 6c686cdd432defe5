"""Clerks at work on a real database: what they see, what they may do, and what citizens hear of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app import limits, sheet
from app.audit import Head, checked
from app.compiler.pack import examine
from app.deeds import Deed
from app.desk import Desk
from app.errors import DeskRefused, ServiceFailed
from app.jobbing import Known, give_up
from app.manual_office import ManualOffice
from app.messages import Change, Request, Status
from app.reference import show_reference
from app.settings import Settings
from app.supervising import Supervisors
from app.tasks import Clerk, Wanted
from app.vigil import Vigil
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.land import sources

pytestmark = pytest.mark.anyio
THABO, LINEO, STRANGER = Clerk("thabo", "land"), Clerk("lineo", "land"), Clerk("pitso", "police")
MPHO = "+26650123456"


@dataclass
class House:
    bench: Bench
    desk: Desk
    filed: int = 0

    async def file(self, plot: str = "1234-567") -> str:
        """A citizen's whole dialogue, and what the worker does at once; gives the reference."""
        self.filed += 1
        reply = await self.bench.dial("7", plot, "1", session=f"land{self.filed}")
        await self.bench.work()
        return reply.text.split()[-1]

    async def told(self) -> list[str]:
        """The texts that went out since this was asked last."""
        await self.bench.work()
        sent, self.bench.mast.sent[:] = [sms.text for sms in self.bench.mast.sent], []
        return sent

    async def acts(self) -> list[tuple[str, str]]:
        lines = await self.bench.database.audit.page(0)
        assert [head.number for head in checked(lines, Head())][-1] == len(lines)
        return [(line.actor, line.act) for line in lines]


def furnished(bench: Bench) -> House:
    """Where clerks of the land office work."""
    database, time, offices = bench.database, bench.time, bench.editions.current.offices
    assert isinstance(offices, dict)
    offices["land"] = ManualOffice("land", 5, database.board, time)
    return House(bench, Desk(bench.worker._requests, database.board, database.bills, database.audit, time))


def two_stages() -> dict[str, str]:
    """The pack where clerks search a plot, and search it once more."""
    first = (
        "      - {office: land, operation: search, with: {plot: plot, district: district, number: msisdn}, then: done}"
    )
    two = f"{first.replace('done', 'in_progress')}\n{first}"
    stuck = '      stuck: "Mohala: patlo {reference} e lieha."\n'
    found = sources()
    services = found["services.yaml"].replace(first, two).replace(stuck, stuck + stuck.replace("ck:", "ck_after:"))
    return {**found, "services.yaml": services}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_bench(compiled(sources()), tmp_path) as bench:
        yield furnished(bench)


async def refused(doing: object) -> str:
    with pytest.raises(DeskRefused) as told:
        await doing  # type: ignore[misc]
    return str(told.value)


def test_the_pack_has_no_complaint_but_that_it_is_not_translated() -> None:
    assert {complaint.rule for complaint in examine(sources())[1]} == {"missing-translation"}


async def test_what_a_citizen_files_is_on_the_list_once_and_the_worker_is_done_with_it(house: House) -> None:
    reference = await house.file()
    assert await house.told() == [f"Mohala: patlo {reference} e amohetsoe."]
    (entry,) = await house.desk.entries(THABO, Wanted())
    assert show_reference(entry.request.reference) == reference
    assert (entry.task.office, entry.task.operation, entry.task.assignee) == ("land", "search", "")
    assert entry.task.promised_at - entry.task.opened_at == timedelta(days=5)
    await house.bench.database.board.open(entry.task)
    assert len(await house.desk.entries(THABO, Wanted())) == 1
    assert (await house.bench.database.outbox.counts())["waiting"] == 0


async def test_a_clerk_sees_what_was_asked_and_how_to_answer_and_is_noted(house: House) -> None:
    sight = await house.desk.look(THABO, await house.file())
    assert sight.title == "Patlo ea setsha"
    assert sight.arguments == {"plot": "1234-567", "district": "Leribe", "number": MPHO}
    assert sight.form.results == {"note": 40, "where": 20} and sight.form.reasons == ("no_plot", "no_right")
    assert [status.value for status in sight.form.moves] == ["in_progress", "query", "ready", "done", "rejected"]
    assert ("clerk:thabo", "show") in await house.acts()


async def test_every_move_is_told_in_the_citizens_language_also_one_that_comes_again(house: House) -> None:
    reference = await house.file()
    await house.told()
    for note in ("tlisa ID", "tlisa lengolo"):
        await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": note}))
        assert await house.told() == [f"Mohala: patlo {reference}: {note}"]
        house.bench.time.pass_(60)
    await house.desk.do(THABO, reference, Deed(Status.READY, {"where": "Hlotse"}))
    assert await house.told() == [f"Mohala: patlo {reference} e loketse ho nkuoa: Hlotse"]
    await house.desk.do(THABO, reference, Deed(Status.DONE, {"note": "e nkiloe"}))
    assert await house.told() == [f"Mohala: patlo {reference} e phethiloe. e nkiloe"]
    assert await house.desk.entries(THABO, Wanted()) == []
    (ended,) = await house.desk.entries(THABO, Wanted(closed=True))
    assert (ended.request.status, ended.request.stage) == (Status.DONE, 1)
    moves = [act for act in await house.acts() if act[0] == "clerk:thabo"]
    assert moves == [("clerk:thabo", "move"), ("clerk:thabo", "news"), *[("clerk:thabo", "move")] * 2]


async def test_where_another_stage_follows_nothing_is_ready_and_none_is_refused_behind_it(tmp_path: Path) -> None:
    async with open_bench(compiled(two_stages()), tmp_path) as bench:
        house = furnished(bench)
        reference = await house.file()
        for status in (Status.QUERY, Status.IN_PROGRESS, Status.DONE):
            sight = await house.desk.look(THABO, reference)
            assert Status.READY not in sight.form.moves and Status.DONE in sight.form.moves
            await house.desk.do(THABO, reference, Deed(status, {"note": "tlisa ID"}))
        await house.told()
        second = await house.desk.look(THABO, reference)
        assert "was changed meanwhile" in await refused(house.desk.do(THABO, reference, Deed(Status.DONE, mark="0.0")))
        assert (second.entry.task.stage, second.entry.task.assignee) == (1, "")
        assert second.form.reasons == () and Status.REJECTED not in second.form.moves
        await house.desk.do(THABO, reference, Deed(Status.READY))
        await house.desk.do(THABO, reference, Deed(Status.DONE))
        assert (await house.desk.find(THABO, reference)).request.status is Status.DONE


async def test_what_no_clerk_can_say_no_to_is_given_up_when_it_is_long_past_its_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    async with open_bench(compiled(two_stages()), tmp_path) as bench:
        house, vigil = furnished(bench), Vigil(bench.worker._requests, bench.database.waiting)
        reference = await house.file()
        await house.desk.do(THABO, reference, Deed(Status.DONE))
        await house.told()
        await vigil.look(bench.time())
        await house.desk.do(THABO, reference, Deed(promised=date(2026, 12, 31)))
        bench.time.now = datetime(2027, 1, 29, 12, tzinfo=UTC)
        await vigil.look(bench.time())
        assert await bench.database.shelf.page() == [], "thirty days after the day promised last"
        for _ in range(2):
            bench.time.pass_(2 * 86_400)
            await vigil.look(bench.time())
        (job,) = await bench.database.shelf.page()
        assert (job.office, job.stage, job.reason) == (
            "land",
            1,
            "no clerk has ended it 30 days after the day promised",
        )
        bench.time.pass_(30 * 86_400)
        await vigil.look(bench.time())
        (job,) = await bench.database.shelf.page()
        assert job.reason == "no clerk has ended it 60 days after the day promised"
        with pytest.raises(DeskRefused, match="An earlier stage of this request was done"):
            await asyncio.to_thread(give_up, Settings.load(), job.id, "palesa", "no such plot", Known.NOT_DONE)
        await asyncio.to_thread(give_up, Settings.load(), job.id, "palesa", "she was told", Known.SETTLED)
        ended = await house.desk.find(THABO, reference)
        assert ended.request.status is Status.REJECTED and ended.task.closed_at is not None


async def test_nobody_is_called_to_a_request_that_waits_for_its_clerks(house: House) -> None:
    vigil = Vigil(house.bench.worker._requests, house.bench.database.waiting)
    await house.file()
    for _ in range(34):
        await vigil.look(house.bench.time())
        house.bench.time.pass_(86_400)
    assert await house.bench.database.shelf.page() == []
    house.bench.time.pass_(86_400)
    await vigil.look(house.bench.time())
    assert len(await house.bench.database.shelf.page()) == 1


async def test_a_text_says_what_was_said_when_it_was_due(house: House) -> None:
    reference = await house.file()
    await house.told()
    await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": "tlisa ID"}))
    house.bench.time.pass_(30)
    await house.desk.do(THABO, reference, Deed(Status.READY, {"note": "ha ho hlokahale", "where": "Hlotse"}))
    assert sorted(await house.told()) == [
        f"Mohala: patlo {reference} e loketse ho nkuoa: Hlotse",
        f"Mohala: patlo {reference}: tlisa ID",
    ]


async def test_what_a_citizen_is_told_of_one_request_comes_in_order(house: House) -> None:
    reference = await house.file()
    await house.told()
    house.bench.mast.fails = ServiceFailed("status_503", retryable=True)
    await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": "tlisa ID"}))
    await house.told()
    house.bench.time.pass_(0.1)  # before the first text is due again
    house.bench.mast.fails = None
    await house.desk.do(THABO, reference, Deed(Status.REJECTED, reason="no_plot"))
    assert await house.told() == [], "the no waits for the question"
    for _ in range(5):
        house.bench.time.pass_(1)
        await house.bench.work()
    texts = [sms.text for sms in house.bench.mast.sent]
    assert texts == [
        f"Mohala: patlo {reference}: tlisa ID",
        f"Mohala: patlo {reference} e hanetsoe: setsha ha se eo",
    ]


async def test_what_was_done_can_still_be_looked_at_and_its_sheet_comes_back(house: House) -> None:
    reference = await house.file()
    text = (await exported(house)).replace("received", "done")
    assert await sheet.fill_in(house.desk, THABO, text) == (1, [])
    sight = await house.desk.look(THABO, reference)
    assert sight.form.moves == () and sight.entry.request.status is Status.DONE
    assert await sheet.fill_in(house.desk, THABO, text) == (0, [])


async def test_a_no_has_a_reason_and_ends_the_request(house: House) -> None:
    reference = await house.file()
    await house.told()
    assert "gives a reason" in await refused(house.desk.do(THABO, reference, Deed(Status.REJECTED)))
    assert "gives a reason" in await refused(house.desk.do(THABO, reference, Deed(Status.QUERY, reason="no_plot")))
    assert "no reason; there are: no_plot" in await refused(
        house.desk.do(THABO, reference, Deed(Status.REJECTED, reason="mood"))
    )
    await house.desk.do(THABO, reference, Deed(Status.REJECTED, reason="no_plot"))
    assert await house.told() == [f"Mohala: patlo {reference} e hanetsoe: setsha ha se eo"]
    assert "ended before; it stands as rejected" in await refused(house.desk.do(THABO, reference, Deed(Status.DONE)))


async def test_nobody_is_asked_for_something_without_hearing_what(house: House) -> None:
    reference = await house.file()
    await house.told()
    for results in ({}, {"note": ""}, {"where": "Hlotse"}):
        told = await refused(house.desk.do(THABO, reference, Deed(Status.QUERY, results)))
        assert told == "Whoever asks a citizen for something says what: fill in note."
    assert await house.told() == []
    await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": "tlisa ID"}))
    await house.desk.do(THABO, reference, Deed(Status.IN_PROGRESS))
    await house.told()
    house.bench.time.pass_(60)
    await house.desk.do(THABO, reference, Deed(Status.QUERY))  # what is needed stands there already, and is said again
    assert await house.told() == [f"Mohala: patlo {reference}: tlisa ID"]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (Deed(Status.RECEIVED), "cannot become received"),
        (Deed(results={"colour": "red"}), "colour is nothing that is filled in here; there are: note, where."),
        (Deed(results={"note": "x" * 41}), "note is one line of at most 40 letters."),
        (Deed(results={"note": "a\nb"}), "note is one line"),
        (Deed(promised=date(2026, 11, 22)), "The promised day is past"),
        (Deed(Status.DONE, mark="0.7"), "was changed meanwhile; look at it again."),
        (Deed(Status.DONE, mark="1.0"), "was changed meanwhile; look at it again."),
        (Deed(promised=date(9999, 12, 31)), "too far; name one within 366 days."),
    ],
)
async def test_what_a_clerk_may_not_do_is_one_sentence_and_changes_nothing(house: House, deed: Deed, told: str) -> None:
    reference = await house.file()
    await house.told()
    before = await house.desk.find(THABO, reference)
    assert told in await refused(house.desk.do(THABO, reference, deed))
    assert await house.desk.find(THABO, reference) == before
    assert await house.told() == []


async def test_what_one_has_taken_another_may_not_touch_until_it_is_released(house: House) -> None:
    reference = await house.file()
    await house.desk.take(THABO, reference)
    assert [entry.task.assignee for entry in await house.desk.entries(LINEO, Wanted(assignee="thabo"))] == ["thabo"]
    assert await house.desk.entries(LINEO, Wanted(assignee="")) == []
    for doing in (house.desk.take, house.desk.release):
        assert await refused(doing(LINEO, reference)) == "thabo works on it; they can release it."
    assert "thabo works on it" in await refused(house.desk.do(LINEO, reference, Deed(Status.READY)))
    await house.desk.release(LINEO, reference, of_another=True)
    await house.desk.do(LINEO, reference, Deed(Status.IN_PROGRESS))
    assert (await house.desk.find(LINEO, reference)).task.assignee == "lineo"


async def test_an_office_sees_nothing_of_anothers(house: House) -> None:
    reference = await house.file()
    assert await house.desk.entries(STRANGER, Wanted(office="land")) == []
    assert await refused(house.desk.look(STRANGER, reference)) == f"{reference} is not on this list."
    for odd in ("", "7K4M-2PXQ9", "'; DROP TABLE tasks", "\0"):
        assert "is not on this list" in await refused(house.desk.look(THABO, odd))


async def test_of_two_clerks_at_once_one_moves_it_and_the_citizen_hears_one(house: House) -> None:
    reference = await house.file()
    await house.told()
    deeds = (Deed(Status.READY, {"where": "A"}), Deed(Status.QUERY, {"note": "B"}))
    both = (house.desk.do(clerk, reference, deed) for clerk, deed in zip((THABO, LINEO), deeds, strict=True))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(one, DeskRefused) for one in outcomes].count(True) == 1
    assert len(await house.told()) == 1


async def test_what_was_promised_and_is_past_is_marked_and_told_once(house: House) -> None:
    reference = await house.file()
    await house.told()
    await house.desk.escalate(house.bench.time())
    assert ("house", "escalate") not in await house.acts()
    house.bench.time.pass_(5 * 86_400 + 1)
    for _ in range(2):
        assert await house.desk.escalate(house.bench.time()) is False, "nothing is left to be looked at"
    assert await house.told() == [f"Mohala: patlo {reference} e lieha. Re kopa ts'oarelo."]
    (late,) = await house.desk.entries(THABO, Wanted(overdue_at=house.bench.time.now))
    assert late.task.escalated_at == house.bench.time.now
    assert (await house.acts()).count(("house", "escalate")) == 1
    await house.desk.do(THABO, reference, Deed(promised=date(2026, 12, 24)))
    again = await house.desk.find(THABO, reference)
    assert (again.task.promised_at.isoformat(), again.task.escalated_at) == ("2026-12-24T22:00:00+00:00", None)
    assert await house.told() == [f"Mohala: patlo {reference}: letsatsi le lecha ke 24/12/2026."]


@pytest.mark.parametrize("status", [Status.QUERY, Status.READY])
async def test_no_office_is_late_while_it_is_the_citizens_turn(house: House, status: Status) -> None:
    bench = house.bench
    supervisors = Supervisors({"land": "+26658000099"}, bench.database.board, bench.database.outbox, bench.editions)
    reference = await house.file()
    await house.desk.do(THABO, reference, Deed(status, {"note": "tlisa ID"}))
    await house.told()
    bench.time.pass_(6 * 86_400)
    await house.desk.escalate(bench.time())
    await supervisors.tell(bench.time())
    assert await house.told() == [] and ("house", "escalate") not in await house.acts()
    assert list(await house.desk.entries(THABO, Wanted(overdue_at=bench.time()))) == []
    assert len(await house.desk.entries(THABO, Wanted())) == 1, "it is on the list all the same"


async def test_what_cannot_be_told_now_is_told_later_and_holds_up_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = [await house.file(plot) for plot in ("1111-1", "1111-2")]
    house.bench.time.pass_(1)
    well = await house.file("2222-1")
    await house.told()
    house.bench.time.pass_(6 * 86_400)
    requests = house.bench.worker._requests
    case_of = requests.case_of

    async def unusable(request: Request) -> object:
        if show_reference(request.reference) in stuck:
            raise ServiceFailed("version_unusable", retryable=True)
        return await case_of(request)

    with monkeypatch.context() as patched:
        patched.setattr(requests, "case_of", unusable)
        patched.setattr(limits, "desk_page_max", 1)
        assert await house.desk.escalate(house.bench.time()) is True
        assert await house.desk.escalate(house.bench.time()) is False
    assert await house.told() == [f"Mohala: patlo {well} e lieha. Re kopa ts'oarelo."]
    await house.desk.escalate(house.bench.time())
    assert sorted(await house.told()) == sorted(f"Mohala: patlo {one} e lieha. Re kopa ts'oarelo." for one in stuck)


async def test_a_supervisor_is_texted_once_a_day_what_is_past_its_promise_and_by_day(house: House) -> None:
    bench, chief = house.bench, "+26658000099"
    supervisors = Supervisors(
        {"land": chief, "police": MPHO}, bench.database.board, bench.database.outbox, bench.editions
    )
    oldest = await house.file("1234-1")
    bench.time.pass_(1)
    taken = await house.file("1234-2")
    await house.desk.take(THABO, taken)
    await house.told()
    await supervisors.tell(bench.time())
    assert await house.told() == [], "nothing is late"
    bench.time.now = (bench.time.now + timedelta(days=6)).replace(hour=16, minute=0)
    await supervisors.tell(bench.time())
    assert await house.told() == [], "six in the evening"
    bench.time.now += timedelta(hours=15)
    for _ in range(3):
        await supervisors.tell(bench.time())
        bench.time.pass_(900)
    assert await house.told() == [
        f"land: 2 past the day promised, 1 with nobody. Oldest: {oldest}. See the desk, --overdue."
    ]
    assert bench.mast.sent == [] and chief not in repr(await house.acts())
    bench.time.now += timedelta(days=1)
    await supervisors.tell(bench.time())
    assert len(await house.told()) == 1


async def test_a_request_that_ends_elsewhere_is_on_no_list_any_more(house: House) -> None:
    bench, supervisors = house.bench, Supervisors({"land": "+26658000099"}, house.bench.database.board,
                                                  house.bench.database.outbox, house.bench.editions)  # fmt: skip
    reference = await house.file()
    await house.desk.take(THABO, reference)
    await house.told()
    bench.time.pass_(6 * 86_400)
    (seen,) = await bench.database.board.overdue(bench.time(), 9)
    given_up = Change(Status.REJECTED, 0, {}, bench.time(), "given_up", by="operator:palesa")
    assert await bench.database.ledger.advance(seen.request, given_up, ())
    ended = await house.desk.find(THABO, reference)
    assert (ended.task.closed_at, ended.task.assignee) == (bench.time(), "thabo")
    assert "was ended before; it stands as rejected" in await refused(
        house.desk.do(THABO, reference, Deed(Status.DONE))
    )
    assert [list(await house.desk.entries(THABO, Wanted(closed=closed))) for closed in (False, True)] == [[], [ended]]
    late = seen.task  # by a worker that had looked at it before
    assert not await bench.database.board.change(seen, replace(late, escalated_at=bench.time()), None, ())
    await house.desk.escalate(bench.time())
    await supervisors.tell(bench.time())
    assert await house.told() == []


async def test_a_move_and_another_day_are_both_told(house: House) -> None:
    reference = await house.file()
    await house.told()
    await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": "tlisa ID"}, promised=date(2026, 12, 24)))
    assert sorted(await house.told()) == [
        f"Mohala: patlo {reference}: letsatsi le lecha ke 24/12/2026.",
        f"Mohala: patlo {reference}: tlisa ID",
    ]


async def test_a_long_list_comes_page_by_page_each_line_once(house: House) -> None:
    references = [await house.file(f"1234-{number}") for number in range(7)]
    seen, after = [], None
    while page := await house.desk.entries(THABO, Wanted(after=after, limit=3)):
        seen += [show_reference(entry.request.reference) for entry in page]
        after = page[-1].task
    assert sorted(seen) == sorted(references)


async def test_a_line_that_no_key_opens_hides_no_page_behind_it(house: House) -> None:
    broken = await house.file("1111")
    house.bench.time.pass_(60)  # it was promised sooner, so it comes first
    sound = [await house.file(plot) for plot in ("2222", "3333")]
    id = (await house.desk.find(THABO, broken)).request.id
    spoil = text("UPDATE requests SET answers = :answers WHERE id = :id")
    store = house.bench.database.outbox._store
    await store.write(lambda connection: connection.execute(spoil, {"answers": b"of no key", "id": id}))
    page = await house.desk.entries(THABO, Wanted(limit=2))
    assert {show_reference(entry.request.reference) for entry in page} == set(sound)


# --- sheets -----------------------------------------------------------------------------------------------------


async def exported(house: House) -> str:
    entries = await sheet.all_entries(house.desk, THABO, Wanted(), 100)
    return sheet.written(await house.desk.sights(THABO, entries))


async def test_a_sheet_goes_out_is_filled_in_and_comes_back_once(house: House) -> None:
    ready, untouched, no = [await house.file(plot) for plot in ("1111", "2222", "=2+5+cmd|' /C calc'!A0"[:20])]
    await house.told()
    text = await exported(house)
    assert text.startswith('\ufeff"reference","revision","service","filed","promised","assignee","asked: district",')
    assert "\"'=2+5+cmd" in text and '"=2' not in text, "no cell is a formula"
    lines = text.splitlines()
    lines = [line.replace('"received","","",""', "ready,,,Hlotse") if ready in line else line for line in lines]
    lines = [line.replace('"received","","",""', "rejected,no_right,,") if no in line else line for line in lines]
    filled = "\r\n".join(lines)
    assert await sheet.fill_in(house.desk, THABO, filled) == (2, [])
    assert len(await house.told()) == 2
    assert (await house.desk.find(THABO, untouched)).task.revision == 0
    count, told = await sheet.fill_in(house.desk, THABO, filled)
    assert (count, told) == (0, []), "the same sheet again changes nothing"
    assert await house.told() == []


async def test_a_line_that_cannot_be_done_is_named_and_the_others_are_done(house: House) -> None:
    stale, wrong, well = [await house.file(plot) for plot in ("1111", "2222", "3333")]
    text = (await exported(house)).replace("received", "ready")
    await house.desk.do(THABO, stale, Deed(Status.IN_PROGRESS))
    lines = [line.replace("ready", "redy") if wrong in line else line for line in text.splitlines()]
    count, told = await sheet.fill_in(house.desk, THABO, "\n".join([*lines, "7K4M-2PXQ9,0.0,,,,,,,,ready,,,"]))
    assert count == 1 and (await house.desk.find(THABO, well)).request.status is Status.READY
    for refusal in ("redy is no status", f"{stale} was changed meanwhile", "7K4M-2PXQ9 is not on this list"):
        assert sum(refusal in line for line in told) == 1
    assert len(told) == 3


async def test_of_a_sheet_with_an_open_quote_nothing_is_done(house: House) -> None:
    first, _ = [await house.file(plot) for plot in ("1111", "2222")]
    head, *lines = (await exported(house)).replace("received", "ready").splitlines()
    lines.sort(key=lambda line: first not in line)
    lines[1] = lines[1].replace('"', "", 1).replace('"ready"', '"ready')
    assert await refused(sheet.fill_in(house.desk, THABO, "\n".join([head, *lines])))
    assert (await house.desk.find(THABO, first)).request.status is Status.RECEIVED


async def test_of_a_sheet_with_too_many_lines_nothing_is_done(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    references = [await house.file(plot) for plot in ("1111", "2222")]
    monkeypatch.setattr(limits, "desk_sheet_rows_max", 1)
    assert "split it" in await refused(
        sheet.fill_in(house.desk, THABO, (await exported(house)).replace("received", "ready"))
    )
    for reference in references:
        assert (await house.desk.find(THABO, reference)).request.status is Status.RECEIVED


async def test_a_note_whose_comma_makes_it_two_cells_is_not_told_in_part(house: House) -> None:
    reference = await house.file()
    text = (await exported(house)).replace('"received","","",""', "ready,,Bring your ID, and a photo,Hlotse")
    count, told = await sheet.fill_in(house.desk, THABO, text)
    assert count == 0 and reference in told[0] and "more cells" in told[0]
    assert (await house.desk.find(THABO, reference)).request.results == {}


async def test_an_answer_for_which_a_line_has_no_cell_stays(house: House) -> None:
    reference = await house.file()
    await house.desk.do(THABO, reference, Deed(Status.QUERY, {"note": "Bring your ID"}))
    text = (await exported(house)).replace('"query","","Bring your ID",""', "ready")
    assert await sheet.fill_in(house.desk, THABO, text) == (1, [])
    request = (await house.desk.find(THABO, reference)).request
    assert (request.status, request.results["note"]) == (Status.READY, "Bring your ID")


@pytest.mark.parametrize("delimiter", [";", "\t"])
async def test_a_sheet_of_another_decimal_sign_is_read(house: House, delimiter: str) -> None:
    reference = await house.file()
    text = (await exported(house)).replace("received", "in_progress").replace(",", delimiter)
    assert await sheet.fill_in(house.desk, THABO, text) == (1, [])
    assert (await house.desk.find(THABO, reference)).request.status is Status.IN_PROGRESS


HEAD = "reference,revision,status,reason"


@pytest.mark.parametrize("text", ["", "\ufeff", "a,b\n1,2\n", f"{HEAD},reason\n", f"{HEAD}\n" + '"' + "x" * 140_000])
async def test_what_is_no_sheet_changes_nothing(house: House, text: str) -> None:
    await house.file()
    assert await refused(sheet.fill_in(house.desk, THABO, text))
