"""Published menus in the database: versions never change, and the newest publication is the current one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from app.errors import SettingsWrong, VersionUnusable
from app.messages import Act, Change, Filing, Publication, Status
from integrations.database import Database, migrate, open_archive
from integrations.database.tables import menu_versions
from tests.database.conftest import AT

pytestmark = pytest.mark.anyio

FIRST = Publication(0, "aaaa111122223333", "lesotho", Act.PUBLISH, AT, "Palesa", "the first", "welcome/start:\n")
SECOND = replace(FIRST, version="bbbb111122223333", note="")
SOURCES = {"pack.yaml": "pack: lesotho\n", "languages/en.yaml": "word: “š”\n"}


async def test_before_anything_is_published_there_is_nothing(database: Database) -> None:
    archive = database.archive
    assert await archive.current() is None
    assert await archive.publications() == ()
    assert await archive.sources("aaaa111122223333") is None


async def test_what_was_published_last_is_current_and_everything_is_given_back(database: Database) -> None:
    first = await database.archive.publish(FIRST, SOURCES, after=None)
    assert first is not None
    second = await database.archive.publish(SECOND, {"pack.yaml": "other"}, after=first)
    assert second is not None
    assert await database.archive.current() == second
    assert await database.archive.publications() == (second, first)
    assert replace(first, number=0) == FIRST and second.number > first.number
    assert await database.archive.sources(FIRST.version) == SOURCES


async def test_a_version_is_kept_once_and_never_altered(database: Database) -> None:
    first = await database.archive.publish(FIRST, SOURCES, after=None)
    with pytest.raises(VersionUnusable, match="aaaa111122223333"):
        await database.archive.publish(FIRST, {"pack.yaml": "other"}, after=first)
    assert await database.archive.sources(FIRST.version) == SOURCES
    assert len(await database.archive.publications()) == 1
    await database.archive.publish(FIRST, SOURCES, after=first)
    assert len(await database.archive.publications()) == 2


async def test_a_rollback_makes_an_old_version_current(database: Database) -> None:
    first = await database.archive.publish(FIRST, SOURCES, after=None)
    second = await database.archive.publish(SECOND, {"pack.yaml": "other"}, after=first)
    back = await database.archive.roll_back(replace(FIRST, act=Act.ROLLBACK), after=second)
    assert back is not None
    assert await database.archive.current() == back and back.version == FIRST.version
    with pytest.raises(VersionUnusable, match="never published"):
        await database.archive.roll_back(replace(FIRST, version="cccc111122223333"), after=back)


async def test_whoever_did_not_see_the_newest_publication_changes_nothing(database: Database) -> None:
    archive = database.archive
    first = await archive.publish(FIRST, SOURCES, after=None)
    second = await archive.publish(SECOND, {"pack.yaml": "other"}, after=first)
    for seen in (None, first):
        assert await archive.publish(replace(FIRST, version="cccc111122223333"), SOURCES, after=seen) is None
        assert await archive.roll_back(replace(FIRST, act=Act.ROLLBACK), after=seen) is None
    assert await archive.publications() == (second, first)
    assert await archive.sources("cccc111122223333") is None


async def test_of_many_that_publish_at_once_one_is_taken(database: Database, url: str) -> None:
    other = await open_archive(url, allow_unsafe=True)
    before: Publication | None = None
    for turn in range(3):
        versions = [replace(FIRST, version=f"{turn}{number:015x}") for number in range(10)]
        both = [(archive, one) for one in versions for archive in (database.archive, other)]
        answers = await asyncio.gather(
            *(archive.publish(one, {"pack.yaml": one.version}, after=before) for archive, one in both)
        )
        (before,) = [answer for answer in answers if answer is not None]
        assert await database.archive.current() == await other.current() == before
    assert len(await other.publications()) == 3
    await other.close()


async def test_damaged_sources_are_told_apart_from_none(database: Database) -> None:
    await database.archive.publish(FIRST, SOURCES, after=None)
    change = update(menu_versions).values(sources=b"damaged")
    await database._store.write(lambda connection: connection.execute(change).rowcount)
    assert await database.archive.sources(FIRST.version) == {}


async def test_open_requests_are_counted_by_version(database: Database, filing: Callable[..., Filing]) -> None:
    for number, version in enumerate(("a", "a", "b")):
        await database.ledger.file(filing(number, version=version), [])
    done = await database.ledger.request("session-2/step-7")
    assert done is not None and done.version == "b"
    await database.ledger.advance(done, Change(Status.DONE, 1, {}, AT), ())
    assert await database.archive.open_requests() == {"a": 2}


async def test_the_archive_opens_without_any_key_and_only_after_migrate(empty_url: str) -> None:
    with pytest.raises(SettingsWrong, match="mohala migrate"):
        await open_archive(empty_url, allow_unsafe=True)
    await asyncio.to_thread(migrate, empty_url)
    archive = await open_archive(empty_url, allow_unsafe=True)
    assert await archive.current() is None
    await archive.close()
