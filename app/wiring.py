"""Puts the house together: the only file that knows every adapter."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from app import limits, m_pesa, manual, mosip
from app.agent_intents import AgentIntents
from app.agent_menu import AgentMenu
from app.agent_money import AgentMoney
from app.agents import Agents
from app.asking import Asking
from app.attesting import Attesting
from app.billing import Billing
from app.broadcasts import Warnings
from app.call_back import KIND as CALL_BACK
from app.calling import CallBacks
from app.catalogue import OfficeEntry
from app.codes import Codes
from app.compiler.pack import compile_published, version_of
from app.complaints import Complaints
from app.counter import Counter, Wallet
from app.crowd import Crowd
from app.desk import Desk, ManualOffice
from app.dialogue import Dialogues
from app.doors import Doors
from app.editions import Away, Edition, Editions, known_points, nobody_away
from app.errors import SettingsWrong, VersionUnusable
from app.falls import Falls
from app.gateway import Gateway
from app.hearing import Hearing
from app.inquiries import Inquiries
from app.key_file import read_key_file
from app.keys import Keyring
from app.layouts import read_layouts
from app.ledger import Requests
from app.lookout import Lookout
from app.mandates import Mandates
from app.measures import Measures
from app.mine import Mine
from app.office_auth import FILE_NAME, FILES
from app.openings import OpeningLog
from app.outbox import Fraction, Worker
from app.overview import Overview
from app.pack import Pack
from app.ports import (
    Aggregator,
    Board,
    Clock,
    Deadlines,
    Ledger,
    Office,
    Outbox,
    RandomBytes,
    Rates,
    SessionStore,
    SmsBook,
    WakeReader,
    WalletNotices,
    Watch,
)
from app.reconciliation import Reconciliation
from app.retention import Retention
from app.schedules import Schedule, Schedules
from app.sending import Budget, Sender
from app.services import Services
from app.settings import Settings
from app.sms import Texts
from app.statements import Layout
from app.supervising import Supervisors
from app.survey import Surveys
from app.tasks import Clerk
from app.vigil import Vigil
from integrations.aggregators.africastalking import AfricasTalking
from integrations.services import OFFICES, READERS
from integrations.services.settings import OfficeSettings
from integrations.wallet_callbacks import WalletCallbacks
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore

if TYPE_CHECKING:
    from integrations.database import Database

log = structlog.get_logger()
WALLET_KEYS_MAX = 2


def now_utc() -> datetime:
    return datetime.now(UTC)


def redis_store(settings: Settings, keyring: Keyring) -> SessionStore:
    return RedisSessionStore(client_for(_store_url(settings)), keyring)


async def real_database(*told: Any, **wishes: Any) -> Database:
    """Imported when a house is opened: it takes half of the imports of this room, and the sandbox opens no house."""
    from integrations.database import open_database

    return await open_database(*told, **wishes)


@dataclass(frozen=True, slots=True)
class World:
    """What a house has from outside besides its settings. A simulated one has its own time, chance and weather.

    `office` and `outbox` are put around what the house would use; `database` opens it.
    """

    clock: Clock = now_utc
    monotonic: Callable[[], float] = time.monotonic
    random_bytes: RandomBytes = os.urandom
    fraction: Callable[[], float] = random.SystemRandom().random
    store: Callable[[Settings, Keyring], SessionStore] = redis_store
    office: Callable[[str, Office], Office] = lambda name, office: office
    outbox: Callable[[Outbox], Outbox] = lambda outbox: outbox
    database: Callable[..., Awaitable[Database]] = real_database


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a process needs, built once."""

    world: World
    settings: Settings
    editions: Editions
    store: SessionStore
    ledger: Ledger
    outbox: Outbox
    aggregators: Mapping[str, Aggregator]
    requests: Requests
    billing: Billing
    counter: Counter
    notices: WalletNotices
    desk: Desk
    clerk_of: Callable[[str], Awaitable[Clerk | None]]
    gateway: Gateway
    texts: Texts
    measures: Measures
    crowd: Crowd
    book: SmsBook
    sender: Sender
    rates: Rates
    schedules: Schedules
    asking: Asking
    surveys: Surveys
    warnings: Warnings
    agents: Agents
    overview: Overview
    watch: Watch
    wake_readers: Mapping[str, WakeReader]
    """By the path below which a wallet may call; nobody can guess it."""

    def worker(self, name: str, fraction: Fraction) -> Worker:
        """The others hear from now on which offices it finds away."""
        self.overview.tell_as(name)
        return Worker(
            name,
            self.outbox,
            self.requests,
            self.billing,
            self.notices,
            self.texts,
            self.sender,
            self.rates,
            self.world.clock,
            fraction,
            self.settings.worker_poll_seconds,
            self.schedules,
            self.asking,
            self.surveys,
            self.warnings,
            self.agents,
        )


REAL = World()


@asynccontextmanager
async def open_house(settings: Settings, world: World = REAL) -> AsyncIterator[House]:
    """Build everything that the settings name and close it again.

    Raises `SettingsWrong`, `VersionUnusable` or `MenuRefused`.
    """
    # Not above: it takes half of the imports of this room, and the process of the sandbox opens no house.
    from app.early_agents import PRETEND, retire_pretend

    keyring = read_keyring(settings.keys)
    async with AsyncExitStack() as closing:
        database = await world.database(
            settings.database, keyring, world.random_bytes, allow_unsafe=settings.database_unsafe
        )
        closing.push_async_callback(database.close)
        if not settings.phone_agent and await retire_pretend(database.agents, world.clock()):
            log.warning("pretend_agent_suspended", agent=PRETEND, why="docs/agents.md tells")
        outbox = world.outbox(database.outbox)
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
        _tell_unused_addresses(settings, editions.current)
        aggregators = _aggregators(settings)
        for aggregator in aggregators.values():
            closing.push_async_callback(aggregator.close)
        requests = Requests(editions, database.ledger, world.clock, world.random_bytes)
        billing = Billing(requests, database.ledger, database.bills, world.clock, world.random_bytes)
        wallets = _wallets(settings)
        counter = Counter(wallets, billing, database.bills, database.ledger, editions, world.clock)
        notices = WalletCallbacks([base for wallet in wallets.values() for base in wallet.callbacks], world.clock)
        closing.push_async_callback(notices.close)
        desk = Desk(requests, database.board, database.bills, database.audit, world.clock)
        surveys = Surveys(editions, keyring, world.fraction)
        inquiries = Inquiries(database.audit, world.clock)
        codes = Codes(database.checks, inquiries, world.clock)
        mandates = Mandates(
            database.mandates, database.agents, database.ledger, database.checks, outbox, known_points, keyring,
            world.clock,
        )  # fmt: skip
        book = database.agents
        money = AgentMoney(
            book, billing, database.bills, database.ledger, database.checks, outbox, known_points, keyring, world.clock
        )
        intents = AgentIntents(book, billing, database.bills, money, world.clock)
        attesting = Attesting(book, requests, database.checks, outbox, world.clock)
        agent_menu = AgentMenu(book, money, intents, attesting, world.clock)
        mine = Mine(
            requests, billing, database.mine, database.ledger, database.bills, database.subscriptions, outbox, keyring,
            world.clock,
        )  # fmt: skip
        services = Services(
            requests, codes, outbox, inquiries, database.errands, surveys, world.clock, mandates, agent_menu, mine
        )
        dialogues = Dialogues(services, database.ledger, keyring, world.clock, world.monotonic, mandates)
        openings = OpeningLog(database.openings, world.clock)
        falls = Falls(editions, store, openings, database.ledger, outbox, keyring, world.clock)
        hearing = Hearing(editions, dialogues, database.ledger, openings, falls, mandates)
        crowd = Crowd()
        gateway = Gateway(hearing, falls, store, keyring, measures, crowd, world.random_bytes, world.monotonic)
        agents = Agents(book, money, intents, attesting, database.ledger, database.checks, editions, world.clock)
        budget = Budget(settings.sms_parts_an_hour, settings.sms_parts_an_hour_by_kind)
        sender = Sender(editions, outbox, database.sms, aggregators, budget, measures, world.clock)
        call_backs = CallBacks(
            database.watch, database.agents, database.bills, database.ledger, outbox, editions, keyring,
            settings.callback_one_in, world.clock,
        )  # fmt: skip
        heard = {CALL_BACK: call_backs.heard}
        asking = Asking(editions, database.questions, database.ledger, sender, world.clock, heard)
        texts = Texts(
            editions, dialogues, database.ledger, outbox, database.checks, agents, asking, keyring, world.clock,
            world.monotonic,
        )  # fmt: skip
        warnings = Warnings(
            editions, database.broadcasts, database.subscriptions, database.ledger, sender, world.clock
        )  # fmt: skip
        vigil = Vigil(requests, database.waiting)
        retention = Retention(editions, database.retention)
        reconciliation = Reconciliation(_layouts(settings), database.statements, database.bills, billing, world.clock)
        lookout = Lookout(database.watch, editions)
        supervisors = Supervisors(settings.supervisors, database.board, outbox, editions)
        schedules = Schedules(
            _schedules(desk, supervisors, vigil, database.sms, retention, agents, reconciliation, lookout, call_backs),
            outbox,
            world.clock,
        )
        keeping_up = asyncio.create_task(editions.keep_up(settings.menus_poll_seconds))
        closing.callback(keeping_up.cancel)
        closing.push_async_callback(overview.leave)
        sharing = asyncio.create_task(overview.keep_up(settings.menus_poll_seconds))
        closing.callback(sharing.cancel)
        closing.push_async_callback(inquiries.close)
        noting = asyncio.create_task(inquiries.keep_up(limits.audit_again_seconds))
        closing.callback(noting.cancel)
        closing.push_async_callback(openings.write)
        writing = asyncio.create_task(openings.keep_up(limits.openings_write_seconds))
        closing.callback(writing.cancel)
        looking = asyncio.create_task(_keep_keys(settings.keys, keyring))
        closing.callback(looking.cancel)
        watching = asyncio.create_task(crowd.watch())
        closing.callback(watching.cancel)
        yield House(
            world=world,
            settings=settings,
            editions=editions,
            store=store,
            ledger=database.ledger,
            outbox=outbox,
            aggregators=aggregators,
            requests=requests,
            billing=billing,
            counter=counter,
            notices=notices,
            desk=desk,
            clerk_of=database.board.clerk,
            gateway=gateway,
            texts=texts,
            measures=measures,
            crowd=crowd,
            book=database.sms,
            sender=sender,
            rates=database.rates,
            schedules=schedules,
            asking=asking,
            surveys=surveys,
            warnings=warnings,
            agents=agents,
            overview=overview,
            watch=database.watch,
            wake_readers={wake_path(keyring, adapter): reader for adapter, reader in READERS.items()},
        )


def _layouts(settings: Settings) -> Mapping[str, Layout]:
    """No error: citizens are served whatever a statement's layout says, and `mohala books` tells what is wrong."""
    try:
        return read_layouts(settings.statements)
    except SettingsWrong:
        log.error("layouts_not_usable", reason="`mohala books reconcile` tells what is wrong")
        return {}


def _schedules(
    desk: Desk,
    supervisors: Supervisors,
    vigil: Vigil,
    book: SmsBook,
    retention: Retention,
    agents: Agents,
    reconciliation: Reconciliation,
    lookout: Lookout,
    call_backs: CallBacks,
) -> tuple[Schedule, ...]:
    """What workers do by the clock; to add to it, add a line."""
    return (
        Schedule("overdue", limits.desk_escalate_seconds, desk.escalate),
        Schedule("supervisors", limits.supervisors_seconds, supervisors.tell),
        Schedule("vigil", limits.vigil_seconds, vigil.look),
        Schedule("sms", limits.sms_sweep_seconds, book.sweep),
        Schedule("retention", limits.retention_sweep_seconds, retention.forget),
        Schedule("agents", limits.agent_statements_seconds, agents.tell_months),
        Schedule("reconciliation", limits.reconcile_seconds, reconciliation.look),
        Schedule("watching", limits.watch_seconds, lookout.look),
        Schedule("call-backs", limits.call_back_seconds, call_backs.draw),
    )


def read_keyring(path: Path) -> Keyring:
    file = read_key_file(path)
    return Keyring(file.keys, os.urandom, file.lookup)


async def _keep_keys(path: Path, keyring: Keyring) -> None:
    """Take up what is written into the key file, so that keys are rotated while citizens are served."""
    known = _stamp(path)
    while True:
        await asyncio.sleep(limits.keys_look_seconds)
        try:
            if (stamp := _stamp(path)) == known:
                continue
            keyring.take(read_key_file(path))
            known = stamp
            log.info("keys_taken_up", sealing=keyring.first)
        except SettingsWrong as error:
            log.error("keys_not_taken_up", reason=str(error), kept=keyring.first)


def _stamp(path: Path) -> tuple[int, int]:
    """Another whenever the file was replaced; that of no file while there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def wake_path(keyring: Keyring, adapter: str) -> str:
    """Where wallets of an adapter may call. Each is told its own path alone, and none of an aggregator's."""
    return f"/wakes/{keyring.hash('wakes', adapter).hex()}/{adapter}"


def wake_urls(settings: Settings, keyring: Keyring) -> Mapping[str, str]:
    """By adapter; none if no wallet can reach this gateway. Raises `SettingsWrong`."""
    base = settings.wakes_base
    return {} if base is None else {adapter: f"{base}{wake_path(keyring, adapter)}" for adapter in READERS}


def _store_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsWrong("MOHALA_REDIS_URL is not set; `mohala run` starts an embedded server and sets it.")
    return settings.redis_url


def _tell_unused_addresses(settings: Settings, edition: Edition) -> None:
    """No error: an address may be set before the menus that need it are published."""
    offices = edition.catalogue.offices
    for name in sorted(set(settings.office_addresses) - set(offices)):
        log.warning("office_address_unused", office=name, known=sorted(offices))
    ask_for_tokens = {name for name, entry in offices.items() if "token_url" in entry.auth}
    for name in sorted(set(settings.office_token_urls) - ask_for_tokens):
        log.warning("office_token_url_unused", office=name, known=sorted(ask_for_tokens))


@dataclass(frozen=True, slots=True)
class Land:
    """What an office must know of the country that its pack is for."""

    country: str
    minor_digits: int


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
        offices = {name: self._office(entry, land) for name, entry in pack.catalogue.offices.items()}
        return Edition(pack, offices, self._away)

    def _office(self, entry: OfficeEntry, land: Land) -> Office:
        for known, office in self._opened:
            if known == (entry, land):
                return office
        clock = self._world.clock
        wake_url = self._wake_urls.get(entry.adapter, "")
        office = manual_office(entry, self._board, clock, self._complaints) or self._world.office(
            entry.name, _office(self._settings, entry, clock, wake_url, land)
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


async def secrets_missing(settings: Settings, pack: Pack) -> list[Path]:
    """The files of secrets that a gateway with these settings would miss to serve a pack.

    Raises `SettingsWrong` for an office that no gateway could open.
    """
    missing = []
    for entry in pack.catalogue.offices.values():
        if entry.adapter == manual.ADAPTER:
            continue
        await _opened(settings, entry, None if entry.secret is None else "unknown", {}).close()
        for path in _secret_files(settings, entry).values():
            try:
                _read(path, entry)
            except SettingsWrong:
                missing.append(path)
    return missing


def _office(settings: Settings, entry: OfficeEntry, clock: Clock, wake_url: str, land: Land) -> Office:
    files = _secret_files(settings, entry)
    texts = {key: _read(path, entry) for key, path in files.items()}
    return _opened(settings, entry, texts.get("secret"), files, clock, wake_url, land)


def _opened(
    settings: Settings,
    entry: OfficeEntry,
    secret: str | None,
    files: Mapping[str, Path],
    clock: Clock = now_utc,
    wake_url: str = "",
    land: Land | None = None,
) -> Office:
    """Without files, an office is only looked at: whoever publishes need not hold them."""
    if entry.adapter not in OFFICES:
        known = ", ".join(OFFICES)
        raise SettingsWrong(f"Office {entry.name} wants adapter {entry.adapter}; there are {known}.")
    address = settings.office_addresses.get(entry.name, entry.address)
    auth = dict(entry.auth)
    if "token_url" in auth:
        auth["token_url"] = settings.office_token_urls.get(entry.name, auth["token_url"])
    return OFFICES[entry.adapter](
        OfficeSettings(
            entry.name, address, secret, entry.operations, entry.options, auth, entry.headers,
            {key: path for key, path in files.items() if key != "secret"}, settings.office_recordings, wake_url,
            *((land.minor_digits, land.country) if land else ()),
        ),
        clock,
    )  # fmt: skip


def sampled_office(
    adapter: str, address: str, operations: Mapping[str, Mapping[str, object]], options: Mapping[str, str]
) -> Office:
    """An office of a recorded sample, which shows nobody who asks; raises `SettingsWrong`."""
    if adapter not in OFFICES:
        raise SettingsWrong(f"{adapter} is no adapter; samples lie in a folder named {' or '.join(OFFICES)}.")
    return OFFICES[adapter](OfficeSettings("recorded", address, None, operations, options), now_utc)


def _secret_files(settings: Settings, entry: OfficeEntry) -> dict[str, Path]:
    """Where the password (`secret`) and the other files lie; raises `SettingsWrong` for a name that leads out."""
    named = {key: entry.auth[key] for key in FILES if key in entry.auth}
    named |= {key: entry.options[key] for key in (*mosip.FILES, *m_pesa.FILES) if key in entry.options}
    if entry.secret is not None:
        named["secret"] = entry.secret
    for name in named.values():
        if not FILE_NAME.fullmatch(name):
            raise SettingsWrong(f"Office {entry.name} names a secret that is no name of a file; see `mohala check`.")
    return {key: settings.secrets / name for key, name in named.items()}


def _read(path: Path, entry: OfficeEntry) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The secret of office {entry.name} cannot be read: put it into {path}.") from None


def _wallets(settings: Settings) -> dict[str, Wallet]:
    """Raises `SettingsWrong` for a wallet without a key, or with more than two."""
    wallets = {}
    for name, told in settings.wallets.items():
        path = settings.secrets / f"wallet-{name}"
        try:
            keys = tuple(path.read_text("utf-8").split())
        except (OSError, UnicodeDecodeError):
            keys = ()
        if not 1 <= len(keys) <= WALLET_KEYS_MAX:
            raise SettingsWrong(
                f"The keys of wallet {name} cannot be read: put one, or two while rotating, into {path}."
            )
        wallets[name] = Wallet(name, told.client, keys, told.keeps, told.later, told.callbacks)
    return wallets


def _aggregators(settings: Settings) -> dict[str, Aggregator]:
    key_file = settings.africastalking_key_file or settings.secrets / "africastalking"
    try:
        api_key = key_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The Africa's Talking API key cannot be read: put it into {key_file}.") from None
    return {
        "africastalking": AfricasTalking(
            username=settings.africastalking_username,
            api_key=api_key,
            base_url=settings.africastalking_url,
            sender_id=settings.africastalking_sender,
            deadlines=Deadlines(settings.africastalking_soft_seconds, settings.africastalking_hard_seconds),
        )
    }
