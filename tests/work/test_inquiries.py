"""Whoever is looked up in a dialogue leaves a line in the audit log: who asked what and why, and nobody's name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app import limits
from app.audit import AuditEntry, AuditLine
from app.auditing import verify
from app.errors import ServiceFailed, StoreUnavailable
from app.inquiries import Inquiries
from app.messages import Answered, Pending, Refused, SmsEvent
from tests.made_once import compiled
from tests.towns import with_towns
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
MPHO, MOTHER, METER = "+26650123456", "012345678901", "01234567897"
BIRTH = ("1", "2", "5/3/2026", "1", MOTHER)
INFORMANT = "U mang ho ngoana?"
FOUND = Answered({"name": "Lineo Mokoena"}, evidence="X-Road-Id=0f1e")


def inquiries(bench: Bench) -> Inquiries:
    found: Inquiries = bench.hearing._dialogues._services._inquiries  # type: ignore[attr-defined]
    return found


async def lines(bench: Bench) -> list[AuditLine]:
    return [line for line in await bench.database.audit.page(0) if line.act == "ask"]


class Shut:
    """A log that does not take lines until it is opened; `hangs` says nothing at all until then."""

    def __init__(self, bench: Bench, *, hangs: bool = False) -> None:
        self.opened = asyncio.Event()
        self.tried = 0
        self._real = bench.database.audit
        self._hangs = hangs
        inquiries(bench)._audit = self

    async def append(self, *entries: AuditEntry) -> None:
        self.tried += 1
        if self._hangs:
            await self.opened.wait()
        elif not self.opened.is_set():
            raise StoreUnavailable("away")
        await self._real.append(*entries)


async def test_a_person_who_was_looked_up_leaves_a_line_that_names_nobody(bench: Bench) -> None:
    bench.desk.answers["person"] = FOUND
    await bench.dial(*BIRTH)
    (line,) = await lines(bench)
    assert (line.actor, line.purpose) == ("citizen", "person")
    purpose = bench.pack.catalogue.purposes[bench.pack.catalogue.services["person"].purpose]
    assert line.details == {
        "channel": "ussd",
        "office": bench.pack.catalogue.services["person"].ask.office,  # type: ignore[union-attr]
        "operation": "person",
        "purpose": f"{purpose.name}@{purpose.version}",
        "menus": bench.pack.program.version,
        "outcome": "answered",
        "reason": "",
        "evidence": "X-Road-Id=0f1e",
    }
    for personal in (MPHO, MPHO[1:], MOTHER, "Lineo"):
        assert personal not in str(line)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (Refused("unknown", "X-Road-Id=1"), ("refused", "unknown", "X-Road-Id=1")),
        (ServiceFailed("timeout", retryable=True, late=True, evidence="X-Road-Id=2"), ("late", "", "X-Road-Id=2")),
        (ServiceFailed("answer_malformed", retryable=False, evidence="X-Road-Id=3"), ("failed", "", "X-Road-Id=3")),
        (ServiceFailed("connect", retryable=True), ("down", "", "")),
        (Pending("X-Road-Id=4"), ("pending", "", "X-Road-Id=4")),
    ],
)
async def test_a_question_leaves_its_line_whatever_came_of_it(
    bench: Bench, says: Refused | ServiceFailed | Pending, told: tuple[str, ...]
) -> None:
    bench.desk.answers["person"] = says
    await bench.dial(*BIRTH)
    (line,) = await lines(bench)
    assert (line.details["outcome"], line.details["reason"], line.details["evidence"]) == told


@pytest.mark.parametrize(
    "says",
    [
        ServiceFailed("closed", retryable=True, closed_seconds=5.0),
        ServiceFailed("argument_unfit", retryable=False),
    ],
)
async def test_whoever_was_not_asked_about_leaves_none(bench: Bench, says: ServiceFailed) -> None:
    bench.desk.answers["person"] = says
    await bench.dial(*BIRTH)
    assert await lines(bench) == []


async def test_a_question_about_nobody_leaves_none(lesotho_sources: Mapping[str, str], tmp_path: Path) -> None:
    async with open_bench(compiled(with_towns(lesotho_sources)), tmp_path) as bench:
        bench.desk.answers["towns"] = Answered({"points": "[]"})
        await bench.dial("4")
        assert [asked[0] for asked in bench.desk.asked] == ["towns"]
        assert await lines(bench) == []


async def test_a_text_leaves_a_line_of_its_channel(bench: Bench) -> None:
    bench.desk.answers["person"] = FOUND
    await bench.dial(*BIRTH)
    caller_channels = {line.details["channel"] for line in await lines(bench)}
    assert caller_channels == {"ussd"}
    await bench.texts.take_in(SmsEvent("africastalking", "m1", MPHO, "26600", "BOEMO 7K4M2PXQ9"))
    await bench.work()
    assert len(await lines(bench)) == 1, "the status of a request is the house's own to tell"


async def test_a_page_comes_and_its_line_is_in_the_log_at_once_and_written_when_the_database_is_back(
    bench: Bench,
) -> None:
    shut = Shut(bench)
    bench.desk.answers["person"] = FOUND
    with capture_logs() as logs:
        page = await bench.dial(*BIRTH)
    assert page.text.startswith(INFORMANT), "no question is refused"
    (told,) = [entry for entry in logs if entry["event"] == "audit_line_waits"]
    assert told["evidence"] == "X-Road-Id=0f1e" and told["service"] == "person"
    assert MOTHER not in str(told) and MPHO not in str(told)
    assert await lines(bench) == []
    shut.opened.set()
    await inquiries(bench).write()
    (line,) = await lines(bench)
    assert line.details["evidence"] == "X-Road-Id=0f1e" and line.subject == told["subject"]


async def test_nobody_waits_for_a_database_that_says_nothing_longer_than_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "audit_wait_seconds", 0.02)
    shut = Shut(bench, hangs=True)
    bench.desk.answers["person"] = FOUND
    for number in ("+26658000001", "+26658000002", "+26658000003"):
        assert (await bench.dial(*BIRTH, session=number, msisdn=number)).text.startswith(INFORMANT)
    assert shut.tried == 1, "one transaction is out at a time"
    monkeypatch.setattr(limits, "audit_wait_seconds", 3_600.0)
    page = await bench.dial(*BIRTH, session="d", msisdn="+26658000004")
    assert page.text.startswith(INFORMANT), "it is away, and nobody waits for it"
    shut.opened.set()
    await inquiries(bench).write()
    assert len(await lines(bench)) == 4
    await bench.dial(*BIRTH, session="e", msisdn="+26658000005")
    assert len(await lines(bench)) == 5, "it is back, and the line is there before the page"


async def test_many_who_ask_at_once_are_written_in_few_transactions(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "audit_wait_seconds", 3_600.0)
    shut = Shut(bench)
    shut.opened.set()
    bench.desk.answers["person"] = FOUND
    await asyncio.gather(*(bench.dial(*BIRTH, session=f"s{n}", msisdn=f"+2665800{n:04}") for n in range(40)))
    assert len(await lines(bench)) == 40
    assert shut.tried < 40
    assert (await asyncio.to_thread(verify, f"sqlite:///{tmp_path / 'mohala.db'}", None)).head.number == 40


async def test_what_cannot_be_written_in_the_end_stands_in_the_log_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shut(bench)
    bench.desk.answers["person"] = FOUND
    monkeypatch.setattr(limits, "audit_lines_waiting_max", 2)
    with capture_logs() as logs:
        for number in ("+26658000001", "+26658000002", "+26658000003"):
            await bench.dial(*BIRTH, session=number, msisdn=number)
        lost = [entry for entry in logs if entry["event"] == "audit_line_lost"]
        assert len(lost) == 1, "the oldest gives way"
        await inquiries(bench).close()
    lost = [entry for entry in logs if entry["event"] == "audit_line_lost"]
    assert len(lost) == 3 and all(entry["evidence"] == "X-Road-Id=0f1e" for entry in lost)


async def test_a_turn_that_is_cut_while_an_office_is_asked_leaves_a_line(bench: Bench) -> None:
    reached = asyncio.Event()

    async def never(operation: str) -> None:
        reached.set()
        await asyncio.Event().wait()

    for count in range(len(BIRTH)):
        await bench.hop("*".join(BIRTH[:count]))
    bench.desk.before = never
    asking = asyncio.create_task(bench.hop("*".join(BIRTH)))
    await reached.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await inquiries(bench).write()
    (line,) = await lines(bench)
    assert line.details["outcome"] == "cut"


def of(found: Sequence[AuditLine], act: str) -> list[tuple[str, str]]:
    return [(line.details.get("outcome", ""), line.details.get("evidence", "")) for line in found if line.act == act]


APPLY = (*BIRTH, "1", "1")


async def test_what_an_office_may_have_done_is_kept_with_what_names_the_exchange(bench: Bench) -> None:
    bench.desk.answers["person"] = Answered({"name": "Lineo Mokoena"})
    lost = ServiceFailed("timeout", retryable=True, late=True, evidence="X-Road-Id=aa")
    bench.desk.answers["register-birth"] = lost
    await bench.dial(*APPLY)
    await bench.work(1)
    bench.time.pass_(60)
    bench.desk.answers["register-birth"] = Answered({"application": "CR-1"}, evidence="X-Road-Id=bb")
    await bench.work()
    (id,) = {key.rpartition(":")[0] for operation, _, key in bench.desk.asked if operation == "register-birth"}
    told = await bench.database.audit.of(id)
    assert of(told, "ask") == [("late", "X-Road-Id=aa")]
    assert of(told, "move")[-1] == ("", "X-Road-Id=bb")
    (line,) = [one for one in told if one.act == "ask"]
    assert (line.actor, line.purpose, line.details["operation"]) == ("house", "birth-certificate", "register-birth")


async def test_an_answer_that_was_not_understood_is_kept_and_one_who_was_not_there_is_not(bench: Bench) -> None:
    bench.desk.answers["person"] = Answered({"name": "Lineo Mokoena"})
    bench.desk.answers["register-birth"] = ServiceFailed("connect", retryable=True)
    await bench.dial(*APPLY)
    await bench.work(1)
    bench.time.pass_(60)
    odd = ServiceFailed("answer_malformed", retryable=False, evidence="X-Road-Id=cc")
    bench.desk.answers["register-birth"] = odd
    await bench.work()
    (id,) = {key.rpartition(":")[0] for operation, _, key in bench.desk.asked if operation == "register-birth"}
    assert of(await bench.database.audit.of(id), "ask") == [("failed", "X-Road-Id=cc")]
    assert [job.reason for job in await bench.database.shelf.page()] == ["answer_malformed"]
