"""Menus published while citizens are under way: who stays on which version, and what happens when one is missing."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import update

from app import limits
from app.compiler.pack import compile_pack, version_of
from app.editions import Edition, Editions
from app.errors import StoreUnavailable, VersionUnusable
from app.messages import Act, Publication
from app.settings import Settings
from app.wiring import Offices
from integrations.database.tables import menu_versions
from sessions.memory_store import MemorySessionStore
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

WELCOME, NEW_WELCOME = "Rea u amohela! Khetha:", "Lumela! Khetha:"
BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1")

Sources = Mapping[str, str]


@pytest.fixture
def newer(lesotho_sources: Sources) -> dict[str, str]:
    """Another greeting, one question more on the way to a birth certificate, and other words in its receipt."""
    sources = dict(lesotho_sources)
    sources["welcome.yaml"] = sources["welcome.yaml"].replace(WELCOME, NEW_WELCOME)
    assert sources["welcome.yaml"] != lesotho_sources["welcome.yaml"]
    services = sources["services.yaml"].replace("Mohala: kopo ea lengolo la tsoalo e amohetsoe.", "Kea leboha!")
    sources["services.yaml"] = services.replace("path: /births", "path: /v2/births")
    assert sources["services.yaml"].count("Kea leboha!") == 1
    return sources


async def publish(bench: Bench, sources: Sources, act: Act = Act.PUBLISH) -> str:
    publication = Publication(0, version_of(sources), "lesotho", act, bench.time(), "Palesa", "", "")
    archive = bench.database.archive
    assert await archive.publish(publication, sources, after=await archive.current())
    return publication.version


def another_gateway(bench: Bench, current: Edition) -> Editions:
    """The editions of a process that starts now; the bench's gateway and worker get them too."""
    fresh = Editions(current, bench.database.archive, bench.editions._prepare, bench.time.seconds)
    bench.use(fresh)
    return fresh


async def prepared(bench: Bench, sources: Sources) -> Edition:
    prepare = bench.editions._prepare
    assert prepare is not None
    return await prepare(version_of(sources), sources)


async def test_who_is_under_way_stays_on_the_version_of_the_dial_and_a_new_dial_gets_the_new_one(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    assert (await bench.hop("")).text.startswith(WELCOME)
    await publish(bench, newer)
    assert await bench.editions.refresh()
    await bench.hop("1")
    assert (await bench.hop("1*0")).text.startswith(WELCOME)
    assert (await bench.hop("", session="s2")).text.startswith(NEW_WELCOME)


async def test_nothing_is_taken_up_when_nothing_was_published(bench: Bench, lesotho_sources: Sources) -> None:
    assert not await bench.editions.refresh()
    await publish(bench, lesotho_sources)
    assert not await bench.editions.refresh()


async def test_a_session_stays_on_its_version_across_a_restart(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    await publish(bench, lesotho_sources)
    await bench.dial(*BIRTH)
    await publish(bench, newer)
    another_gateway(bench, await prepared(bench, newer))
    assert "Ref: " in (await bench.hop("*".join((*BIRTH, "1")))).text
    assert (await bench.hop("", session="s2")).text.startswith(NEW_WELCOME)
    await bench.work()
    receipt, *_ = [sms.text for sms in bench.mast.sent]
    assert receipt.startswith("Mohala: kopo ea lengolo la tsoalo")


async def test_a_gateway_that_has_not_heard_of_a_version_serves_sessions_that_began_on_it(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    await publish(bench, lesotho_sources)
    old = bench.editions
    await publish(bench, newer)
    another_gateway(bench, await prepared(bench, newer))
    assert (await bench.hop("")).text.startswith(NEW_WELCOME)
    bench.use(old)
    await bench.hop("1")
    assert (await bench.hop("1*0")).text.startswith(NEW_WELCOME)
    assert old.current.version == version_of(lesotho_sources)


async def test_a_rollback_is_for_new_dials(bench: Bench, lesotho_sources: Sources, newer: Sources) -> None:
    await publish(bench, lesotho_sources)
    await publish(bench, newer)
    await bench.editions.refresh()
    assert (await bench.hop("", session="on the new one")).text.startswith(NEW_WELCOME)
    await publish(bench, lesotho_sources, Act.ROLLBACK)
    assert await bench.editions.refresh()
    assert (await bench.hop("")).text.startswith(WELCOME)
    await bench.hop("1", session="on the new one")
    assert (await bench.hop("1*0", session="on the new one")).text.startswith(NEW_WELCOME)


async def test_a_request_is_carried_out_and_told_of_under_the_version_that_it_was_filed_under(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    await publish(bench, lesotho_sources)
    await bench.dial(*BIRTH, "1")
    new_version = await publish(bench, newer)
    await bench.editions.refresh()
    assert bench.editions.current.version == new_version
    await bench.work()
    assert bench.mast.sent[0].text.startswith("Mohala: kopo ea lengolo la tsoalo")
    await bench.dial(*BIRTH, "1", session="s2")
    await bench.work()
    assert [sms.text[:11] for sms in bench.mast.sent].count("Kea leboha!") == 1
    assert await bench.database.archive.open_requests() == {version_of(lesotho_sources): 1, new_version: 1}


async def test_a_session_whose_version_is_lost_is_told_so_and_moves_nothing(bench: Bench, newer: Sources) -> None:
    await bench.dial("1", "2")
    another_gateway(bench, await prepared(bench, newer))
    reply = await bench.hop("1*2*5/3/2026")
    assert reply.final and reply == bench.gateway.say("interrupted")
    assert await bench.work() == []


async def test_a_version_that_was_altered_is_not_used(bench: Bench, newer: Sources) -> None:
    version = await publish(bench, newer)
    altered = {**newer, "welcome.yaml": newer["welcome.yaml"].replace("Lumela!", "Lefa M100!")}
    assert compile_pack(altered)
    offices = Offices(Settings(), bench.database.board)
    editions = Editions(bench.editions.current, bench.database.archive, offices.prepare, bench.time.seconds)
    change = update(menu_versions).values(sources=zlib.compress(json.dumps(altered).encode()))
    await bench.database._store.write(lambda connection: connection.execute(change).rowcount)
    with pytest.raises(VersionUnusable, match="altered"):
        await editions.refresh()
    assert editions.current is bench.editions.current
    assert version not in editions._held


async def test_a_request_whose_version_cannot_be_used_waits_and_is_not_lost(bench: Bench, newer: Sources) -> None:
    await bench.dial(*BIRTH, "1")
    another_gateway(bench, await prepared(bench, newer))
    assert sorted(await bench.work(1)) == ["tell", "work"]
    assert bench.mast.sent == [] and bench.desk.asked[-1][0] == "person"
    assert await bench.database.outbox.counts() == {"waiting": 2, "set_aside": 0}


async def test_asking_for_the_status_of_such_a_request_says_what_the_house_knows(bench: Bench, newer: Sources) -> None:
    reply = await bench.dial(*BIRTH, "1")
    reference = reply.text.partition("Ref: ")[2][:10]
    another_gateway(bench, await prepared(bench, newer))
    told = await bench.dial("2", reference, session="s2")
    assert told.final and reference in told.text


@pytest.mark.parametrize("written", [False, True], ids=["noted", "written"])
async def test_a_lost_session_goes_on_under_the_menus_that_it_began_with(
    bench: Bench, lesotho_sources: Sources, newer: Sources, written: bool
) -> None:
    await publish(bench, lesotho_sources)
    page = await bench.dial(*BIRTH)
    if written:
        await bench.openings.write()
        bench.forget_openings()  # of a gateway that starts now
    await publish(bench, newer)
    await bench.editions.refresh()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)  # one that has lost everything
    assert await bench.hop("*".join(BIRTH)) == page
    assert "Ref: " in (await bench.hop("*".join((*BIRTH, "1")))).text


async def test_a_lost_session_is_answered_the_same_after_another_version_was_published(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    await publish(bench, lesotho_sources)
    filed = await bench.dial(*BIRTH, "1")
    await publish(bench, newer)
    await bench.editions.refresh()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    assert await bench.hop("*".join((*BIRTH, "1"))) == filed
    assert sum((await bench.database.archive.open_requests()).values()) == 1


async def test_of_which_nobody_knows_how_it_began_nothing_is_repeated_under_other_menus(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    await publish(bench, lesotho_sources)
    assert "Ref: " in (await bench.dial(*BIRTH, "1")).text
    await publish(bench, newer)
    await bench.editions.refresh()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    bench.forget_openings()  # its gateway died before it wrote
    reply = await bench.hop("*".join((*BIRTH, "1")))
    assert reply.final and reply == bench.gateway.say("interrupted")
    assert sum((await bench.database.archive.open_requests()).values()) == 1


async def test_a_version_that_cannot_be_used_is_not_tried_again_at_once(bench: Bench, newer: Sources) -> None:
    version = await publish(bench, newer)
    tried = []

    async def refuse(found: str, sources: Sources) -> Edition:
        tried.append(found)
        raise VersionUnusable("a secret is missing")

    editions = Editions(bench.editions.current, bench.database.archive, refuse, bench.time.seconds)
    for _ in range(3):
        with pytest.raises(VersionUnusable, match="a secret is missing"):
            await editions.refresh()
    assert tried == [version]
    bench.time.pass_(limits.edition_retry_seconds)
    with pytest.raises(VersionUnusable):
        await editions.of(version)
    assert tried == [version, version]


async def test_a_version_that_many_turns_need_is_prepared_once(bench: Bench, newer: Sources) -> None:
    version = await publish(bench, newer)
    edition = await prepared(bench, newer)
    tried, go_on = [], asyncio.Event()

    async def slow(found: str, sources: Sources) -> Edition:
        tried.append(found)
        await go_on.wait()
        return edition

    editions = Editions(bench.editions.current, bench.database.archive, slow, bench.time.seconds)
    waiting = [asyncio.create_task(editions.of(version)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go_on.set()
    assert await asyncio.gather(*waiting[1:]) == [edition] * 4
    assert tried == [version]


async def test_whatever_happens_to_one_publication_the_next_one_is_taken_up(
    bench: Bench, lesotho_sources: Sources, newer: Sources
) -> None:
    broken = {**newer, "welcome.yaml": newer["welcome.yaml"].replace("Lumela!", "Khotso!")}
    edition = await prepared(bench, newer)
    publications = iter((broken, newer, lesotho_sources))

    async def stumble(version: str, sources: Sources) -> Edition:
        if version != edition.version:
            raise KeyError("our mistake")
        return edition

    async def publish_meanwhile(seconds: float) -> None:
        if editions.current is edition:
            raise asyncio.CancelledError
        await publish(bench, next(publications))

    editions = Editions(bench.editions.current, bench.database.archive, stumble, bench.time.seconds)
    with pytest.raises(asyncio.CancelledError):
        await editions.keep_up(1.0, publish_meanwhile)
    assert editions.current is edition


async def test_only_so_many_versions_are_held_and_the_current_one_always(
    bench: Bench, lesotho_sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.editions_held_max", 2)
    versions = []
    for number in range(4):
        changed = lesotho_sources["welcome.yaml"].replace(WELCOME, f"Lumela {number}!")
        versions.append(await publish(bench, {**lesotho_sources, "welcome.yaml": changed}))
        await bench.editions.of(versions[-1])
    current = bench.editions.current.version
    assert list(bench.editions._held) == [current, versions[-1]]
    assert (await bench.editions.of(versions[0])).version == versions[0]


async def test_a_version_in_which_a_dialogue_goes_on_at_once_is_not_let_go_for_it(
    bench: Bench, lesotho_sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.editions_held_max", 3)
    own = bench.editions.current.version
    await bench.hop("")
    for number in range(3):
        changed = lesotho_sources["welcome.yaml"].replace(WELCOME, f"Lumela {number}!")
        await publish(bench, {**lesotho_sources, "welcome.yaml": changed})
        await bench.editions.refresh()
        await bench.hop("*".join(("8", "0", "8")[: number + 1]))
    assert bench.editions.held(own) is not None


async def test_while_the_archive_is_away_the_current_version_goes_on(bench: Bench, newer: Sources) -> None:
    version = await publish(bench, newer)
    await bench.database.close()
    with pytest.raises(StoreUnavailable):
        await bench.editions.of(version)
    assert (await bench.hop("")).text.startswith(WELCOME)


async def test_one_edition_for_ever_needs_no_archive(bench: Bench) -> None:
    editions = Editions(replace(bench.editions.current))
    assert not await editions.refresh()
    with pytest.raises(VersionUnusable):
        await editions.of("another")
