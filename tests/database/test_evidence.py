"""What a checker reads of real databases: every request with its moves and its work, and how dialogues began."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.engine.state import State
from app.messages import Change, Job, Opening, Session, Status
from integrations.database import evidence, open_evidence
from integrations.database.evidence import OpeningEvidence, RequestEvidence, citizen_hash
from integrations.database.tables import JobState
from tests.database.conftest import AT

pytestmark = pytest.mark.anyio

LONG_AGO = AT - timedelta(days=1)
FELL = Session(State("lesotho", "v1", "welcome/start", "birth/born", "st"), 0, b"m" * 16, ended=False)


@pytest.fixture
async def read(url):
    read = await open_evidence(url)
    yield read
    await read.close()


def work(id: str, stage: int) -> Job:
    return Job(f"{id}:work:{stage}", "work", {"request": id}, AT)


async def test_a_request_comes_with_its_moves_and_the_work_for_its_stage(database, read, filing, keyring):
    first = await database.ledger.file(filing(1), [work("session-1/step-7", 0)])
    await database.ledger.file(filing(2, msisdn="+26650000002"), [work("session-2/step-7", 0)])
    await database.ledger.advance(first, Change(Status.IN_PROGRESS, 1, {}, AT), [])
    one, two = await read.requests(AT)
    assert one == RequestEvidence(
        first.reference, "birth-certificate", citizen_hash(keyring, first.msisdn), Status.IN_PROGRESS, 1, first.version,
        ((Status.RECEIVED, 0), (Status.IN_PROGRESS, 1)), None, first.id, AT, AT,
    )  # fmt: skip
    assert two.citizen == citizen_hash(keyring, "+26650000002") != one.citizen
    assert (two.status, two.moves, two.work) == (Status.RECEIVED, ((Status.RECEIVED, 0),), JobState.WAITING)


async def test_requests_are_read_in_pieces_and_only_those_since_a_moment(database, read, filing, monkeypatch):
    monkeypatch.setattr(evidence, "evidence_rows_max", 3)
    for number in range(1, 9):
        await database.ledger.file(filing(number), [])
    await database.ledger.file(filing(9, at=AT - timedelta(seconds=1)), [])
    found = await read.requests(AT)
    assert sorted(request.reference for request in found) == [f"REF{number:06}" for number in range(1, 9)]


async def test_openings_say_which_version_and_whether_they_go_on(database, read):
    began = [Opening(b"%016d" % number, f"v{number}", AT) for number in range(2)]
    goes_on = replace(began[1], fallen=FELL)
    await database.openings.keep((began[0], goes_on, Opening(b"old-" * 4, "v0", AT - timedelta(hours=1))), LONG_AGO)
    assert await read.openings(AT) == (
        OpeningEvidence(began[0].session, "v0", False),
        OpeningEvidence(began[1].session, "v1", True),
    )
