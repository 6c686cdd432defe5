"""Puts the house together: the only file that knows every adapter."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.catalogue import OfficeEntry
from app.dialogue import Dialogues
from app.errors import SettingsWrong
from app.gateway import Gateway
from app.keys import Keyring, parse_keys
from app.ledger import Requests
from app.measures import Measures
from app.outbox import Fraction, Worker
from app.pack import Pack
from app.pack_files import read_pack
from app.ports import Aggregator, Ledger, Office, Outbox, SessionStore
from app.services import Services
from app.settings import Settings
from app.sms import Texts
from integrations.aggregators.africastalking import AfricasTalking
from integrations.database import open_database
from integrations.services import OFFICES
from sessions.connection import CoalescingClient
from sessions.redis_store import RedisSessionStore


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a process needs, built once."""

    settings: Settings
    pack: Pack
    store: SessionStore
    ledger: Ledger
    outbox: Outbox
    aggregators: Mapping[str, Aggregator]
    requests: Requests
    gateway: Gateway
    texts: Texts
    measures: Measures

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
    """Build everything that the settings name and close it again; raises `SettingsWrong` or `MenuRefused`."""
    pack = read_pack(settings.pack)
    keyring = read_keyring(settings.keys)
    async with AsyncExitStack() as closing:
        database = await open_database(settings.database, keyring, os.urandom, allow_unsafe=settings.database_unsafe)
        closing.push_async_callback(database.close)
        store = RedisSessionStore(CoalescingClient(_store_url(settings)), keyring)
        closing.push_async_callback(store.close)
        offices = _offices(settings, pack)
        for office in offices.values():
            closing.push_async_callback(office.close)
        aggregators = _aggregators(settings)
        for aggregator in aggregators.values():
            closing.push_async_callback(aggregator.close)
        measures = Measures()
        requests = Requests(pack, offices, database.ledger, now_utc, os.urandom)
        services = Services(pack, offices, requests, database.outbox, now_utc)
        dialogues = Dialogues(pack.program, services, database.ledger, keyring, now_utc, time.monotonic)
        gateway = Gateway(dialogues, store, database.ledger, keyring, measures, os.urandom)
        texts = Texts(dialogues, database.ledger, database.outbox, keyring, now_utc, time.monotonic)
        yield House(
            settings, pack, store, database.ledger, database.outbox, aggregators, requests, gateway, texts, measures
        )


def read_keyring(path: Path) -> Keyring:
    try:
        return Keyring(parse_keys(path.read_text("ascii")), os.urandom)
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The key file {path} cannot be read; `mohala keys` makes one.") from None


def _store_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsWrong("MOHALA_REDIS_URL is not set; `mohala run` starts an embedded server and sets it.")
    return settings.redis_url


def _offices(settings: Settings, pack: Pack) -> dict[str, Office]:
    unknown = set(settings.office_addresses) - set(pack.catalogue.offices)
    if unknown:
        known = ", ".join(pack.catalogue.offices)
        raise SettingsWrong(f"MOHALA_OFFICE_ADDRESSES names {', '.join(sorted(unknown))}; the pack has {known}.")
    return {name: _office(settings, entry) for name, entry in pack.catalogue.offices.items()}


def _office(settings: Settings, entry: OfficeEntry) -> Office:
    if entry.adapter not in OFFICES:
        known = ", ".join(OFFICES)
        raise SettingsWrong(f"Office {entry.name} wants adapter {entry.adapter}; there are {known}.")
    address = settings.office_addresses.get(entry.name, entry.address)
    return OFFICES[entry.adapter](entry.name, address, _secret(settings, entry), entry.operations, now_utc)


def _secret(settings: Settings, entry: OfficeEntry) -> str | None:
    if entry.secret is None:
        return None
    path = settings.secrets / entry.secret
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
        )
    }
