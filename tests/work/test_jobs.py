"""Work that waits for a person: looked at, tried again, given up, on the database that the worker works on."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from app.errors import DeskRefused, ServiceFailed
from app.jobbing import Known, give_up, retry, retry_all, waiting
from app.messages import Answered, Refused, Status
from app.settings import Settings
from tests.work.conftest import Bench
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
BUY = ("3", "01234567897", "50", "1")
REFUSED = ServiceFailed("status_401", retryable=False)


@pytest.fixture
def settings(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of an operator on the same machine."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    return Settings.load()


async def stuck(bench: Bench, settings: Settings, *typed: str, operation: str = "register-birth") -> str:
    """Something that the office turned down; gives the id of the job that waits."""
    bench.desk.answers[operation] = REFUSED if operation == "register-birth" else Refused("meter_unknown")
    await bench.dial(*typed)
    await bench.work()
    (job,) = await asyncio.to_thread(waiting, settings)
    return job.id


async def told(bench: Bench) -> list[str]:
    await bench.work()
    sent, bench.mast.sent[:] = [sms.text for sms in bench.mast.sent], []
    return sent


async def test_what_waits_is_named_with_its_reason_and_no_citizen(bench: Bench, settings: Settings) -> None:
    assert await asyncio.to_thread(waiting, settings) == []
    await stuck(bench, settings, *APPLY)
    (job,) = await asyncio.to_thread(waiting, settings)
    assert (job.kind, job.office, job.stage, job.reason) == ("work", "civil-registry", 0, "status_401")
    assert job.request_id and "26650123456" not in str(job)


async def test_a_job_that_is_tried_again_is_done_with_the_same_key(bench: Bench, settings: Settings) -> None:
    id = await stuck(bench, settings, *APPLY)
    await told(bench)
    bench.desk.answers["register-birth"] = Answered({"application": "CR-1"})
    bench.time.now = (await asyncio.to_thread(retry, settings, id[:20], "palesa", "the key was mended")).since
    bench.time.pass_(10**9)  # the operator's clock is the machine's
    await bench.work()
    assert await asyncio.to_thread(waiting, settings) == []
    assert len({key for operation, _, key in bench.desk.asked if operation == "register-birth"}) == 1
    (line,) = [line for line in await bench.database.audit.page(0) if line.act == "retry-job"]
    assert (line.actor, line.purpose, line.details) == ("operator:palesa", "the key was mended", {"job": id})


async def test_a_request_whose_work_is_given_up_ends_and_is_told(
    bench: Bench, settings: Settings, lesotho_sources: dict[str, str]
) -> None:
    await publish(bench, lesotho_sources)
    id = await stuck(bench, settings, *APPLY)
    await told(bench)
    job = await asyncio.to_thread(give_up, settings, id, "palesa", "filed twice", Known.NOT_DONE)
    request = await bench.database.ledger.request(job.request_id)
    assert request is not None and (request.status, request.reason) == (Status.REJECTED, "given_up")
    bench.time.pass_(10**9)
    (text,) = await told(bench)
    assert "e hanetsoe" in text
    with pytest.raises(DeskRefused, match="No job that waits for a person begins so"):
        await asyncio.to_thread(give_up, settings, id, "palesa", "again")


async def test_nothing_is_called_undone_before_the_office_was_asked(
    bench: Bench, settings: Settings, lesotho_sources: dict[str, str]
) -> None:
    await publish(bench, lesotho_sources)
    bench.desk.answers["request-payment"] = REFUSED
    await bench.dial(*BUY)
    await bench.work()
    (waits,) = await asyncio.to_thread(waiting, settings)
    id = waits.id
    await told(bench)
    with pytest.raises(DeskRefused, match="may have done it, or taken money"):
        await asyncio.to_thread(give_up, settings, id, "palesa", "nobody knows")
    job = await asyncio.to_thread(give_up, settings, id, "palesa", "it was paid, and paid back", Known.SETTLED)
    request = await bench.database.ledger.request(job.request_id)
    assert request is not None and (request.status, request.stage) == (Status.REJECTED, 0)
    bench.time.pass_(10**9)
    assert await told(bench) == [], "no text says that no money was taken"


async def test_all_that_wait_for_one_reason_are_tried_again_at_once(bench: Bench, settings: Settings) -> None:
    bench.desk.answers["register-birth"] = REFUSED
    for session in ("s1", "s2"):
        await bench.dial(*APPLY, session=session)
    await bench.work()
    reasons = {job.reason for job in await asyncio.to_thread(waiting, settings)}
    assert len(reasons) == 1
    assert await asyncio.to_thread(retry_all, settings, "another reason", "palesa", "") == []
    assert len(await asyncio.to_thread(retry_all, settings, reasons.pop(), "palesa", "the key was mended")) == 2
    assert await asyncio.to_thread(waiting, settings) == []


async def test_after_a_payment_nothing_is_given_up_before_it_was_settled(bench: Bench, settings: Settings) -> None:
    id = await stuck(bench, settings, *BUY, operation="vend")
    await told(bench)
    with pytest.raises(DeskRefused, match="money may have been taken"):
        await asyncio.to_thread(give_up, settings, id, "palesa", "no token", Known.NOT_DONE)
    assert len(await asyncio.to_thread(waiting, settings)) == 1
    job = await asyncio.to_thread(give_up, settings, id, "palesa", "paid back", Known.SETTLED)
    request = await bench.database.ledger.request(job.request_id)
    assert request is not None and (request.status, request.stage) == (Status.REJECTED, 1)
    bench.time.pass_(10**9)
    assert await told(bench) == []


async def test_beginnings_of_ids_must_be_one_jobs(bench: Bench, settings: Settings) -> None:
    bench.desk.answers["register-birth"] = REFUSED
    for session in ("s1", "s2"):
        await bench.dial(*APPLY, session=session)
    await bench.work()
    with pytest.raises(DeskRefused, match="2 jobs begin so"):
        await asyncio.to_thread(retry, settings, "", "palesa", "")


async def test_a_request_whose_key_is_lost_for_good_is_ended_and_what_is_sealed_stays(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    id = await stuck(bench, settings, *APPLY)
    await told(bench)
    (tmp_path / "keys").write_text(f"k2:{base64.b64encode(bytes([2]) * 32).decode()}\n", "ascii")
    for known in (Known.NOTHING, Known.NOT_DONE):
        with pytest.raises(DeskRefused, match=r"put that key back .* say --settled"):
            await asyncio.to_thread(give_up, settings, id, "palesa", "no key", known)
    job = await asyncio.to_thread(give_up, settings, id, "palesa", "the key burned", Known.SETTLED)
    request = await bench.database.ledger.request(job.request_id)  # with the key that is lost there
    assert request is not None and (request.status, request.reason) == (Status.REJECTED, "given_up")
    assert request.msisdn == "+26650123456" and request.answers["mother_id"] == APPLY[4]
    assert await asyncio.to_thread(waiting, settings) == []
    assert [line.act for line in await bench.database.audit.page(0)][-2:] == ["move", "give-up-job"]
