"""What agents text: what each word means, how it is answered, and what they are told of their months."""

from __future__ import annotations

from datetime import datetime

from app import limits
from app.agency import BY_SMS, BY_USSD, Agent, Enrolled, Takings, usable_from
from app.agent_hearing import heard_at, of_a_number, to_all
from app.agent_intents import AgentIntents
from app.agent_money import BLOCKED, AgentMoney
from app.agent_phrases import say
from app.agent_turns import AgentTurn, Told, guesses, guesses_of_all, masked
from app.agent_words import Said, Wish, read_said
from app.attesting import Attesting
from app.bill_code import show_bill_code
from app.editions import Edition, Editions
from app.endings import Again, Finished, GivenUp, JobEnding
from app.engine.program import Program
from app.errors import ServiceFailed, VersionUnusable
from app.filing import Asker
from app.house_services import Attests
from app.messages import Job, Most, Priority, SmsKind
from app.ports import AgentBook, Checks, Clock, Ledger
from app.values.days import month_before, month_of


class Agents:
    """Answers what enrolled agents text. Doing the same job again gives the first answer, and moves nothing again.

    Raises `ServiceFailed` while the menus of a request cannot be used, and `StoreUnavailable`.
    """

    def __init__(
        self,
        book: AgentBook,
        money: AgentMoney,
        intents: AgentIntents,
        attesting: Attesting,
        ledger: Ledger,
        checks: Checks,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self._book = book
        self._money = money
        self._intents = intents
        self._attesting = attesting
        self._ledger = ledger
        self._checks = checks
        self._editions = editions
        self._clock = clock

    async def enrolled(self, program: Program, sender: str) -> Enrolled | None:
        """Whose number sent a text, if these menus have agents."""
        return await self._book.enrolled(sender) if program.agent_words else None

    async def answer(
        self, edition: Edition, enrolled: Enrolled, job: Job, language: str, *, is_first: bool = False
    ) -> str | Again | None:
        """What is answered to a text, empty: nothing. None: it is none of an agent, or of one who may not say such
        things yet. Again: this first look cannot tell it.
        """
        program = edition.program
        said = read_said(job.payload["text"], program.agent_words, program.currency)
        if said is None:
            return None
        turn = AgentTurn(edition, enrolled, job.id, language)
        is_new = enrolled.number.active_at is None
        if said.wish is Wish.ACTIVATE and said.clear and is_new:
            told = await self._activate(turn, said.code)
            return _said(turn, told) or None
        if is_new:
            return None
        if said.wish is Wish.LANGUAGE and said.clear:
            return await self._speak(turn, said.code)
        told = await self._answered(turn, said)
        if is_first and said.wish is Wish.CONFIRM and told == BLOCKED:
            # An impatient agent sends YES four times, and all are counted at the same moment: of the fourth nobody must
            # be told that nothing was paid while the first is paying.
            return Again("codes are being looked at", failed=False, pause_seconds=0)
        return _said(turn, told)

    async def carry_out(self, job: Job) -> JobEnding:
        """Do what an agent said yes to in the menu, and text what came of it."""
        intent, sender = await self._book.intended(job.payload["intent"]), job.payload["sender"]
        if intent is None:
            return GivenUp("what the agent said yes to is not known here")
        try:
            edition = await self._editions.of(intent.version)
        except VersionUnusable:
            raise ServiceFailed("version_unusable", retryable=True) from None
        language = edition.program.language_or_base(await self._ledger.language(sender))
        enrolled = await self._book.enrolled(sender)
        told = Told("agent_late")
        if enrolled is not None:
            turn = AgentTurn(edition, enrolled, intent.id, language, BY_USSD)
            told = await self._intents.carry_out(turn, intent)
        text = say(edition.program, told.phrase, language, **told.values)
        payload = {"aggregator": "", "to": sender, "text": text, "sms": SmsKind.AGENT.value}
        return Finished((Job(f"{intent.id}:told", "text", payload, self._clock(), Priority.URGENT),))

    async def _answered(self, turn: AgentTurn, said: Said) -> Told | None:
        if said.wish is Wish.HELP:
            return Told("agent_help")
        if not said.clear or said.wish is Wish.ACTIVATE:
            return await self._unread(turn)
        if said.wish in (Wish.REDEEM, Wish.PROOF):
            return await self._attest(turn, said)
        return turn.kept_from(self._clock()) or await self._money_words(turn, said)

    async def _unread(self, turn: AgentTurn) -> Told | None:
        """How to write, a few times and then nothing: two machines that answer each other must not do so for ever."""
        subject, most = f"number {turn.enrolled.number.msisdn}", limits.agent_unread_window_max
        bound = Most("agent-unread", subject, limits.code_window_seconds, most)
        return Told("agent_help") if await self._checks.count((bound,), self._clock()) else None

    async def _attest(self, turn: AgentTurn, said: Said) -> Told | None:
        """What an agent says with their own name is filed; the office's answer comes by a text of its own."""
        attests = Attests(said.wish.value)
        service = turn.edition.catalogue.attested(attests)
        if service is None:
            return await self._unread(turn)
        sender = turn.enrolled.number.msisdn
        asker = Asker(sender, turn.language, turn.id, 0.0, channel=BY_SMS)
        read = {"id": said.code} if attests is Attests.PROOF else {"voucher": said.code, "id_end": said.id_end}
        filed = await self._attesting.file(turn, service, read, asker)
        if isinstance(filed, Told):
            return filed
        return Told("agent_sent", {"service": turn.title(service.name), "reference": filed.reference})

    async def look_at_witness(self, request_id: str, holder: str) -> None:
        """Call a person if whoever is to hear of what an agent attested is that agent."""
        await self._attesting.look_at_witness(request_id, holder)

    async def tell_months(self, now: datetime) -> bool:
        """Text active agents what they took in the month that is over; True: there are more. Each is told once."""
        edition = self._editions.current
        program = edition.program
        if not program.agent_words:
            return False
        month = month_before(program.day(now))
        agents = await self._book.unstated(month, limits.agents_stated_max)
        for agent in agents:
            await self._book.state_month(agent, month, await self._statement(program, agent, month, now))
        return len(agents) == limits.agents_stated_max

    async def _statement(self, program: Program, agent: Agent, month: str, now: datetime) -> tuple[Job, ...]:
        since, until = month_of(month, program.timezone)
        numbers = heard_at(await self._book.numbers(agent.code))
        takings = await self._book.takings(agent.code, since, until)
        if not numbers or takings == Takings():
            return ()
        holdings = await self._book.holdings(agent.code, agent.currency)
        told = {
            "month": month, "count": str(takings.count), "total": str(takings.amount_minor),
            "commission": str(takings.commission_minor), "float": str(holdings.float_minor),
        }  # fmt: skip
        id = f"agent-month:{agent.code}:{month}"
        return await to_all(numbers, self._ledger, program, id, "agent_month", told, now, Priority.LOW)

    async def _money_words(self, turn: AgentTurn, said: Said) -> Told:
        if said.wish is Wish.FLOAT:
            return await self._money.float(turn)
        if said.wish is Wish.TODAY:
            return await self._money.today(turn)
        if said.wish is Wish.PAY:
            return await self._pay(turn, said)
        if said.wish is Wish.CONFIRM:
            return await self._money.confirm(turn, said.code)
        if said.wish is Wish.CANCEL:
            return await self._intents.cancel(turn, said.code)
        return await self._money.drop(turn)

    async def _pay(self, turn: AgentTurn, said: Said) -> Told:
        ordered = await self._money.order(turn, said.code, said.amount_minor)
        if isinstance(ordered, Told):
            return ordered
        bill, order = ordered
        values = {"bill": show_bill_code(bill.code), "total": str(order.amount_minor)}
        return Told("agent_confirm", {**values, "citizen": masked(bill.msisdn), "code": self._money.codes.of(order)})

    async def _activate(self, turn: AgentTurn, code: str) -> Told | None:
        """A wrong code is answered as by a number that nobody knows: whoever texts it may be anybody."""
        now, number = self._clock(), turn.enrolled.number
        bounds = (*guesses("activation", number.msisdn), _ACTIVATIONS)
        if not await self._checks.count(bounds, now):
            return None
        usable_at = usable_from(now)
        until = turn.moment(usable_at)
        others = await of_a_number(
            self._book, self._ledger, turn.edition.program, number, "agent_joined", now, until=until
        )
        if not await self._book.activate(number, code, now, usable_at, others):
            return None
        await self._checks.give_back(bounds, now)
        return Told("agent_enrolled", {"agent": turn.agent.code, "until": until})

    async def _speak(self, turn: AgentTurn, named: str) -> str:
        program = turn.edition.program
        language = program.language_words.get(named.upper(), named)
        if language not in program.languages:
            return _said(turn, await self._unread(turn))
        await self._ledger.remember_language(turn.enrolled.number.msisdn, language, self._clock())
        return say(program, "agent_help", language)


def _said(turn: AgentTurn, told: Told | None) -> str:
    return say(turn.edition.program, told.phrase, turn.language, **told.values) if told else ""


_ACTIVATIONS = guesses_of_all("activation")
