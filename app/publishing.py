"""Publishing menus: a directory becomes a version that never changes, and one version is the current one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.compiler.pack import compile_pack, compile_published
from app.compiler.programs import NUMBERS_FILE
from app.compiler.published import kept_numbers, numbers_file, published_numbers
from app.errors import FileUnfit, MenuRefused, VersionUnusable
from app.messages import Act, Publication
from app.pack import Pack
from app.pack_files import named_complaints, read_named_pack, read_sources
from app.ports import Clock
from app.replacing import replace_text
from app.settings import Settings
from app.wiring import now_utc, secrets_missing
from integrations.database import DatabaseArchive, open_archive

T = TypeVar("T")
VERSION_LETTERS_MIN = 4
CURRENT = "current"
ATTEMPTS_MAX = 5
"""To publish while others do; more: the operator is told."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and why, as the history tells it."""

    by: str
    note: str = ""


def publish(settings: Settings, directory: Path, publisher: Publisher, clock: Clock = now_utc) -> list[str]:
    """Publish the pack in a directory and keep its option numbers there; returns what to tell.

    Raises `MenuRefused` also when a number that was published from here before would mean something else.
    """

    async def attempt(archive: DatabaseArchive) -> list[str] | None:
        before = await archive.current()
        sources, pack = _compiled(directory, before)
        numbers = numbers_file(published_numbers(pack.program, kept_numbers(sources.pop(NUMBERS_FILE, None))))
        told = _missing(await secrets_missing(settings, pack))
        version = pack.program.version
        if before is not None and before.version == version and before.numbers == numbers:
            told += _keep_numbers(directory, numbers)  # the last time it may have failed
            return [*told, f"{pack.program.pack} {version} is current already; nothing was done."]
        published = _publication(pack, Act.PUBLISH, publisher, numbers, clock())
        if await archive.publish(published, sources, after=before) is None:
            return None
        told += _keep_numbers(directory, numbers)
        back = before is not None and before.version != version
        was = f" Before it: {before.version}; `mohala menus rollback` goes back." if before and back else ""
        return [*told, f"{pack.program.pack} {version} is current: new dials get it, who is under way stays.{was}"]

    return _with_archive(settings, partial(_until_taken, attempt))


def publish_if_changed(settings: Settings, directory: Path, clock: Clock = now_utc) -> str | None:
    """For `mohala run`: publish what lies in the directory unless it is what was published last; what to tell.

    Nothing is written into the directory, and option numbers that were not kept before may still change.
    """

    async def attempt(archive: DatabaseArchive) -> str | None:
        history = await archive.publications()
        before = history[0] if history else None
        last = next((one for one in history if one.act is Act.PUBLISH), None)
        sources, pack = _compiled(directory, before)
        numbers = sources.pop(NUMBERS_FILE, "")
        if last is not None and last.version == pack.program.version:
            return ""  # also when somebody rolled it back since: that was on purpose
        await secrets_missing(settings, pack)
        published = _publication(pack, Act.PUBLISH, Publisher("mohala run"), numbers, clock())
        taken = await archive.publish(published, sources, after=before)
        return f"published {directory} as version {pack.program.version}" if taken else None

    return _with_archive(settings, partial(_until_taken, attempt)) or None


def roll_back(settings: Settings, version: str | None, publisher: Publisher, clock: Clock = now_utc) -> str:
    """Make a version current again that was published before; without one, the version before the current one.

    Raises `VersionUnusable` also when no version is named and another one became current meanwhile: whoever undoes
    what they saw does not mean to undo what they did not see.
    """

    async def attempt(archive: DatabaseArchive) -> str | None:
        history = await archive.publications()
        target = _named(history, version) if version else _before(history)
        if target.version == history[0].version:
            return f"{target.pack} {target.version} is current already; nothing was done."
        pack = await _archived(archive, target.version)
        await secrets_missing(settings, pack)  # raises if no gateway could open its offices
        numbers = history[0].numbers  # what was published once stays promised
        back = _publication(pack, Act.ROLLBACK, publisher, numbers, clock())
        if await archive.roll_back(back, after=history[0]):
            return f"{target.pack} {target.version} is current again: new dials get it, who is under way stays."
        if version is None:
            raise VersionUnusable(
                "Somebody published or rolled back meanwhile: see `mohala menus list`, then name a version."
            )
        return None

    return _with_archive(settings, partial(_until_taken, attempt))


@dataclass(frozen=True, slots=True)
class Listed:
    """A publication; `open_requests` counts what was filed under its version and is not at its end."""

    publication: Publication
    current: bool
    open_requests: int


def publications(settings: Settings) -> tuple[Listed, ...]:
    """Newest first."""

    async def work(archive: DatabaseArchive) -> tuple[Listed, ...]:
        history, still_open = await archive.publications(), await archive.open_requests()
        return tuple(
            Listed(one, place == 0, still_open.get(one.version, 0)) for place, one in enumerate(history)
        )  # fmt: skip

    return _with_archive(settings, work)


def pack_named(settings: Settings, name: str) -> Pack:
    """The pack in a directory, or a published version by its first letters, or `current`."""
    if Path(name).is_dir():
        return read_named_pack(Path(name))

    async def work(archive: DatabaseArchive) -> Pack:
        history = await archive.publications()
        if name == CURRENT and history:
            return await _archived(archive, history[0].version)
        return await _archived(archive, _named(history, name).version)

    return _with_archive(settings, work)


def _with_archive(settings: Settings, work: Callable[[DatabaseArchive], Awaitable[T]]) -> T:
    async def opened() -> T:
        archive = await open_archive(settings.database, allow_unsafe=settings.database_unsafe)
        try:
            return await work(archive)
        finally:
            await archive.close()

    return asyncio.run(opened())


async def _until_taken(attempt: Callable[[DatabaseArchive], Awaitable[T | None]], archive: DatabaseArchive) -> T:
    """What the first attempt says that nobody overtook; each looks anew at what is current."""
    for _ in range(ATTEMPTS_MAX):
        told = await attempt(archive)
        if told is not None:
            return told
    raise VersionUnusable("Others publish at this very moment: see `mohala menus list`, then try again.")


def _compiled(directory: Path, before: Publication | None) -> tuple[dict[str, str], Pack]:
    """The sources of a directory, their `published.yaml` completed by what was published here, and their pack."""
    sources, complaints = read_sources(directory)
    if complaints:
        raise named_complaints(directory, complaints)
    promised = _promised(before)
    try:
        numbers = kept_numbers(sources.get(NUMBERS_FILE))
        for screen, meanings in promised.items():
            numbers[screen] = {**numbers.get(screen, {}), **meanings}
        if numbers:
            sources[NUMBERS_FILE] = numbers_file(numbers)
        return sources, compile_pack(sources)
    except MenuRefused as refused:
        raise named_complaints(directory, refused.complaints) from None


def _promised(before: Publication | None) -> dict[str, dict[str, str]]:
    try:
        return kept_numbers(before.numbers or None) if before else {}
    except MenuRefused as refused:
        told = f"The option numbers kept with version {before.version if before else ''} cannot be read: {refused}"
        raise VersionUnusable(f"{told}; bring the database back from a copy.") from None


def _publication(pack: Pack, act: Act, publisher: Publisher, numbers: str, at: datetime) -> Publication:
    program = pack.program
    return Publication(0, program.version, program.pack, act, at, publisher.by, publisher.note, numbers)


def _missing(secrets: list[Path]) -> list[str]:
    """Whoever publishes need not hold the offices' secrets, so they are only told of."""
    if not secrets:
        return []
    return [f"Note: each gateway and worker needs these secrets, not found here: {', '.join(map(str, secrets))}."]


def _keep_numbers(directory: Path, numbers: str) -> list[str]:
    path = directory / NUMBERS_FILE
    try:
        if path.exists() and path.read_text("utf-8") == numbers:
            return []
        replace_text(path, numbers)
    except FileUnfit as unfit:
        return [f"Note: {unfit} Then take the numbers over by `mohala menus numbers`."]
    return [f"Note: {path} holds the numbers that are kept now; put it under version control."]


def _named(history: tuple[Publication, ...], letters: str) -> Publication:
    found = {
        one.version: one for one in history if len(letters) >= VERSION_LETTERS_MIN and one.version.startswith(letters)
    }
    if len(found) != 1:
        why = "names several versions" if found else "is neither a directory nor a published version"
        raise VersionUnusable(f"`{letters}` {why}; `mohala menus list` shows them, four letters are enough.")
    return next(iter(found.values()))


def _before(history: tuple[Publication, ...]) -> Publication:
    """What was current before the current version was published."""
    current = history[0].version if history else ""
    published = [place for place, one in enumerate(history) if one.version == current and one.act is Act.PUBLISH]
    older = history[published[0] + 1 :] if published else ()
    target = next((one for one in older if one.version != current), None)
    if target is None:
        raise VersionUnusable("No other version was published before the current one; `mohala menus list` shows all.")
    return target


async def _archived(archive: DatabaseArchive, version: str) -> Pack:
    sources = await archive.sources(version)
    if sources is None:
        raise VersionUnusable(f"Version {version} was never published here.")
    return compile_published(sources)
