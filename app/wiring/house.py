"""A whole house: opened from settings, kept going, and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app import limits
from app.complaints import Complaints
from app.counter import Counter
from app.crowd import Crowd
from app.desk import Desk
from app.doors import Doors
from app.editions import Editions
from app.gateway import Gateway
from app.keys import Keyring
from app.measures import Measures
from app.outbox import Fraction, Worker
from app.overview import Overview
from app.ports import Aggregator, Ledger, Outbox, SessionStore, SmsBook, WakeReader, WalletNotices, Watch
from app.rooms import Given, Rooms, build_rooms
from app.schedules import Schedules
from app.sending import Budget
from app.settings import Settings
from app.sms import Texts
from app.tasks import Clerk
from app.under_way import CashBeside
from app.wiring.by_the_clock import schedules_of
from app.wiring.companies import aggregators_of, wallets_of
from app.wiring.keyring import keep_keys, read_keyring, wake_path, wake_urls
from app.wiring.offices import Offices, tell_unused_addresses
from app.wiring.world import REAL, World
from integrations.services import READERS
from integrations.wallet_callbacks import WalletCallbacks

if TYPE_CHECKING:
    from integrations.database import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a process needs, built once."""

    settings: Settings
    rooms: Rooms
    ledger: Ledger
    counter: Counter
    notices: WalletNotices
    desk: Desk
    clerk_of: Callable[[str], Awaitable[Clerk | None]]
    book: SmsBook
    schedules: Schedules
    overview: Overview
    watch: Watch
    wake_readers: Mapping[str, WakeReader]
    """By the path below which a wallet may call; nobody can guess it."""

    @property
    def editions(self) -> Editions:
        return self.rooms.given.editions

    @property
    def store(self) -> SessionStore:
        return self.rooms.given.store

    @property
    def outbox(self) -> Outbox:
        return self.rooms.given.outbox

    @property
    def aggregators(self) -> Mapping[str, Aggregator]:
        return self.rooms.given.aggregators

    @property
    def measures(self) -> Measures:
        return self.rooms.given.measures

    @property
    def crowd(self) -> Crowd:
        return self.rooms.given.crowd

    @property
    def gateway(self) -> Gateway:
        return self.rooms.gateway

    @property
    def texts(self) -> Texts:
        return self.rooms.texts

    def worker(self, name: str, fraction: Fraction) -> Worker:
        """The others hear from now on which offices it finds away."""
        self.overview.tell_as(name)
        return self.rooms.worker(name, self.schedules, self.notices, fraction, self.settings.worker_poll_seconds)


@asynccontextmanager
async def open_house(settings: Settings, world: World = REAL) -> AsyncIterator[House]:
    """Build everything that the settings name and close it again.

    Raises `SettingsWrong`, `VersionUnusable` or `MenuRefused`.
    """
    keyring = read_keyring(settings.keys)
    async with AsyncExitStack() as closing:
        database = await _database(settings, world, keyring, closing)
        store = world.store(settings, keyring)
        closing.push_async_callback(store.close)
        measures = Measures()
        doors = Doors(measures, world.clock, world.monotonic)
        overview = Overview(doors, database.doors, world.clock)
        complaints = Complaints(database.agents, database.bills, database.ledger)
        wakes = wake_urls(settings, keyring)
        offices = Offices(settings, database.board, doors, world, wakes, overview.closed, complaints)
        closing.push_async_callback(offices.close)
        editions = await Editions.open(database.archive, offices.prepare)
        tell_unused_addresses(settings, editions.current)
        aggregators = _aggregators(settings, closing)
        given = Given(
            editions=editions,
            shelves=database,
            outbox=world.outbox(database.outbox),
            store=store,
            aggregators=aggregators,
            budget=Budget(settings.sms_parts_an_hour, settings.sms_parts_an_hour_by_kind),
            keyring=keyring,
            measures=measures,
            crowd=Crowd(),
            clock=world.clock,
            monotonic=world.monotonic,
            random_for=lambda use: world.random_bytes,
            lots=world.fraction,
            call_back_one_in=settings.callback_one_in,
        )
        house = _house(settings, build_rooms(given), database, overview, closing)
        _keep_up(house, closing)
        yield house


async def _database(settings: Settings, world: World, keyring: Keyring, closing: AsyncExitStack) -> Database:
    # Not above: it takes half of the imports of this room, and the process of the sandbox opens no house.
    from app.early_agents import PRETEND, retire_pretend

    database = await world.database(
        settings.database, keyring, world.random_bytes, allow_unsafe=settings.database_unsafe
    )
    closing.push_async_callback(database.close)
    if not settings.phone_agent and await retire_pretend(database.agents, world.clock()):
        log.warning("pretend_agent_suspended", agent=PRETEND, why="docs/agents.md tells")
    return database


def _aggregators(settings: Settings, closing: AsyncExitStack) -> Mapping[str, Aggregator]:
    aggregators = aggregators_of(settings)
    for aggregator in aggregators.values():
        closing.push_async_callback(aggregator.close)
    return aggregators


def _house(settings: Settings, rooms: Rooms, database: Database, overview: Overview, closing: AsyncExitStack) -> House:
    """The rooms of citizens, and around them those of wallets, clerks and the clock."""
    editions, clock, keyring = rooms.given.editions, rooms.given.clock, rooms.given.keyring
    wallets = wallets_of(settings)
    notices = WalletCallbacks([base for wallet in wallets.values() for base in wallet.callbacks], clock)
    closing.push_async_callback(notices.close)
    desk = Desk(rooms.requests, database.board, database.bills, database.audit, clock)
    return House(
        settings=settings,
        rooms=rooms,
        ledger=database.ledger,
        counter=Counter(
            wallets, rooms.billing, database.bills, database.ledger, CashBeside(database.pushes, clock), editions, clock
        ),
        notices=notices,
        desk=desk,
        clerk_of=database.board.clerk,
        book=database.sms,
        schedules=Schedules(schedules_of(settings, rooms, desk, database), rooms.given.outbox, clock),
        overview=overview,
        watch=database.watch,
        wake_readers={wake_path(keyring, adapter): reader for adapter, reader in READERS.items()},
    )


def _keep_up(house: House, closing: AsyncExitStack) -> None:
    """What goes on beside the turns. What is left to write is written on closing, after its task was ended."""
    settings, rooms = house.settings, house.rooms
    _beside(house.editions.keep_up(settings.menus_poll_seconds), closing)
    closing.push_async_callback(house.overview.leave)
    _beside(house.overview.keep_up(settings.menus_poll_seconds), closing)
    closing.push_async_callback(rooms.inquiries.close)
    _beside(rooms.inquiries.keep_up(limits.audit_again_seconds), closing)
    closing.push_async_callback(rooms.openings.write)
    _beside(rooms.openings.keep_up(limits.openings_write_seconds), closing)
    _beside(house.store.keep_up(limits.session_seconds_max), closing)
    _beside(keep_keys(settings.keys, rooms.given.keyring), closing)
    _beside(house.crowd.watch(), closing)
    _beside(house.crowd.watch_ledger(house.ledger.ping), closing)


def _beside(work: Coroutine[None, None, None], closing: AsyncExitStack) -> None:
    task = asyncio.create_task(work)
    closing.callback(task.cancel)
