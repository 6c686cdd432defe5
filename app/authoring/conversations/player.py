"""Plays a conversation on the real floor and keeps what was seen; whether that is right is judged elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from app import limits
from app.authoring.conversations.floor import Floor, open_floor
from app.authoring.conversations.model import Conversation, Expected, Turn, Verb
from app.authoring.conversations.twins import AGGREGATOR
from app.authoring.conversations.wording import Capture
from app.compiler.known import enumerated
from app.engine.state import State
from app.handsets import Handsets
from app.messages import DeliveryStatus, Ending, OutgoingSms, Reply, SmsEvent, UssdEnded, UssdEvent
from app.pack import Pack
from app.ports import Deadlines

_BY_CLERKS = frozenset(
    {Verb.SUSPENDS, Verb.TOPS_UP, Verb.PAYS_OUT, Verb.JOINS, Verb.LEAVES, Verb.GIVES_BACK, Verb.KEEPS}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the call that a screen made: `answered`, `late`, `down` or the reason of a refusal."""

    screen: str
    word: str


@dataclass(frozen=True, slots=True)
class Seen:
    """After a turn: the page on the acting phone, the text that the turn received, the screens passed on the way.

    `trouble` is what kept the turn from being played as it stands, `captures` what is captured by now, `sent` the texts
    that went out, to whomever.
    """

    page: Reply | None
    sms: str | None
    screens: tuple[str, ...]
    trouble: str = ""
    captures: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[OutgoingSms, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """A whole conversation; `left` are the texts that nobody received, `set_aside` why work waits for a person.

    `agent_words` are those that agents texted and were answered to.
    """

    seen: tuple[Seen, ...]
    left: tuple[OutgoingSms, ...]
    outcomes: tuple[Outcome, ...]
    set_aside: tuple[str, ...] = ()
    agent_words: frozenset[str] = frozenset()

    @property
    def texts(self) -> tuple[str, ...]:
        """All that went out."""
        return tuple(sms.text for seen in self.seen for sms in seen.sent)

    @property
    def screens(self) -> tuple[str, ...]:
        return tuple(screen for seen in self.seen for screen in seen.screens)


async def play(pack: Pack, conversation: Conversation, template: Path) -> Played:
    """Play all turns; state is sealed, saved, loaded and opened between any two.

    Raises `MenuRefused` when a pattern takes too long on what came.
    """
    conversation, watcher = conversation.on(pack.handsets), _Watcher()
    async with open_floor(pack, conversation, template, watcher) as floor:
        codes = {**pack.program.codes, **pack.program.agent_codes}
        table = _Table(conversation, floor, watcher, codes, pack.handsets)
        seen = [await table.turn(place, turn) for place, turn in enumerate(conversation.turns)]
        left = (OutgoingSms(number, text) for number, phone in table.phones.items() for text in phone.inbox)
        return Played(
            tuple(seen), tuple(left), tuple(watcher.outcomes), tuple(floor.outbox.set_aside_for),
            frozenset(watcher.agent_words),
        )  # fmt: skip


@dataclass(slots=True)
class _Watcher:
    """Hears every step of the engine, every outcome of a call and every word of an agent."""

    screens: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    agent_words: set[str] = field(default_factory=set)

    def hear(self, word: str) -> None:
        self.agent_words.add(word)

    def __call__(self, state: State, outcome: str) -> None:
        if outcome:
            self.outcomes.append(Outcome(state.screen, outcome))
        else:
            self.screens.append(state.screen)

    def take_screens(self) -> tuple[str, ...]:
        screens, self.screens = self.screens, []
        return tuple(screens)


@dataclass(slots=True)
class _Phone:
    """One number: its line while it has one, what its display shows, its texts."""

    number: str
    session_id: str = ""
    code: str = ""
    transcript: str = ""
    page: Reply | None = None
    inbox: list[str] = field(default_factory=list)


class _Table:
    """The phones of a conversation, lying side by side."""

    def __init__(
        self,
        conversation: Conversation,
        floor: Floor,
        watcher: _Watcher,
        codes: Mapping[str, str],
        handsets: Handsets,
    ) -> None:
        self._handsets = handsets
        self._conversation = conversation
        self._floor = floor
        self._watcher = watcher
        self._codes = codes
        self._dials = 0
        self._sent = 0
        self._captures: dict[str, str] = {}
        self.phones: dict[str, _Phone] = {}
        self._acting = self._phone(conversation.number)

    async def turn(self, place: int, turn: Turn) -> Seen:
        if turn.number:
            self._acting = self._phone(turn.number)
        if place == 0 and self._conversation.dial is not None:
            await self._dial(self._phone(self._conversation.number), self._conversation.dial.fill({}))
        before = self._acting.page
        trouble = await self._act(self._acting, turn)
        if not turn.at_once:
            await self._floor.rest()
            if self._acting.page is not before and self._acting.page and self._acting.page.final:
                await self._floor.wait(limits.push_begins_seconds)  # a wallet's page can come now
        sent = self._deliver()
        troubles = [trouble, *self._floor.troubles]
        self._floor.troubles.clear()
        page = self._acting.page
        self._capture(turn.page, page.text if page else None)
        sms = _receive(self._acting, turn.sms, self._captures) if turn.sms else None
        self._capture(turn.sms, sms)
        told = "; ".join(filter(None, troubles))
        return Seen(page, sms, self._watcher.take_screens(), told, dict(self._captures), sent)

    def _capture(self, expected: Expected | None, seen: str | None) -> None:
        if expected is not None and seen is not None:
            read = expected.read(seen, self._captures)
            self._captures |= expected.read_lines(seen, self._captures) if read is None else read

    async def _act(self, phone: _Phone, turn: Turn) -> str:
        """Do what the turn does; returns what kept it from being done."""
        action = turn.action
        if action is None:
            return ""
        missing = [str(Capture(name)) for name in action.text.names if name not in self._captures]
        if missing:
            return f"cannot be played: nothing was shown that {', '.join(missing)} could stand for"
        text = action.text.fill(self._captures)
        if action.verb is Verb.DIALS:
            await self._dial(phone, text)
        elif action.verb is Verb.WAITS:
            await self._floor.wait(action.seconds)
        elif action.verb is Verb.TEXTS:
            await self._text(phone, text, action.times)
        elif action.verb is Verb.PAYS:
            return await self._pay(phone, text, action.times)
        elif action.verb is Verb.REPORTS:
            return await self._report(text)
        elif action.verb in _BY_CLERKS:
            return await self._by_clerks(phone, action.verb, text)
        elif phone.page is None or phone.page.final:
            return f"cannot be played: the line is down before it {action.verb}; dial first (`dials`)"
        elif action.verb is Verb.DROPS:
            phone.page = None
            await self._floor.gateway.ended(
                UssdEnded(AGGREGATOR, phone.session_id, phone.number, phone.code, Ending.DROPPED)
            )
        else:
            phone.transcript = f"{phone.transcript}*{text}" if phone.transcript else text
            await self._hop(phone)
        return ""

    async def _by_clerks(self, phone: _Phone, verb: Verb, text: str) -> str:
        """What somebody at a desk does; returns what kept it from being done."""
        code, _, amount = text.partition(" ")
        floor = self._floor
        match verb:
            case Verb.SUSPENDS:
                is_done, told = await floor.suspend(text), f"there is no agent {text}"
            case Verb.TOPS_UP | Verb.PAYS_OUT:
                is_done = await floor.move_money(code, amount, is_in=verb is Verb.TOPS_UP)
                told = "write an agent's code and an amount, `014 200`, that is there"
            case Verb.JOINS | Verb.LEAVES:
                is_done = await floor.change_number(text, phone.number, is_new=verb is Verb.JOINS)
                told = f"there is no agent {text} whose number this is, or could be"
            case _:
                is_done = await floor.refund(text, is_back=verb is Verb.GIVES_BACK)
                told = f"nobody has asked to give back what paid {text}"
        return "" if is_done else f"cannot be played: {told}"

    async def _dial(self, phone: _Phone, dialled: str) -> None:
        self._dials += 1
        phone.session_id = f"dial-{self._dials}"
        phone.code, phone.transcript = split_dialled(dialled, self._codes)
        await self._hop(phone)

    async def _hop(self, phone: _Phone) -> None:
        network = self._conversation.network or self._handsets.network_of(phone.number)
        event = UssdEvent(AGGREGATOR, phone.session_id, phone.number, phone.code, network, phone.transcript)
        phone.page = await self._floor.gateway.answer(event, Deadlines())

    async def _text(self, phone: _Phone, text: str, times: int) -> None:
        """The very same text so many times, as networks and aggregators repeat one."""
        self._sent += 1
        event = SmsEvent(AGGREGATOR, f"text-{self._sent}", phone.number, self._handsets.short_code, text)
        for _ in range(times):
            await self._floor.texts.take_in(event)

    async def _pay(self, phone: _Phone, text: str, times: int) -> str:
        code, _, amount = text.partition(" ")
        if not amount:
            return "cannot be played: write the bill's code and the amount, `{bill} 135`"
        self._sent += 1
        for _ in range(times):
            await self._floor.pay(phone.number, code, amount, str(UUID(int=self._sent, version=4)))
        return ""

    async def _report(self, text: str) -> str:
        message_id, _, status = text.partition(" ")
        if status not in tuple(DeliveryStatus):
            return f"cannot be played: write an SMS and {enumerated(DeliveryStatus)}, such as `message-1 delivered`"
        await self._floor.report(message_id, DeliveryStatus(status))
        return ""

    def _deliver(self) -> tuple[OutgoingSms, ...]:
        sent = tuple(self._floor.mast.sent)
        for sms in sent:
            self._phone(sms.msisdn).inbox.append(sms.text)
        self._floor.mast.sent.clear()
        return sent

    def _phone(self, number: str) -> _Phone:
        return self.phones.setdefault(number, _Phone(number))


def _receive(phone: _Phone, expected: Expected, captures: Mapping[str, str]) -> str | None:
    """The text that is expected if it has come, else the oldest that lies there."""
    if not phone.inbox:
        return None
    texts = phone.inbox
    found = next((place for place, text in enumerate(texts) if fits(expected, text, captures)), 0)
    return texts.pop(found)


def fits(expected: Expected, text: str, captures: Mapping[str, str]) -> bool:
    return expected.read(text, captures) is not None


def split_dialled(dialled: str, codes: Mapping[str, str]) -> tuple[str, str]:
    """`*384*100*2*1#` is the service code and, as its first text, `2*1`; the longest of the pack's codes wins."""
    for code in sorted(codes, key=len, reverse=True):
        stem = code.rstrip("#")
        if code != "*" and dialled.startswith(f"{stem}*") and dialled.endswith("#"):
            return code, dialled.removeprefix(f"{stem}*").removesuffix("#")
    return dialled, ""
