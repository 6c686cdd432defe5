"""A small run in which everything is as promised, and what has to be changed to plant a fault in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from app.bookkeeping import Findings
from app.load.books import Books, Filed
from app.load.case import Case
from app.load.history import Cut, Deed, Exchange, History, Notice, Run, Trouble, Word
from app.messages import Status
from app.reference import read_reference

CODE = "*384*26600#"
THATO, PALESA = "+26650000001", "+26650000002"
FIRST, SECOND, THIRD = "0W3G-E1R7R", "6795-C9E1Q", "108R-4ZQMN"
OVER = "END Puisano e felile. Letsetsa hape."
UNAVAILABLE = "END The service is not available now. Please try again later."
RUN = Run(
    "run", "steady", 1, 20.0, 60.0, datetime(2026, 11, 27, 8, tzinfo=UTC), 156,
    {"over": (OVER[4:],), "unavailable": (UNAVAILABLE[4:],)},
)  # fmt: skip
WELCOME = "CON Welcome:\n1. Birth certificate"
SEX = "CON The child is a:\n1. Boy\n2. Girl"
CONFIRM = "CON Please confirm:\n1. Yes\n2. No"
OFFER = "CON You had not finished. Go on?\n1. Yes\n2. No"


def said(number: str, session: str, deed: Deed, text: str, at: float, answer: str, fell: str = "") -> Exchange:
    return Exchange(number, session, CODE, deed, text, at, at, at, at + 0.1, answer=answer, fell=fell)


EXCHANGES = (
    # Thato: a dialogue with everything that a network does, up to its reference and beyond.
    said(THATO, "a", Deed.DIAL, "", 1, WELCOME),
    said(THATO, "a", Deed.REPEAT, "", 1.05, WELCOME),
    said(THATO, "a", Deed.TYPE, "1", 2, SEX),
    said(THATO, "a", Deed.CONTRADICTION, "3*1", 2.5, OVER),
    said(THATO, "a", Deed.REPEAT, "1", 2.6, SEX),
    said(THATO, "a", Deed.TYPE, "1*2", 3, CONFIRM),
    said(THATO, "a", Deed.RIVAL, "1*1", 3, OVER),
    said(THATO, "a", Deed.TYPE, "1*2*1", 4, f"END Received.\nRef: {FIRST}"),
    said(THATO, "a", Deed.REPEAT, "1*2*1", 4.1, f"END Received.\nRef: {FIRST}"),
    said(THATO, "a", Deed.AFTER_END, "1*2*1*1", 5, OVER),
    # And later asks how it stands.
    said(THATO, "b", Deed.DIAL, f"2*{FIRST}", 9, f"END Application {FIRST}: received"),
    # Palesa: is not let in at first, falls before the confirmation is answered, and goes on.
    said(PALESA, "c", Deed.DIAL, "1*1", 1, UNAVAILABLE),
    said(PALESA, "c", Deed.REPEAT, "1*1", 1.1, CONFIRM),
    said(PALESA, "d", Deed.DIAL, "1*1", 2, CONFIRM),
    Exchange(PALESA, "d", CODE, Deed.TYPE, "1*1*1", 3, 3, 3, 13, status=0, kind="", trouble=Trouble.NO_ANSWER),
    said(PALESA, "e", Deed.DIAL, "", 14, OFFER, fell="d"),
    said(PALESA, "e", Deed.TYPE, "1", 15, f"END Received.\nRef: {SECOND}", fell="d"),
    Exchange(PALESA, "f", CODE, Deed.DIAL, "", 16, 16, 17, 17, status=0, kind="", trouble=Trouble.NOT_SENT),
)


NOTICES = (
    Notice(THATO, Word.ENDED, "a", CODE, "Success", 4.2, 4.2, 4.3),
    Notice(THATO, Word.TEXT, "t1", CODE, f"STATUS {FIRST}", 10, 10, 12.2, tries=3),
    Notice(THATO, Word.TEXT, "t1", CODE, f"STATUS {FIRST}", 10.2, 10.2, 10.3),
)


def canonical(shown: str) -> str:
    found = read_reference(shown)
    assert found, shown
    return found


def filed(reference: str, number: str, *moves: tuple[Status, int], version: str = "v1", work: str = "done") -> Filed:
    moves = moves or ((Status.RECEIVED, 0), (Status.IN_PROGRESS, 1))
    return Filed(canonical(reference), "birth-certificate", number, *moves[-1], version, moves, work)


GOOD = Case(
    History(RUN, EXCHANGES, Cut(0, 0), NOTICES),
    Books(
        (
            filed(FIRST, THATO),
            filed(SECOND, PALESA, (Status.RECEIVED, 0), work="waiting"),
            filed(THIRD, ""),  # somebody's who is not of this run
        ),
        {"a": "v1", "b": "v1", "c": "v1", "d": "v1"},
        {"t1": "done"},
        Findings(postings=2, bills=2),
    ),
)


def with_exchange(session: str, text: str, deed: Deed, **changes: object) -> Case:
    """The good run, with something else answered to that callback."""
    exchanges = [
        msgspec.structs.replace(one, **changes) if (one.session, one.text, one.deed) == (session, text, deed) else one
        for one in EXCHANGES
    ]
    assert exchanges != list(EXCHANGES), "nothing was changed"
    return with_exchanges(*exchanges)


def with_more(*more: Exchange) -> Case:
    return with_exchanges(*EXCHANGES, *more)


def with_notices(*notices: Notice) -> Case:
    return replace_history(lambda history: msgspec.structs.replace(history, notices=notices))


def with_exchanges(*exchanges: Exchange) -> Case:
    return replace_history(lambda history: msgspec.structs.replace(history, exchanges=exchanges))


def with_books(*rows: Filed) -> Case:
    return Case(GOOD.history, replace(GOOD.books, filed=rows), GOOD.rules)


def with_money(found: Findings) -> Case:
    return Case(GOOD.history, replace(GOOD.books, money=found), GOOD.rules)


def replace_history(change: Callable[[History], History]) -> Case:
    return Case(change(GOOD.history), GOOD.books, GOOD.rules)
