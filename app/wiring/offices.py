"""Opens the offices of each version of the menus, for citizens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from app import manual
from app.catalogue import OfficeEntry, examples_in
from app.compiler.pack import compile_published, version_of
from app.complaints import Complaints
from app.doors import Doors
from app.editions import Away, Edition, nobody_away
from app.errors import SettingsWrong, VersionUnusable
from app.manual_office import ManualOffice
from app.ports import Board, Clock, Office
from app.settings import Settings
from app.wiring.adapters import Land, office_of
from app.wiring.world import REAL, World, now_utc

log = structlog.get_logger()


class Offices:
    """Opens the offices of each version; versions that say the same about one share it, with its limits.

    Without a `board`, no office without a system can be opened: that raises `SettingsWrong`. They are asked through
    `doors`, if there are any; which of them are `away` is what menus are told.
    """

    def __init__(
        self,
        settings: Settings,
        board: Board | None = None,
        doors: Doors | None = None,
        world: World = REAL,
        wake_urls: Mapping[str, str] | None = None,
        away: Away = nobody_away,
        complaints: Complaints | None = None,
    ) -> None:
        self._complaints = complaints
        self._settings = settings
        self._world = world
        self._board = board
        self._doors = doors
        self._wake_urls = wake_urls or {}
        self._away = away
        self._opened: list[tuple[tuple[OfficeEntry, Land], Office]] = []

    async def prepare(self, version: str, sources: Mapping[str, str]) -> Edition:
        """Compile a version beside the event loop and open its offices; raises as `app.editions.Prepare` says."""
        if version_of(sources) != version:
            raise VersionUnusable(f"The files of version {version} were altered after they were published.")
        pack = await asyncio.to_thread(compile_published, sources)
        land = Land(pack.program.country, pack.program.currency.minor_digits)
        examples = [] if self._settings.phone else examples_in(pack.catalogue)
        if examples:  # citizens are told the amounts as examples, and pay them all the same
            log.warning("charges_are_examples", version=version, services=examples)
        offices = {name: self._office(entry, land) for name, entry in pack.catalogue.offices.items()}
        return Edition(pack, offices, self._away)

    def _office(self, entry: OfficeEntry, land: Land) -> Office:
        for known, office in self._opened:
            if known == (entry, land):
                return office
        clock = self._world.clock
        wake_url = self._wake_urls.get(entry.adapter, "")
        office = manual_office(entry, self._board, clock, self._complaints) or self._world.office(
            entry.name, office_of(self._settings, entry, clock, wake_url, land)
        )
        if self._doors is not None:
            office = self._doors.before(entry.name, office)
        self._opened.append(((entry, land), office))
        return office

    async def close(self) -> None:
        for _, office in self._opened:
            await office.close()


def manual_office(
    entry: OfficeEntry, board: Board | None, clock: Clock = now_utc, complaints: Complaints | None = None
) -> Office | None:
    """The work list of an office without a system; None for an office that has one."""
    if entry.adapter != manual.ADAPTER:
        return None
    if board is None:
        raise SettingsWrong(f"Office {entry.name} has no system, and there is no work list to put anything on.")
    days = int(entry.options.get("promise_days", manual.PROMISE_DAYS))
    if complaints is None:
        return ManualOffice(entry.name, days, board, clock)
    return ManualOffice(entry.name, days, board, clock, partial(complaints.named, entry))


def tell_unused_addresses(settings: Settings, edition: Edition) -> None:
    """No error: an address may be set before the menus that need it are published."""
    offices = edition.catalogue.offices
    for name in sorted(set(settings.office_addresses) - set(offices)):
        log.warning("office_address_unused", office=name, known=sorted(offices))
    ask_for_tokens = {name for name, entry in offices.items() if "token_url" in entry.auth}
    for name in sorted(set(settings.office_token_urls) - ask_for_tokens):
        log.warning("office_token_url_unused", office=name, known=sorted(ask_for_tokens))
