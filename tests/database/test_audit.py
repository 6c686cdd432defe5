"""The audit log on both databases: a line with everything that is done, one chain for all, and no unseen change."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from app.audit import AuditEntry, ChainBroken, Head, LogUnguarded
from app.auditing import export, lines_of, read_head, verify, verify_file
from app.errors import SettingsWrong
from app.messages import Act, Change, Publication, Status
from integrations.database import Database, open_database
from integrations.database.guards import AUDIT

pytestmark = pytest.mark.anyio


async def told(database: Database) -> list[tuple[str, str, str, str, dict[str, str]]]:
    return [(line.actor, line.act, line.subject, line.purpose, line.details) for line in await database.audit.page(0)]


async def alter(database: Database, statement: str) -> None:
    await database._store.write(lambda connection: connection.execute(text(statement)).rowcount)


async def drop_guards(database: Database, url: str, *names: str) -> None:
    on = " ON audit" if url.startswith("postgres") else ""
    for name in names or AUDIT:
        await alter(database, f"DROP TRIGGER {name}{on}")


async def prove(url: str, noted: Head | None = None):
    return await asyncio.to_thread(verify, url, noted)


async def moved(database, filing, at):
    filed = await database.ledger.file(filing(), [])
    change = Change(Status.IN_PROGRESS, 1, {"case": "BC-77"}, at, "taken_up", "X-Road-Id=0f1e", by="clerk:thabo")
    await database.ledger.advance(filed, change, [])
    return filed


async def test_every_move_of_a_request_is_a_line_that_names_no_citizen(database, filing, at, url):
    filed = await moved(database, filing, at)
    now = await database.ledger.request(filed.id)
    await database.ledger.advance(now, Change(Status.IN_PROGRESS, 1, {"where": "Leribe"}, at), [])
    facts = {"reason": "", "evidence": ""}
    assert await told(database) == [
        ("citizen", "file", filed.id, "birth-certificate", {"status": "received", "stage": "0", **facts}),
        (
            "clerk:thabo",
            "move",
            filed.id,
            "birth-certificate",
            {"status": "in_progress", "stage": "1", "reason": "taken_up", "evidence": "X-Road-Id=0f1e"},
        ),
        ("house", "news", filed.id, "birth-certificate", {}),
    ]
    verdict = await prove(url)
    assert (verdict.head.number, verdict.requests) == (3, 1)


async def test_news_are_named_by_their_exchange(database, filing, at):
    filed = await database.ledger.file(filing(), [])
    await database.ledger.advance(
        filed, Change(Status.RECEIVED, 0, {"where": "Leribe"}, at, evidence="X-Road-Id=a"), []
    )
    assert (await told(database))[-1][1:] == ("news", filed.id, "birth-certificate", {"evidence": "X-Road-Id=a"})


async def test_a_repeat_of_a_filing_and_a_move_that_is_past_leave_no_line(database, filing, at):
    filed = await moved(database, filing, at)
    await database.ledger.file(filing(), [])
    assert not await database.ledger.advance(filed, Change(Status.DONE, 1, {}, at), [])
    assert len(await told(database)) == 2


async def test_a_publication_is_a_line_with_what_its_publisher_said(database, at):
    publication = Publication(0, "0123456789abcdef", "lesotho", Act.PUBLISH, at, "lineo", "fees of 2027", "")
    await database.archive.publish(publication, {"pack.yaml": "a"}, after=None)
    assert await told(database) == [("operator:lineo", "publish", "0123456789abcdef", "fees of 2027", {})]


async def test_many_at_once_make_one_chain(database, filing, url):
    await asyncio.gather(*(database.ledger.file(filing(number), []) for number in range(1, 41)))
    assert [line.number for line in await database.audit.page(0)] == list(range(1, 41))
    assert (await prove(url)).requests == 40


async def test_a_long_or_odd_text_is_cut_before_it_is_hashed(database, at, url):
    await database.audit.append(AuditEntry(at, "clerk:\0\ud800", "show", "x" * 2_000, "why", {"a": "b" * 2_000}))
    (line,) = await database.audit.page(0)
    assert (line.actor, len(line.subject), len(line.details["a"])) == ("clerk:??", 1_000, 1_000)
    assert (await prove(url)).head == Head(1, line.hash)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE audit SET actor = 'house' WHERE number = 2", "Line 2 of the audit log was altered"),
        ("UPDATE audit SET details = 'no' WHERE number = 2", "Line 2 of the audit log was altered"),
        ("DELETE FROM audit WHERE number = 1", "Line 1 of the audit log is missing"),
        ("UPDATE request_history SET reason = 'x' WHERE stage = 1", "The history of request session-1/step-7"),
        ("DELETE FROM request_history WHERE stage = 1", "The history of request session-1/step-7"),
        ("DELETE FROM request_history", "The history of request session-1/step-7"),
        ("UPDATE request_history SET at = at - 86400000000 WHERE stage = 1", "The history of request session-1/step-7"),
        ("UPDATE requests SET status = 'received'", "The history of request session-1/step-7"),
    ],
)
async def test_what_is_changed_behind_its_back_is_found(database, filing, at, url, statement, complaint):
    await moved(database, filing, at)
    await drop_guards(database, url)
    await alter(database, statement)
    with pytest.raises(ChainBroken, match=complaint):
        await prove(url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'house' WHERE number = 2",
        "UPDATE audit SET hash = hash",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
    ],
)
async def test_the_database_itself_lets_nobody_change_a_line(database, filing, at, url, statement):
    await moved(database, filing, at)
    before = await told(database)
    with pytest.raises(AssertionError, match="refused a row of ours"):
        await alter(database, statement)
    assert await told(database) == before
    assert (await prove(url)).head.number == 2


async def test_postgresql_empties_no_log(postgres_url, keyring, random_bytes, filing, at):
    database = await open_database(postgres_url, keyring, random_bytes, allow_unsafe=True)
    try:
        await moved(database, filing, at)
        with pytest.raises(AssertionError):
            await alter(database, "TRUNCATE audit")
        assert len(await told(database)) == 2
        await drop_guards(database, postgres_url, "audit_never_emptied")
        with pytest.raises(LogUnguarded, match="audit_never_emptied"):
            await prove(postgres_url)
    finally:
        await database.close()


@pytest.mark.parametrize("guard", AUDIT)
async def test_a_proof_says_which_trigger_is_missing_of_a_log_that_is_whole(database, filing, at, url, guard):
    await moved(database, filing, at)
    await drop_guards(database, url, guard)
    with pytest.raises(LogUnguarded, match=f"whole up to 2:.* trigger {guard} is missing"):
        await prove(url)


async def test_many_looks_at_a_request_hide_none_of_its_moves(database, filing, at, url):
    filed = await database.ledger.file(filing(), [])
    for _ in range(21):
        await database.audit.append(*(AuditEntry(at, "clerk:thabo", "show", filed.id) for _ in range(50)))
    await database.ledger.advance(filed, Change(Status.READY, 0, {}, at), [])
    assert (await prove(url)).requests == 1
    assert (await asyncio.to_thread(lines_of, url, filed.id))[-1].act == "move"


async def test_a_head_that_was_noted_finds_an_end_that_was_cut_off_and_a_log_that_was_written_anew(
    database, filing, at, url
):
    await moved(database, filing, at)
    noted = (await prove(url)).head
    assert (await prove(url, noted)).head == noted
    await drop_guards(database, url)
    await alter(database, "DELETE FROM audit WHERE number = 2")
    with pytest.raises(ChainBroken, match="line 2 was noted: its end was cut off"):
        await prove(url, noted)
    await database.audit.append(AuditEntry(at, "house", "move", "session-1/step-7"))
    with pytest.raises(ChainBroken, match="Line 2 is not the one that was noted"):
        await prove(url, noted)


async def test_an_exported_file_proves_itself(database, filing, url, tmp_path):
    for number in range(1, 4):
        await database.ledger.file(filing(number), [])
    file = tmp_path / "audit.jsonl"
    head = await asyncio.to_thread(export, url, file)
    assert verify_file(file, head).head == head
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    with pytest.raises(ChainBroken, match="its end was cut off"):
        verify_file(file, head)
    file.write_bytes(b"\xff\xfe\n")
    with pytest.raises(ChainBroken, match="Line 1 of the file is no line"):
        verify_file(file, None)
    with pytest.raises(SettingsWrong, match="cannot be read"):
        verify_file(tmp_path / "none", None)


@pytest.mark.parametrize("noted", ["", "7", "7:abc", "x:" + "0" * 64, "7:" + "0" * 63])
def test_a_head_that_is_none_is_one_sentence(noted):
    with pytest.raises(SettingsWrong, match="A head is NUMBER:HASH"):
        read_head(noted)
