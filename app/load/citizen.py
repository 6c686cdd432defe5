"""One synthetic citizen: types a journey, thinks in between, falls off the line, and has callbacks come twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Protocol

from app.authoring.conversations.wording import Wording
from app.engine.resuming import GO_ON_KEY
from app.load.history import Deed, Exchange, Word, references_in
from app.load.journeys import REFERENCE, Dial, Journey
from app.reference import show_reference

REPEATED_MAX = 6  # so far back is an earlier callback sent again; the gateway remembers two more
COPY_SECONDS = 0.2  # within these a copy follows
STATUS_WORD = "STATUS"
COMPLETED, DROPPED = "Success", "Incomplete"
"""How a dialogue ended, in Africa's Talking's words (aggregators.md)."""
THINK_SPREAD = 0.5  # sigma of the logarithm: most think a little less than the mean, some much longer


@dataclass(frozen=True, slots=True)
class Habits:
    """How long a citizen thinks (mean, seconds), and how probable each trouble is on one hop.

    `copies`: the callback comes twice at once; `repeats`: an earlier one comes again; `contradictions`: one comes whose
    transcript cannot be; `rivals`: another input comes at the same moment; `drops`: the line falls, and of those who
    fell `redials` dial again; `after_end`: something is typed after the last page. No trouble are `endings`, how many
    dialogues the aggregator says to be over, and `texts`, how many citizens text a reference after their journey.
    """

    think_seconds: float = 3.0
    redials: float = 0.7
    endings: float = 0.9
    texts: float = 0.3
    copies: float = 0.05
    repeats: float = 0.05
    contradictions: float = 0.02
    rivals: float = 0.02
    drops: float = 0.03
    after_end: float = 0.02

    def scaled(self, troubles: float) -> Habits:
        """All troubles more (above 1) or less often; 0: none."""
        chances = [one.name for one in fields(self)][4:]
        return replace(self, **{name: min(1.0, getattr(self, name) * troubles) for name in chances})

    def callbacks(self, hops: float) -> float:
        """About how many callbacks a citizen sends in a journey of so many hops."""
        return hops * (1 + self.copies + self.repeats + 2 * self.contradictions + self.rivals + self.drops)


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback to be sent `due` seconds after the beginning; the fields are those of its Exchange."""

    number: str
    session: str
    code: str
    deed: Deed
    text: str
    due: float
    fell: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What the aggregator tells when it is `due`; the fields are those of its Notice."""

    number: str
    word: Word
    id: str
    code: str
    text: str
    due: float


class Line(Protocol):
    async def send(self, callback: Callback) -> Exchange:
        """Send at its time; returns when there is an answer, or why there is none. Never raises for the latter."""
        ...

    async def tell(self, note: Note) -> float:
        """Tell at its time, again if it is not taken; returns when that was over, in seconds since the beginning."""
        ...


@dataclass(slots=True)
class _Call:
    """One dialled session: the transcript that was sent last, and those that were answered with a page."""

    session: str
    code: str
    fell: str = ""
    text: str = ""
    heard: list[str] = field(default_factory=list)

    def after(self, typed: str) -> str:
        return f"{self.text}*{typed}" if self.text else typed


@dataclass(slots=True)
class Citizen:
    """`offers` are the pages that ask whether to go on after a fall. Nothing but `random` decides what happens."""

    number: str
    journey: Journey
    habits: Habits
    offers: frozenset[str]
    line: Line
    random: Random
    new_session: Callable[[], str]
    _reference: str = ""
    _free_at: float = 0.0

    async def live(self, due: float) -> None:
        """Dial for the first time when `due`, and do everything there is in the journey."""
        self._free_at = due
        for dial in self.journey.dials:
            if not await self._dial(dial):
                return
            self._think()
        if self._reference and self._happens(self.habits.texts):
            await self._text(f"{STATUS_WORD} {self._reference}")

    async def _text(self, words: str) -> None:
        note = Note(self.number, Word.TEXT, self.new_session(), self.journey.dials[-1].code, words, self._free_at)
        copies = [replace(note, due=note.due + COPY_SECONDS)] if self._happens(self.habits.copies) else []
        await asyncio.gather(*(self.line.tell(one) for one in (note, *copies)))

    async def _ended(self, call: _Call, how: str) -> None:
        if self._happens(self.habits.endings):
            due = self._free_at + self.random.uniform(0, COPY_SECONDS)
            self._free_at = await self.line.tell(Note(self.number, Word.ENDED, call.session, call.code, how, due))

    async def _dial(self, dial: Dial) -> bool:
        """False: the citizen gives up, for the line fell or there is no reference to type."""
        ahead = self._fill(dial.ahead)
        if ahead is None:
            return False
        call, inputs = _Call(self.new_session(), dial.code), list(dial.typed)
        shown = await self._hop(call, Deed.DIAL, ahead)
        while inputs and (shown.goes_on or shown.trouble):
            self._think()
            if shown.trouble or self._happens(self.habits.drops):
                await self._ended(call, DROPPED)
                if not self._happens(self.habits.redials):
                    return False
                call = _Call(self.new_session(), dial.code, fell=call.session)
                shown = await self._hop(call, Deed.DIAL, "")
                inputs = self._after_fall(shown, dial, ahead, inputs)
                continue
            typed = self._fill(inputs.pop(0))
            if typed is None:
                return False
            shown = await self._hop(call, Deed.TYPE, call.after(typed))
            await self._disturb(call)
        if shown.is_last:
            await self._ended(call, COMPLETED)
            if self._happens(self.habits.after_end):
                await self._send(call, Deed.AFTER_END, call.after("1"))
        return True

    def _after_fall(self, shown: Exchange, dial: Dial, ahead: str, inputs: list[Wording]) -> list[Wording]:
        """Whoever is asked goes on; everybody else types all of it again."""
        if shown.page in self.offers:
            return [Wording((GO_ON_KEY,)), *inputs]
        again = ahead.split("*") if ahead else []
        return [*(Wording((typed,)) for typed in again), *dial.typed]

    async def _hop(self, call: _Call, deed: Deed, text: str) -> Exchange:
        """The answer to the callback itself, whatever else is sent beside it."""
        due = self._free_at
        beside: list[Callback] = []
        if self._happens(self.habits.copies):
            beside.append(self._callback(call, Deed.REPEAT, text, due + self.random.uniform(0, COPY_SECONDS)))
        if deed is Deed.TYPE and self._happens(self.habits.rivals):
            beside.append(self._callback(call, Deed.RIVAL, self._other(call, text), due))
        first = self._callback(call, deed, text, due)
        shown, *others = await asyncio.gather(*(self.line.send(one) for one in (first, *beside)))
        call.text = text
        if shown.page:
            call.heard.append(text)
        self._learn((shown, *others))
        return shown

    async def _disturb(self, call: _Call) -> None:
        """What a network does between two hops; none of it may change anything."""
        if call.heard and self._happens(self.habits.repeats):
            await self._send(call, Deed.REPEAT, self.random.choice(call.heard[-REPEATED_MAX:]))
        if call.heard and call.text and self._happens(self.habits.contradictions):
            digit = self.random.choice([digit for digit in "1234567" if digit != call.text[0]])
            await self._send(call, Deed.CONTRADICTION, f"{digit}{call.text[1:]}*1")
            await self._send(call, Deed.REPEAT, call.heard[-1])

    def _other(self, call: _Call, text: str) -> str:
        return next(other for digit in "12" if (other := call.after(digit)) != text)

    async def _send(self, call: _Call, deed: Deed, text: str) -> None:
        callback = self._callback(call, deed, text, self._free_at + self.random.uniform(0, COPY_SECONDS))
        self._learn((await self.line.send(callback),))

    def _callback(self, call: _Call, deed: Deed, text: str, due: float) -> Callback:
        return Callback(self.number, call.session, call.code, deed, text, due, call.fell)

    def _learn(self, exchanges: Sequence[Exchange]) -> None:
        self._free_at = max(self._free_at, *(exchange.answered for exchange in exchanges))
        for exchange in exchanges:
            for reference in references_in(exchange.page):
                self._reference = show_reference(reference)

    def _think(self) -> None:
        """The mean of what is drawn is `think_seconds`."""
        drawn = self.random.lognormvariate(-(THINK_SPREAD**2) / 2, THINK_SPREAD)
        self._free_at += self.habits.think_seconds * drawn

    def _fill(self, wording: Wording) -> str | None:
        if any(name != REFERENCE or not self._reference for name in wording.names):
            return None
        return wording.fill({REFERENCE: self._reference})

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance
