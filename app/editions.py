"""Published menus in use: the current one for whoever dials now, older ones for whoever is still under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from app import limits
from app.catalogue import Catalogue
from app.engine.program import Program, once
from app.errors import MenuRefused, MohalaError, SettingsWrong, VersionUnusable, place_of
from app.pack import Pack
from app.points import Points
from app.ports import Archive, Office

log: Final = structlog.get_logger()


Away = Callable[[], frozenset[str]]
"""The offices that nobody would reach now."""


def nobody_away() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of the menus, ready for use: the compiled pack and the doors to its offices.

    `away` tells which offices could not be asked now.
    """

    pack: Pack
    offices: Mapping[str, Office]
    away: Away = nobody_away

    @property
    def program(self) -> Program:
        return self.pack.program

    @property
    def catalogue(self) -> Catalogue:
        return self.pack.catalogue

    @property
    def points(self) -> Points:
        return self.pack.points

    @property
    def version(self) -> str:
        return self.pack.program.version

    def closed(self) -> tuple[str, ...]:
        """The services of which its menus want to know that they cannot be asked now, as conditions write them."""
        program = self.program
        if not program.opens or not (away := self.away()):
            return ()
        opens = once(program, ("", "opens"), _opens, self.catalogue)
        return tuple(sorted(name for name in program.opens if opens[name] & away))


def _opens(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    return catalogue.opens


def known_points(edition: Edition) -> Mapping[str, str] | None:
    """The service points of a version of the menus, by id with the name that texts show.

    None: it says nothing of them, so that any id is taken, and shown as it is.
    """
    return {point.id: f"{point.id} {point.name}" for point in edition.points.values()} or None


Prepare = Callable[[str, Mapping[str, str]], Awaitable[Edition]]
"""(version, sources) -> Edition; raises `VersionUnusable`, `MenuRefused` or `SettingsWrong`."""


class Editions:
    """`current` is what a new dial gets; `behind` says why a later publication is not in use, or nothing.

    Others are prepared when somebody needs them; those used longest ago are let go. With neither archive nor `prepare`
    there is one edition for ever, as tools that read a pack from disk need it.
    """

    def __init__(
        self,
        current: Edition,
        archive: Archive | None = None,
        prepare: Prepare | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.current = current
        self.behind = ""
        self._archive = archive
        self._prepare = prepare
        self._monotonic = monotonic
        self._held = {current.version: current}
        self._preparing: dict[str, asyncio.Task[Edition]] = {}
        self._unusable: dict[str, tuple[float, str]] = {}

    @classmethod
    async def open(cls, archive: Archive, prepare: Prepare) -> Editions:
        """Raises `SettingsWrong` when nothing is published, and what `prepare` raises."""
        publication = await archive.current()
        sources = await archive.sources(publication.version) if publication else None
        if publication is None or sources is None:
            raise SettingsWrong("No menus are published yet: run `mohala menus publish`.")
        return cls(await prepare(publication.version, sources), archive, prepare)

    def held(self, version: str) -> Edition | None:
        """The edition of a version if it is at hand."""
        held = self._held.pop(version, None)
        if held is not None:
            self._held[version] = held  # last in line: what is used longest ago is let go first
        return held

    async def of(self, version: str) -> Edition:
        """The edition of a version; raises `VersionUnusable`, or `StoreUnavailable` while the archive is away."""
        held = self.held(version)
        if held is not None:
            return held
        tried_at, why = self._unusable.get(version, (float("-inf"), ""))
        if self._monotonic() - tried_at < limits.edition_retry_seconds:
            raise VersionUnusable(why)
        task = self._preparing.get(version)
        if task is None:
            task = self._preparing[version] = asyncio.create_task(self._fetch(version))
            task.add_done_callback(lambda done: self._forget(version, done))
        # Shielded: several turns may wait for it, and one that runs out of time must not take it from the others.
        return await asyncio.shield(task)

    async def refresh(self) -> bool:
        """Take up what was published meanwhile; True if the current edition changed.

        A version that cannot be used here is left out: what was current stays so.
        """
        if self._archive is None:
            return False
        publication = await self._archive.current()
        if publication is None or publication.version == self.current.version:
            return False
        self.current = await self.of(publication.version)
        return True

    async def keep_up(self, every_seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Refresh for ever; what goes wrong is told once, and tried again."""
        while True:
            await sleep(every_seconds)
            why = await self._why_not_refreshed()
            if why and why != self.behind:
                log.error("menus_not_taken_up", reason=why, kept=self.current.version)
            self.behind = why

    async def _why_not_refreshed(self) -> str:
        try:
            if await self.refresh():
                log.info("menus_taken_up", version=self.current.version)
        except MohalaError as error:
            return str(error)
        except Exception as error:  # our mistake must not keep this process from every later publication
            return f"our mistake: {place_of(error)}"
        return ""

    async def _fetch(self, version: str) -> Edition:
        try:
            edition = await self._prepared(version)
        except VersionUnusable as error:
            self._unusable[version] = (self._monotonic(), str(error))
            _keep_newest(self._unusable)
            raise
        self._held[version] = edition
        _keep_newest(self._held, but=self.current.version)
        return edition

    async def _prepared(self, version: str) -> Edition:
        sources = await self._archive.sources(version) if self._archive else None
        if sources is None or self._prepare is None:
            raise VersionUnusable(f"Version {version} was never published here.")
        try:
            return await self._prepare(version, sources)
        except (MenuRefused, SettingsWrong) as error:
            raise VersionUnusable(f"Version {version} cannot be used here: {error}") from None

    def _forget(self, version: str, done: asyncio.Task[Edition]) -> None:
        self._preparing.pop(version, None)
        if not done.cancelled():
            done.exception()  # those who waited may all be gone; then nobody else would have looked at it


def _keep_newest(kept: dict[str, Any], but: str = "") -> None:
    """Let the oldest entries go, never the one named `but`."""
    for version in [version for version in kept if version != but][: max(0, len(kept) - limits.editions_held_max)]:
        del kept[version]
