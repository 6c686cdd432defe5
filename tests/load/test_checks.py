"""The checker finds a good run good, and every fault that is planted, by its name."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from app.bookkeeping import Findings
from app.load.case import Case, Rules
from app.load.history import Deed, Trouble
from app.load.proof import CHECKS, Verdict, as_text, prove
from app.messages import Status
from tests.load.runs import (
    CONFIRM,
    EXCHANGES,
    FIRST,
    GOOD,
    NOTICES,
    PALESA,
    RUN,
    SECOND,
    SEX,
    THATO,
    THIRD,
    UNAVAILABLE,
    WELCOME,
    filed,
    replace_history,
    said,
    with_books,
    with_exchange,
    with_money,
    with_more,
    with_notices,
)

LENIENT = Rules(answer_seconds=5.0, unanswered=True)
SESSIONS_LOST = replace(LENIENT, sessions_lost=True)
RECEIVED = (Status.RECEIVED, 0)


def verdicts(case: Case, rules: Rules = LENIENT) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in prove(Case(case.history, case.books, rules))}


def broken(case: Case, rules: Rules = LENIENT) -> set[str]:
    return {name for name, verdict in verdicts(case, rules).items() if verdict.broken}


def test_a_good_run_is_found_good_and_every_check_has_looked_at_something() -> None:
    assert broken(GOOD) == set()
    assert {name for name, verdict in verdicts(GOOD).items() if not verdict.looked_at} == {"recovered"}


def test_a_reference_that_was_typed_before_the_line_fell_is_no_acknowledgement() -> None:
    typed = said(PALESA, "t", Deed.TYPE, f"6*{FIRST}", 30, "CON Confirm")
    shown = msgspec.structs.replace(said(PALESA, "u", Deed.DIAL, "", 40, f"CON Confirm {FIRST}"), fell="t")
    assert broken(with_more(shown)) == {"kept"}, "nobody had typed it"
    assert broken(with_more(typed, shown)) == set()
    unanswered = msgspec.structs.replace(typed, answer="", trouble=Trouble.LOST)
    assert broken(with_more(unanswered, shown), replace(LENIENT, unanswered=True)) == set(), "it was typed all the same"


def test_what_is_typed_without_a_hyphen_is_typed_all_the_same() -> None:
    shown = said(PALESA, "t", Deed.TYPE, f"6*{FIRST.replace('-', '')}", 30, f"END There is no {FIRST}")
    assert broken(with_more(shown)) == set()


def test_a_list_of_what_is_ones_own_acknowledges_nothing_anew() -> None:
    listed = said(THATO, "t", Deed.DIAL, "5*5*1", 30, f"CON Yours:\n{FIRST} received")
    later = replace(GOOD.books, versions={**GOOD.books.versions, "t": "v2"})
    assert broken(with_more(listed)) == broken(replace(with_more(listed), books=later)) == set()
    assert broken(with_more(msgspec.structs.replace(listed, answer=f"END Received. Ref {FIRST}"))) == {"own-reference"}


def test_whoever_picks_a_request_of_ones_own_has_confirmed_nothing() -> None:
    """Its last page shows the reference as a confirmation's does; what came before it tells them apart."""
    known = replace_history(
        lambda history: msgspec.structs.replace(history, run=msgspec.structs.replace(RUN, yes=("1. E", "1. Yes")))
    )
    shown = said(THATO, "t", Deed.TYPE, "3*1*2", 32, f"END {FIRST} is received")
    for page, found in (("CON Which?\n1. Birth\n2. Death", set()), ("CON Send?\n1. Yes\n2. No", {"own-reference"})):
        before = said(THATO, "t", Deed.TYPE, "3*1", 31, page)
        case = Case(
            msgspec.structs.replace(known.history, exchanges=(*known.history.exchanges, before, shown)), known.books
        )
        assert "own-reference" not in broken(known) and broken(case) & {"own-reference"} == found


OVERLOAD = replace_history(
    lambda history: msgspec.structs.replace(
        history,
        run=msgspec.structs.replace(RUN, shape="overload", seconds=400.0),
        exchanges=(
            *EXCHANGES,
            said(PALESA, "g", Deed.DIAL, "", 350, UNAVAILABLE),
            said(PALESA, "h", Deed.DIAL, "", 365, WELCOME),
        ),
    )
)


def after_overload(answer: str) -> Case:
    return replace_history(
        lambda history: msgspec.structs.replace(
            OVERLOAD.history, exchanges=(*OVERLOAD.history.exchanges, said(PALESA, "i", Deed.DIAL, "", 370, answer))
        )
    )


FAULTS: dict[str, tuple[str, Case]] = {
    "an answer that is an error of HTTP": ("page", with_exchange("a", "1", Deed.TYPE, status=500)),
    "an answer that is no page": ("page", with_exchange("a", "1", Deed.REPEAT, kind="application/json")),
    "a page without its first word": ("page", with_exchange("d", "1*1", Deed.DIAL, answer="Please confirm")),
    "a page that no handset shows whole": ("page", with_exchange("d", "1*1", Deed.DIAL, answer="CON " + "x" * 153)),
    "an answer after the budget": ("in-time", with_exchange("a", "", Deed.DIAL, answered=6.1)),
    "an ending that is not taken": (
        "noted",
        with_notices(msgspec.structs.replace(NOTICES[0], status=503, tries=4)),
    ),
    "a text that was taken and lost": (
        "text-kept",
        Case(GOOD.history, replace(GOOD.books, texts={}), GOOD.rules),
    ),
    "other bytes for a repeat": ("same-bytes", with_exchange("a", "", Deed.REPEAT, answer=SEX)),
    "another reference for a repeat": (
        "same-bytes",
        with_exchange("a", "1*2*1", Deed.REPEAT, answer=f"END Received.\nRef: {SECOND}"),
    ),
    "a polite end for a repeat": (
        "same-bytes",
        with_exchange("a", "1", Deed.REPEAT, answer="END Puisano e felile. Letsetsa hape."),
    ),
    "a contradiction that is heard": ("one-line", with_exchange("a", "3*1", Deed.CONTRADICTION, answer=WELCOME)),
    "two rivals that are both heard": ("one-line", with_exchange("a", "1*1", Deed.RIVAL, answer=CONFIRM)),
    "a dialogue that a contradiction ended": (
        "heard",
        with_more(
            said(PALESA, "g", Deed.DIAL, "", 20, WELCOME),
            said(PALESA, "g", Deed.TYPE, "1", 21, SEX),
            said(PALESA, "g", Deed.CONTRADICTION, "2*1", 22, "END Puisano e felile. Letsetsa hape."),
            said(PALESA, "g", Deed.TYPE, "1*1", 23, "END Puisano e felile. Letsetsa hape."),
        ),
    ),
    "a dialogue that goes on after its end": ("over", with_exchange("a", "1*2*1*1", Deed.AFTER_END, answer=WELCOME)),
    "an acknowledged request that the ledger lost": (
        "kept",
        with_books(filed(FIRST, THATO)),
    ),
    "an acknowledged request that is somebody else's": (
        "kept",
        with_books(filed(FIRST, THATO), filed(SECOND, "")),
    ),
    "a request that was filed twice": (
        "filed-once",
        with_books(filed(FIRST, THATO), filed(SECOND, PALESA), filed(THIRD, THATO)),
    ),
    "a request too many for a turn that nobody saw the end of": (
        "filed-once",
        with_books(
            filed(FIRST, THATO), filed(SECOND, PALESA), filed(THIRD, PALESA), filed("TNMF-K4NW2", PALESA)
        ),
    ),
    "one reference for two confirmations": (
        "own-reference",
        with_more(
            said(THATO, "g", Deed.DIAL, "1*2", 20, CONFIRM),
            said(THATO, "g", Deed.TYPE, "1*2*1", 21, f"END Received.\nRef: {FIRST}"),
        ),
    ),
    "a request under other menus than its session's": (
        "version",
        with_books(filed(FIRST, THATO, version="v2"), filed(SECOND, PALESA)),
    ),
    "a bill that was paid twice": ("paid-once", with_money(Findings(3, 2, 2, faults=["Bill b1 is paid twice."]))),
    "books that do not balance": ("paid-once", with_money(Findings(2, 2, 2, faults=["r1 does not sum to zero."]))),
    "a move that there is no arrow for": (
        "moves",
        with_books(
            filed(FIRST, THATO, RECEIVED, (Status.DONE, 1), (Status.IN_PROGRESS, 1)), filed(SECOND, PALESA)
        ),
    ),
    "a stage that went back": (
        "moves",
        with_books(
            filed(FIRST, THATO, RECEIVED, (Status.IN_PROGRESS, 2), (Status.READY, 1)), filed(SECOND, PALESA)
        ),
    ),
    "a move that the history does not tell": (
        "moves",
        with_books(replace(filed(FIRST, THATO), status=Status.DONE), filed(SECOND, PALESA)),
    ),
    "a request without a history": (
        "moves",
        with_books(replace(filed(FIRST, THATO), moves=()), filed(SECOND, PALESA)),
    ),
    "a request that is forgotten": (
        "carried-on",
        with_books(filed(FIRST, THATO, RECEIVED, work="done"), filed(SECOND, PALESA)),
    ),
    "somebody turned away a minute after the overload": ("recovered", after_overload(UNAVAILABLE)),
    "a request that never had work": (
        "carried-on",
        with_books(filed(FIRST, THATO, RECEIVED, work=""), filed(SECOND, PALESA)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught_and_named(fault: str) -> None:
    name, case = FAULTS[fault]
    found = broken(case)
    assert name in found
    assert len(found) == 1 or fault == "another reference for a repeat", "and nothing else is blamed"


def test_within_a_minute_after_an_overload_somebody_may_be_turned_away() -> None:
    assert verdicts(OVERLOAD)["recovered"].looked_at == 1
    assert broken(OVERLOAD) == broken(after_overload(WELCOME)) == set()


def test_a_callback_without_an_answer_breaks_its_promise_unless_gateways_were_killed() -> None:
    strict = {verdict.check: verdict for verdict in prove(GOOD)}
    assert strict["answered"].broken == 1 and "no_answer" in strict["answered"].violations[0]
    lost = with_exchange("a", "1", Deed.TYPE, status=0, kind="", answer="", trouble=Trouble.LOST)
    assert {v.check: v.broken for v in prove(lost)}["answered"] == 2
    assert "answered" not in broken(lost)


def test_every_check_has_a_fault_that_it_alone_catches() -> None:
    assert {name for name, _ in FAULTS.values()} | {"answered"} == {check.name for check in CHECKS}


def test_another_reference_for_a_repeat_is_one_that_the_ledger_does_not_know_as_theirs() -> None:
    _, case = FAULTS["another reference for a repeat"]
    assert broken(case) == {"same-bytes", "kept", "own-reference"}


def test_whoever_was_turned_away_may_be_let_in_later() -> None:
    case = with_exchange(
        "c", "1*1", Deed.REPEAT, answer="END The service is not available now. Please try again later."
    )
    assert broken(case) == set()


def test_a_citizen_may_have_one_request_for_a_turn_that_was_not_answered_and_no_more() -> None:
    assert broken(with_books(filed(FIRST, THATO), filed(SECOND, PALESA), filed(THIRD, PALESA))) == set()


def test_a_rival_that_was_heard_instead_ends_no_promise() -> None:
    case = with_more(
        said(PALESA, "g", Deed.DIAL, "1", 20, SEX),
        said(PALESA, "g", Deed.TYPE, "1*2", 21, "END Puisano e felile. Letsetsa hape."),
        said(PALESA, "g", Deed.RIVAL, "1*1", 21, CONFIRM),
    )
    assert broken(case) == set()


@pytest.mark.parametrize(
    "fault", ["a contradiction that is heard", "two rivals that are both heard", "a polite end for a repeat"]
)
def test_where_sessions_were_lost_what_files_nothing_is_forgiven(fault: str) -> None:
    assert broken(FAULTS[fault][1], SESSIONS_LOST) == set()


@pytest.mark.parametrize(
    "fault", ["other bytes for a repeat", "a dialogue that a contradiction ended", "a request that was filed twice"]
)
def test_where_sessions_were_lost_everything_else_has_to_hold(fault: str) -> None:
    name, case = FAULTS[fault]
    assert broken(case, SESSIONS_LOST) == {name}


def test_where_sessions_were_lost_a_rival_must_not_file_as_well() -> None:
    case = with_more(
        said(PALESA, "g", Deed.DIAL, "1*1", 20, CONFIRM),
        said(PALESA, "g", Deed.TYPE, "1*1*1", 21, f"END Received.\nRef: {THIRD}"),
        said(PALESA, "g", Deed.RIVAL, "1*1*2", 21, f"END Received.\nRef: {THIRD}"),
    )
    books = with_books(filed(FIRST, THATO), filed(SECOND, PALESA), filed(THIRD, PALESA)).books
    assert broken(Case(case.history, books), SESSIONS_LOST) == {"one-line"}


def test_the_verdict_says_what_was_looked_at_how_sure_it_is_and_where_a_promise_was_broken() -> None:
    told = list(as_text(prove(Case(GOOD.history, GOOD.books, LENIENT))))
    assert told[-1] == "No check is broken."
    assert any(line.startswith("holds  I3  same-bytes") and "0 of 3 (95 %: below 1)" in line for line in told)
    _, case = FAULTS["a contradiction that is heard"]
    told = list(as_text(prove(Case(case.history, case.books, LENIENT))))
    assert told[-1] == f"1 of {len(CHECKS)} checks are broken."
    assert any("session a at '3*1'" in line or "session a at '1*2'" in line for line in told)


def test_only_where_gateways_were_killed_may_a_text_be_without_an_answer() -> None:
    unanswered = with_notices(msgspec.structs.replace(NOTICES[1], status=0, trouble=Trouble.NO_ANSWER))
    assert broken(unanswered, Rules(unanswered=False)) >= {"noted"}
    assert "noted" not in broken(unanswered, Rules(unanswered=True))
