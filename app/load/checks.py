"""The promises that can be seen from outside, proven from what was answered and what stands in the ledger.

Every check is a pure function of a Case; what breaks a promise is told in a sentence with its session. The promises are
numbered as in docs/performance.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from app.load.books import Filed
from app.load.case import Case
from app.load.history import Deed, Exchange
from app.load.shapes import OVERLOAD_ENDS, Shape
from app.messages import ARROWS, Status
from app.values.text import septets

RECOVERY_SECONDS = 60.0
Look = Callable[[Case], Iterator[str | None]]
"""Yields None for each thing that was looked at and is well, and a sentence for each that is not."""


def is_answered(case: Case) -> Iterator[str | None]:
    for exchange in case.sent:
        lost = exchange.trouble is not None and not case.rules.unanswered
        yield f"{_where(exchange)} got no answer ({exchange.trouble})" if lost else None


def is_a_page(case: Case) -> Iterator[str | None]:
    most = case.history.run.page_septets_max
    for exchange in case.answered:
        if not exchange.page or exchange.kind != "text/plain":
            yield f"{_where(exchange)} was answered with HTTP {exchange.status} and {exchange.answer[:40]!r}"
        elif (long := septets(exchange.answer)) > most:
            yield f"{_where(exchange)} got a page of {long} septets, and {most} fit"
        else:
            yield None


def is_noted(case: Case) -> Iterator[str | None]:
    for notice in case.history.notices:
        lost = not notice.is_taken and (notice.trouble is None or not case.rules.unanswered)
        yield f"{notice.number} {notice.word} {notice.id} was not taken in {notice.tries} tries" if lost else None


def is_text_kept(case: Case) -> Iterator[str | None]:
    for notice in case.history.notices:
        if notice.is_text and notice.is_taken:
            lost = notice.id not in case.books.texts
            yield f"the text {notice.id} of {notice.number} was taken, and nothing is left of it" if lost else None


def is_in_time(case: Case) -> Iterator[str | None]:
    for exchange in case.answered:
        seconds = exchange.answered - exchange.sent
        late = seconds > case.rules.answer_seconds
        yield f"{_where(exchange)} was answered after {seconds:.2f} s" if late else None


def is_the_same(case: Case) -> Iterator[str | None]:
    first: dict[tuple[str, str], Exchange] = {}
    for exchange in case.answered:
        if not case.moved(exchange) and (case.rules.sessions_lost or not case.is_over(exchange)):
            continue  # turned away at the door: whoever comes again may be let in
        known = first.setdefault((exchange.session, exchange.text), exchange)
        if known is not exchange:
            same = known.answer == exchange.answer
            yield None if same else f"{_where(exchange)} was answered with {known.answer!r}, then {exchange.answer!r}"


def is_on_one_line(case: Case) -> Iterator[str | None]:
    is_taken = case.filed if case.rules.sessions_lost else case.moved
    for exchanges in case.sessions.values():
        taken = sorted(filter(is_taken, exchanges), key=lambda one: len(one.text))
        forks = [pair for pair in pairwise(taken) if not _leads_to(pair[0].text, pair[1].text)]
        for before, after in forks:
            yield f"{_where(after)} was heard after {before.text!r}, which it contradicts"
        if not forks:
            yield None


def is_heard(case: Case) -> Iterator[str | None]:
    for exchanges in case.sessions.values():
        taken = [one.text for one in exchanges if case.moved(one)]
        for exchange in exchanges:
            if exchange.deed is Deed.TYPE:
                rivals = any(not _leads_to(text, exchange.text) for text in taken if text != exchange.text)
                lost = case.is_over(exchange) and not rivals
                yield (
                    f"{_where(exchange)} was told that the dialogue is over, and nothing had ended it" if lost else None
                )


def is_over_after_its_end(case: Case) -> Iterator[str | None]:
    for exchanges in case.sessions.values():
        ends = [one.text for one in exchanges if one.is_last and case.moved(one)]
        for exchange in exchanges if ends else ():
            beyond = any(_leads_to(end, exchange.text) and end != exchange.text for end in ends)
            if beyond:
                yield f"{_where(exchange)} was heard after the last page" if exchange.goes_on else None


def is_kept(case: Case) -> Iterator[str | None]:
    owners = {filed.reference: filed.number for filed in case.books.filed}
    for exchange, reference in case.acknowledged:
        kept = owners.get(reference) == exchange.whose
        yield (
            None if kept else f"{_where(exchange)} was shown {reference}, and the ledger has no such request of theirs"
        )


def is_filed_once(case: Case) -> Iterator[str | None]:
    """A citizen's requests are those that were shown, and at most one for each turn that was answered without a page
    of the dialogue: whether such a turn was carried out nobody was told.
    """
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for exchange, reference in case.acknowledged:
        shown[exchange.whose].add(reference)
    filed: defaultdict[str, list[Filed]] = defaultdict(list)
    for request in case.books.filed:
        filed[request.number].append(request)
    doubtful = _doubtful_turns(case)
    for number, requests in filed.items():
        if number:
            unseen = [one.reference for one in requests if one.reference not in shown[number]]
            room = doubtful[number]
            yield from [None] * (len(requests) - max(0, len(unseen) - room))
            for reference in unseen[room:]:
                yield f"{number} has request {reference}, and no turn of theirs accounts for it"


def is_shown_to_one(case: Case) -> Iterator[str | None]:
    """Two confirmations are two requests: one reference is not the acknowledgement of both. Before the last page it may
    stand in a list of what is somebody's own, and on the last one after it was picked from there.
    """
    turns: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for exchange, reference in case.acknowledged:
        if exchange.goes_on or not case.is_of_a_confirmation(exchange):
            continue
        turns[reference].setdefault(exchange.session, exchange.number)
    for reference, sessions in turns.items():
        strangers = [session for session in sessions if not _goes_on_with(session, sessions, case.fell)]
        well = len(strangers) <= 1
        yield None if well else f"{reference} was the answer to confirmations in {', '.join(sorted(strangers))}"


def is_of_its_version(case: Case) -> Iterator[str | None]:
    versions = {filed.reference: filed.version for filed in case.books.filed}
    for exchange, reference in case.acknowledged:
        if exchange.goes_on or not case.is_of_a_confirmation(exchange):  # as above: it was filed before
            continue
        began, filed = case.books.versions.get(exchange.session), versions.get(reference)
        if began is not None and filed is not None:
            well = began == filed
            yield None if well else f"{_where(exchange)} began under {began}, and {reference} was filed under {filed}"


def is_paid_once(case: Case) -> Iterator[str | None]:
    money = case.books.money
    yield from money.faults
    yield from [None] * max(0, money.postings + money.bills - len(money.faults))


def moves_along_arrows(case: Case) -> Iterator[str | None]:
    for filed in case.books.filed:
        yield _wrong_move(filed)


def is_carried_on(case: Case) -> Iterator[str | None]:
    with_work = {filed.service for filed in case.books.filed if filed.work}
    for filed in case.books.filed:
        waits = filed.status is Status.RECEIVED and filed.service in with_work
        left = waits and filed.work not in ("waiting", "set_aside")
        yield f"{filed.reference} is only received, and no work of it is left" if left else None


def is_recovered(case: Case) -> Iterator[str | None]:
    """Of a run that ends `RECOVERY_SECONDS` or more after its overload did."""
    run = case.history.run
    if run.shape != Shape.OVERLOAD:
        return
    from_then = run.seconds * OVERLOAD_ENDS + RECOVERY_SECONDS
    for exchange in case.history.exchanges:
        if exchange.due >= from_then:
            well = case.moved(exchange) or case.is_over(exchange)
            yield None if well else f"{_where(exchange)} was turned away {exchange.due - from_then:.0f} s after that"


def _doubtful_turns(case: Case) -> Counter[str]:
    """By number, the turns of which nobody knows what came of them."""
    settled = {(one.session, one.text) for one in case.answered if case.moved(one) or case.is_over(one)}
    doubtful = {(one.whose, one.session, one.text) for one in case.sent if (one.session, one.text) not in settled}
    return Counter(number for number, _, _ in doubtful)


def _goes_on_with(session: str, others: Mapping[str, str], fell: Mapping[str, str]) -> bool:
    """Whether a session goes on, over any number of falls, with another one of these."""
    before = fell.get(session, "")
    while before:
        if before in others:
            return True
        before = fell.get(before, "")
    return False


def _wrong_move(filed: Filed) -> str | None:
    moves = filed.moves
    if not moves or moves[0] != (Status.RECEIVED, 0):
        return f"{filed.reference} does not begin as received"
    if moves[-1] != (filed.status, filed.stage):
        return f"{filed.reference} stands at {filed.status} {filed.stage}, and its last move was to {moves[-1]}"
    for (old, stage), (new, later) in pairwise(moves):
        allowed = new in ARROWS[old] or (new is old and bool(ARROWS[old]))
        if not allowed or later < stage:
            return f"{filed.reference} moved from {old} {stage} to {new} {later}"
    return None


def _leads_to(before: str, after: str) -> bool:
    """Whether a transcript goes on from another one, or is the same."""
    return before in ("", after) or after.startswith(f"{before}*")


def _where(exchange: Exchange) -> str:
    return f"session {exchange.session} at {exchange.text!r}"
