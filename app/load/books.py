"""The ledger as a checker of a run sees it: rows laid to the run's own numbers and sessions, and the books of money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.bookkeeping import Findings, examine
from app.keys import Keyring
from app.load.history import History
from app.messages import Status, UssdEvent
from app.sms import text_id
from app.turn import session_key
from integrations.database import open_books, open_evidence
from integrations.database.evidence import OpeningEvidence, RequestEvidence, citizen_hash

CLOCKS_APART_SECONDS = 60  # the driver's clock and the gateway's may differ by so much


@dataclass(frozen=True, slots=True)
class Filed:
    """A request in the ledger. `number` is empty if it is nobody's of this run.

    `moves` are status and stage, oldest first. `work` is what became of the job for its stage (`waiting`, `done`,
    `set_aside`); empty: there is none.
    """

    reference: str
    service: str
    number: str
    status: Status
    stage: int
    version: str
    moves: tuple[tuple[Status, int], ...]
    work: str


@dataclass(frozen=True, slots=True)
class Books:
    """`versions` says by session under which version of the menus it began; those that went on after a fall are left
    out. `texts` says by the aggregator's id what became of the answer to a text. `money` is what `mohala books check`
    finds: of all postings and bills, for a fault in an old one is a broken promise as well.
    """

    filed: tuple[Filed, ...]
    versions: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    money: Findings = field(default_factory=Findings)


async def read_books(history: History, url: str, keyring: Keyring, aggregator: str) -> Books:
    """Read what has been filed since the run began; raises `SettingsWrong` or `StoreUnavailable`.

    The keys are those of the gateway: the ledger knows numbers and sessions by keyed hashes only.
    """
    since = history.run.began_at - timedelta(seconds=CLOCKS_APART_SECONDS)
    evidence = await open_evidence(url)
    try:
        requests, openings = await evidence.requests(since), await evidence.openings(since)
        sent = {text_id(keyring, aggregator, one.id, one.number): one.id for one in history.notices if one.is_text}
        states = await evidence.texts(list(sent))
        texts = {sent[id]: state.value for id, state in states.items()}
        found = laid_out(history, requests, openings, keyring, aggregator)
        return replace(found, texts=texts, money=await _money(url))
    finally:
        await evidence.close()


async def _money(url: str) -> Findings:
    books = await open_books(url)
    try:
        return await examine(books)
    finally:
        await books.close()


def laid_out(
    history: History,
    requests: Sequence[RequestEvidence],
    openings: Sequence[OpeningEvidence],
    keyring: Keyring,
    aggregator: str,
) -> Books:
    numbers = {citizen_hash(keyring, number): number for number in {one.whose for one in history.exchanges}}
    dialled = {(one.number, one.code, one.session) for one in history.exchanges}
    sessions = {
        session_key(keyring, UssdEvent(aggregator, session, number, code, "", "")).session: session
        for number, code, session in dialled
    }
    return Books(
        tuple(_filed(request, numbers.get(request.citizen, "")) for request in requests),
        {sessions[one.session]: one.version for one in openings if one.session in sessions and not one.goes_on},
    )


def _filed(request: RequestEvidence, number: str) -> Filed:
    return Filed(
        request.reference,
        request.service,
        number,
        request.status,
        request.stage,
        request.version,
        request.moves,
        request.work or "",
    )
