"""A load run as the checks of its promises see it: what was answered, beside what stands in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.load.books import Books
from app.load.history import Exchange, History, Trouble, references_in, typed_in

FINAL_REFUSAL = "over"
"""The one refusal that is the answer of the session itself; the others say that it was not asked, or not in time."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be: `answer_seconds` is the longest that an aggregator waits.

    `unanswered`: gateways were killed, and with them what they were at. `sessions_lost`: the session server was; then a
    contradiction is a first dial like any other, and an old hop that comes again may be refused, but neither files.
    """

    answer_seconds: float = 5.0
    unanswered: bool = False
    sessions_lost: bool = False


@dataclass(frozen=True)
class Case:
    """A run's history beside the ledger's books, and what several checks ask of them."""

    history: History
    books: Books
    rules: Rules = Rules()

    @cached_property
    def refusals(self) -> frozenset[str]:
        return frozenset(text for texts in self.history.run.refusals.values() for text in texts)

    @cached_property
    def over(self) -> frozenset[str]:
        return frozenset(self.history.run.refusals.get(FINAL_REFUSAL, ()))

    @cached_property
    def sent(self) -> tuple[Exchange, ...]:
        return tuple(one for one in self.history.exchanges if one.trouble is not Trouble.NOT_SENT)

    @cached_property
    def answered(self) -> tuple[Exchange, ...]:
        return tuple(one for one in self.sent if one.trouble is None)

    @cached_property
    def sessions(self) -> Mapping[str, tuple[Exchange, ...]]:
        """All that was answered, by session, in the order in which it was sent."""
        found: defaultdict[str, list[Exchange]] = defaultdict(list)
        for exchange in sorted(self.answered, key=lambda one: one.sent):
            found[exchange.session].append(exchange)
        return {session: tuple(exchanges) for session, exchanges in found.items()}

    @cached_property
    def acknowledged(self) -> tuple[tuple[Exchange, str], ...]:
        """Each reference that a page showed and that its citizen had not typed."""
        return tuple((exchange, reference) for exchange in self.answered for reference in self.new_references(exchange))

    def new_references(self, exchange: Exchange) -> tuple[str, ...]:
        """Those that a page showed and that its citizen had not typed, neither now nor before the line fell."""
        shown = references_in(exchange.page)
        if not shown:
            return ()
        typed = typed_in(exchange.text).union(self._typed_before(exchange.session))
        return tuple(one for one in shown if one not in typed)

    def _typed_before(self, session: str) -> Iterator[str]:
        """In the dialogues that this one went on with."""
        seen = {session}
        while (session := self.fell.get(session, "")) and session not in seen:
            seen.add(session)
            yield from self._typed.get(session, ())

    @cached_property
    def _typed(self) -> Mapping[str, frozenset[str]]:
        """The references that were typed in each session, answered or not."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for exchange in self.sent:
            found[exchange.session].update(typed_in(exchange.text))
        return {session: frozenset(typed) for session, typed in found.items()}

    @cached_property
    def fell(self) -> Mapping[str, str]:
        """Which session the line of each had fallen in before."""
        return {one.session: one.fell for one in self.history.exchanges if one.fell}

    def moved(self, exchange: Exchange) -> bool:
        """Whether a page is one of the dialogue's own, not a polite refusal."""
        return bool(exchange.page) and not (exchange.is_last and exchange.page in self.refusals)

    def is_of_a_confirmation(self, exchange: Exchange) -> bool:
        """Whether the page before it asked to confirm, as far as a run tells how such a page is written."""
        ways, before = self.history.run.yes, exchange.text.rpartition("*")[0]
        pages = (one.page for one in self.sessions.get(exchange.session, ()) if one.text == before)
        return not ways or any(way in page.split("\n") for page in pages for way in ways)

    def filed(self, exchange: Exchange) -> bool:
        return bool(self.new_references(exchange))

    def is_over(self, exchange: Exchange) -> bool:
        return exchange.is_last and exchange.page in self.over
