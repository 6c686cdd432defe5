"""Opening the database that ledger, outbox and archive share."""

from __future__ import annotations

from app.errors import SettingsWrong
from app.keys import Keyring
from app.ports import RandomBytes
from integrations.database import limits
from integrations.database.address import SqliteAddress, read_address
from integrations.database.agents import DatabaseAgents
from integrations.database.archive import DatabaseArchive
from integrations.database.audit import DatabaseAudit
from integrations.database.bills import DatabaseBills
from integrations.database.board import DatabaseBoard
from integrations.database.books import DatabaseBooks
from integrations.database.broadcasts import DatabaseBroadcasts
from integrations.database.checks import DatabaseChecks
from integrations.database.citizens import DatabaseCitizens
from integrations.database.door_book import DatabaseDoorBook
from integrations.database.errands import DatabaseErrands
from integrations.database.evidence import DatabaseEvidence
from integrations.database.ledger import DatabaseLedger
from integrations.database.limits import LogLimits
from integrations.database.mandates import DatabaseMandates
from integrations.database.mine import DatabaseMine
from integrations.database.openings import DatabaseOpenings
from integrations.database.outbox import DatabaseOutbox
from integrations.database.point_caps import DatabasePointCaps
from integrations.database.proposals import DatabaseProposals
from integrations.database.pushes import DatabasePushes
from integrations.database.questions import DatabaseQuestions
from integrations.database.rates import DatabaseRates
from integrations.database.resealing import DatabaseResealing
from integrations.database.retention import DatabaseRetention
from integrations.database.rows import Seals
from integrations.database.schema import check
from integrations.database.shelf import DatabaseShelf
from integrations.database.sms_book import DatabaseSmsBook
from integrations.database.sqlite import SqliteStore
from integrations.database.statements import DatabaseStatements
from integrations.database.store import Store
from integrations.database.subscriptions import DatabaseSubscriptions
from integrations.database.waiting import DatabaseWaiting
from integrations.database.watching import DatabaseWatch


class Database:
    """Everything that is kept for good, on one database; closing any of them closes all."""

    def __init__(self, store: Store, keyring: Keyring, random_bytes: RandomBytes) -> None:
        seals = Seals(keyring)
        self._store = store
        self.ledger = DatabaseLedger(store, seals, random_bytes)
        self.outbox = DatabaseOutbox(store, seals, random_bytes)
        self.archive = DatabaseArchive(store)
        self.audit = DatabaseAudit(store)
        self.citizens = DatabaseCitizens(store, seals)
        self.shelf = DatabaseShelf(store, seals)
        self.board = DatabaseBoard(store, seals, keyring)
        self.sms = DatabaseSmsBook(store, seals)
        self.waiting = DatabaseWaiting(store, seals)
        self.rates = DatabaseRates(store)
        self.doors = DatabaseDoorBook(store)
        self.resealing = DatabaseResealing(store, keyring)
        self.retention = DatabaseRetention(store, seals)
        self.openings = DatabaseOpenings(store, keyring)
        self.bills = DatabaseBills(store, seals, random_bytes)
        self.pushes = DatabasePushes(store, seals)
        self.agents = DatabaseAgents(store, seals, keyring)
        self.point_caps = DatabasePointCaps(store)
        self.watch = DatabaseWatch(store, seals)
        self.errands = DatabaseErrands(store, seals)
        self.questions = DatabaseQuestions(store, seals)
        self.mandates = DatabaseMandates(store, seals, keyring)
        self.mine = DatabaseMine(store, seals)
        self.subscriptions = DatabaseSubscriptions(store, seals)
        self.broadcasts = DatabaseBroadcasts(store, seals)
        self.checks = DatabaseChecks(store, seals, keyring)
        self.statements = DatabaseStatements(store, seals)
        self.proposals = DatabaseProposals(store, seals)

    async def close(self) -> None:
        await self._store.close()


async def open_database(
    url: str,
    keyring: Keyring,
    random_bytes: RandomBytes,
    *,
    allow_unsafe: bool = False,
    log_limits: LogLimits | None = None,
    call_seconds: float = limits.call_seconds_max,
    in_place: bool = False,
) -> Database:
    """Open a database that `migrate` has prepared.

    Raises `SettingsWrong` if its tables are of another version or if it may lose what it confirmed (`allow_unsafe`
    lets that pass, for tests), and `StoreUnavailable` if it does not answer. `call_seconds` is for whoever has no
    citizen waiting. `in_place`: SQLite has no threads of its own.
    """
    store = await _open_store(url, allow_unsafe, log_limits, call_seconds, in_place)
    return Database(store, keyring, random_bytes)


async def open_archive(url: str, *, allow_unsafe: bool = False) -> DatabaseArchive:
    """The published menus alone, for which no key is needed; raises like `open_database`."""
    return DatabaseArchive(await _open_store(url, allow_unsafe, None))


async def open_audit(url: str) -> DatabaseAudit:
    """The audit log, for which no key is needed either; raises like `open_database`."""
    return DatabaseAudit(await _open_store(url, True, None))


async def open_books(url: str) -> DatabaseBooks:
    """The books, for which no key is needed; raises like `open_database`."""
    return DatabaseBooks(await _open_store(url, True, None))


async def open_evidence(url: str) -> DatabaseEvidence:
    """What a checker reads; also of a database that may lose what it confirmed. Raises like `open_database`."""
    return DatabaseEvidence(await _open_store(url, True, None))


async def _open_store(
    url: str,
    allow_unsafe: bool,
    log_limits: LogLimits | None,
    call_seconds: float = limits.call_seconds_max,
    in_place: bool = False,
) -> Store:
    address = read_address(url)
    if isinstance(address, SqliteAddress):
        if not address.path.is_file():
            raise SettingsWrong("The database's file does not exist; run `mohala migrate`.")
        store: Store = SqliteStore(address, log_limits or LogLimits(), call_seconds, in_place=in_place)
    else:
        from integrations.database.postgres import PostgresStore  # 12 MB of imports that SQLite has no use for

        store = PostgresStore(address.url, call_seconds)
    try:
        await check(store, allow_unsafe=allow_unsafe)
    except BaseException:
        await store.close()
        raise
    return store
