"""Puts the house together: the only file that knows every adapter."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from app import limits, m_pesa, manual
from app.catalogue import OfficeEntry
from app.compiler.pack import compile_published, version_of
from app.crowd import Crowd
from app.desk import Desk, ManualOffice
from app.dialogue import Dialogues
from app.editions import Edition, Editions
from app.errors import SettingsWrong, VersionUnusable
from app.falls import Falls
from app.gateway import Gateway
from app.hearing import Hearing
from app.keys import Keyring, parse_keys
from app.ledger import Requests
from app.measures import Measures
from app.office_auth import FILE_NAME, FILES
from app.openings import OpeningLog
from app.outbox import Fraction, Worker
from app.pack import Pack
from app.ports import Aggregator, Board, Deadlines, Ledger, Office, Outbox, SessionStore, WakeReader
from app.services import Services
from app.settings import Settings
from app.sms import Texts
from app.tasks import Clerk
from integrations.aggregators.africastalking import AfricasTalking
from integrations.database import open_database
from integrations.services import OFFICES, READERS
from integrations.services.settings import OfficeSettings
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore

log = structlog.get_logger()


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a process needs, built once."""

    settings: Settings
    editions: Editions
    store: SessionStore
    ledger: Ledger
    outbox: Outbox
    aggregators: Mapping[str, Aggregator]
    requests: Requests
    desk: Desk
    clerk_of: Callable[[str], Awaitable[Clerk | None]]
    gateway: Gateway
    texts: Texts
    measures: Measures
    crowd: Crowd
    wake_readers: Mapping[str, WakeReader]
    """By the path below which a wallet may call; nobody can guess it."""

    def worker(self, name: str, fraction: Fraction) -> Worker:
        return Worker(
            name,
            self.outbox,
            self.ledger,
            self.requests,
            self.texts,
            self.aggregators,
            self.measures,
            now_utc,
            fraction,
            self.settings.worker_poll_seconds,
        )


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Build everything that the settings name and close it again.

    Raises `SettingsWrong`, `VersionUnusable` or `MenuRefused`.
    """
    keyring = read_keyring(settings.keys)
    async with AsyncExitStack() as closing:
        database = await open_database(settings.database, keyring, os.urandom, allow_unsafe=settings.database_unsafe)
        closing.push_async_callback(database.close)
        store = RedisSessionStore(client_for(_store_url(settings)), keyring)
        closing.push_async_callback(store.close)
        offices = Offices(settings, database.board, wake_urls(settings, keyring))
        closing.push_async_callback(offices.close)
        editions = await Editions.open(database.archive, offices.prepare)
        _tell_unused_addresses(settings, editions.current)
        aggregators = _aggregators(settings)
        for aggregator in aggregators.values():
            closing.push_async_callback(aggregator.close)
        measures = Measures()
        requests = Requests(editions, database.ledger, now_utc, os.urandom)
        desk = Desk(requests, database.board, database.audit, now_utc)
        services = Services(requests, database.outbox, now_utc)
        dialogues = Dialogues(services, database.ledger, keyring, now_utc, time.monotonic)
        openings = OpeningLog(database.openings, now_utc)
        falls = Falls(editions, store, openings, database.ledger, database.outbox, keyring, now_utc)
        hearing = Hearing(editions, dialogues, database.ledger, openings, falls)
        crowd = Crowd()
        gateway = Gateway(hearing, falls, store, keyring, measures, crowd, os.urandom)
        texts = Texts(editions, dialogues, database.ledger, database.outbox, keyring, now_utc, time.monotonic)
        keeping_up = asyncio.create_task(editions.keep_up(settings.menus_poll_seconds))
        closing.callback(keeping_up.cancel)
        closing.push_async_callback(openings.write)
        writing = asyncio.create_task(openings.keep_up(limits.openings_write_seconds))
        closing.callback(writing.cancel)
        watching = asyncio.create_task(crowd.watch())
        closing.callback(watching.cancel)
        yield House(
            settings, editions, store, database.ledger, database.outbox, aggregators,
            requests, desk, database.board.clerk, gateway, texts, measures, crowd,
            {wake_path(keyring, adapter): reader for adapter, reader in READERS.items()},
        )  # fmt: skip


def read_keyring(path: Path) -> Keyring:
    try:
        return Keyring(parse_keys(path.read_text("ascii")), os.urandom)
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The key file {path} cannot be read; `mohala keys` makes one.") from None


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


class Offices:
    """Opens the offices of each version; versions that say the same about one share it, with its limits.

    Without a `board`, no office without a system can be opened: that raises `SettingsWrong`.
    """

    def __init__(
        self, settings: Settings, board: Board | None = None, wake_urls: Mapping[str, str] | None = None
    ) -> None:
        self._settings = settings
        self._board = board
        self._wake_urls = wake_urls or {}
        self._opened: list[tuple[OfficeEntry, Office]] = []

    async def prepare(self, version: str, sources: Mapping[str, str]) -> Edition:
        """Compile a version beside the event loop and open its offices; raises as `app.editions.Prepare` says."""
        if version_of(sources) != version:
            raise VersionUnusable(f"The files of version {version} were altered after they were published.")
        pack = await asyncio.to_thread(compile_published, sources)
        return Edition(pack, {name: self._office(entry) for name, entry in pack.catalogue.offices.items()})

    def _office(self, entry: OfficeEntry) -> Office:
        for known, office in self._opened:
            if known == entry:
                return office
        office = manual_office(entry, self._board) or _office(
            self._settings, entry, self._wake_urls.get(entry.adapter, "")
        )
        self._opened.append((entry, office))
        return office

    async def close(self) -> None:
        for _, office in self._opened:
            await office.close()


def manual_office(entry: OfficeEntry, board: Board | None) -> Office | None:
    """The work list of an office without a system; None for an office that has one."""
    if entry.adapter != manual.ADAPTER:
        return None
    if board is None:
        raise SettingsWrong(f"Office {entry.name} has no system, and there is no work list to put anything on.")
    days = int(entry.options.get("promise_days", manual.PROMISE_DAYS))
    return ManualOffice(entry.name, days, board, now_utc)


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


def _office(settings: Settings, entry: OfficeEntry, wake_url: str) -> Office:
    files = _secret_files(settings, entry)
    texts = {key: _read(path, entry) for key, path in files.items()}
    return _opened(settings, entry, texts.get("secret"), files, wake_url)


def _opened(
    settings: Settings, entry: OfficeEntry, secret: str | None, files: Mapping[str, Path], wake_url: str = ""
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
            {key: path for key, path in files.items() if key != "secret"}, wake_url,
        ),
        now_utc,
    )  # fmt: skip


def _secret_files(settings: Settings, entry: OfficeEntry) -> dict[str, Path]:
    """Where the password (`secret`) and the other files lie; raises `SettingsWrong` for a name that leads out."""
    named = {key: entry.auth[key] for key in FILES if key in entry.auth}
    named |= {key: entry.options[key] for key in m_pesa.FILES if key in entry.options}
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
