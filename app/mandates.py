"""An agent acts for a citizen: the citizen is asked, tells a code, and one program is walked in their name.

A code is bound to one citizen, one agent's number, one program and one dialogue, is good for five minutes and once, and
is counted before it is looked at. It is kept nowhere: the mandate's id and the keyring make it. Those of sheets are
kept as keyed hashes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app import limits
from app.agency import Enrolled, barred
from app.agent_phrases import say
from app.agent_turns import Points
from app.audit import AuditEntry
from app.catalogue import Service
from app.editions import Edition
from app.engine.program import MANDATE, Program, program_of
from app.engine.state import State
from app.filing import Asker
from app.house_services import MandateStep
from app.keys import Keyring
from app.mandate import DIGITS, Mandate, MandateState, Means, Unmandated, awaits_code, stands
from app.messages import Answered, Job, Most, Outcome, Priority, Refused, SmsKind
from app.ports import AgentBook, Checks, Clock, Ledger, MandateBook, Outbox
from app.tasks import LOOK
from app.values.text import fill


class Mandates:
    """Asks for mandates, begins with them, and says for whom an agent acts. Raises `StoreUnavailable`."""

    def __init__(
        self,
        book: MandateBook,
        agents: AgentBook,
        ledger: Ledger,
        checks: Checks,
        outbox: Outbox,
        points: Points,
        keyring: Keyring,
        clock: Clock,
    ) -> None:
        self._book = book
        self._agents = agents
        self._ledger = ledger
        self._checks = checks
        self._outbox = outbox
        self._points = points
        self._keyring = keyring
        self._clock = clock

    async def call(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """One of the two steps; whoever is no agent is answered as one who may not act."""
        enrolled = await self._admitted(asker.msisdn)
        if enrolled is None or asker.mandate is not None:
            return Refused(Unmandated.BARRED)
        if service.step is MandateStep.ASK:
            return await self._ask(edition, enrolled, arguments, asker)
        return await self._begin(edition, enrolled, arguments, asker)

    async def admits(self, msisdn: str) -> bool | None:
        """Whether a number may act as an agent's now; None: it is no agent's at all."""
        enrolled = await self._agents.enrolled(msisdn)
        return None if enrolled is None else barred(enrolled, self._clock()) is None

    async def standing(self, state: State, msisdn: str) -> Mandate | None:
        """By what the agent with this number acts for a citizen in a dialogue; None: by nothing that is still good."""
        enrolled = await self._admitted(msisdn)
        mandate = await self._book.find(state.mandate, enrolled.number.id) if enrolled else None
        if mandate is None or not stands(mandate, self._clock()):
            return None
        entered = state.frames[0].visit if state.frames else state.screen
        return mandate if program_of(entered) == mandate.program else None

    async def _admitted(self, msisdn: str) -> Enrolled | None:
        enrolled = await self._agents.enrolled(msisdn)
        return None if enrolled is None or barred(enrolled, self._clock()) else enrolled

    async def _ask(self, edition: Edition, enrolled: Enrolled, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """A repeat of the same step sends no second code. One that was heard with another number before is another."""
        program, number, name = edition.program, arguments["number"], arguments["program"]
        if name not in program.assisted:
            return Refused(Unmandated.BARRED)
        if await self._is_own(enrolled, number):
            return Refused(Unmandated.OWN)
        language = program.language_or_base(await self._ledger.language(number))
        agent, now = enrolled.agent, self._clock()
        wanted = Mandate(
            asker.effect, agent.code, enrolled.number.id, agent.point, number, language, name,
            Means(arguments["by"]), now,
        )  # fmt: skip
        forget_before = now - timedelta(seconds=limits.checks_kept_seconds)
        for count in range(1, limits.mandates_of_a_step_max + 1):
            one = wanted if count == 1 else replace(wanted, id=f"{asker.effect}:{count}")
            jobs = (self._code_sms(edition, one),) if one.means is Means.SMS else ()
            entry = AuditEntry(now, one.way, "ask-mandate", one.id, name, _told(one))
            asked = await self._book.ask(one, _sendings(one), jobs, entry, forget_before)
            if asked.is_for(wanted):
                is_refused = asked.state is MandateState.REFUSED and asked.reason in tuple(Unmandated)
                return Refused(asked.reason) if is_refused else Answered({MANDATE: asked.id})
        return Refused(Unmandated.BLOCKED)

    async def _begin(self, edition: Edition, enrolled: Enrolled, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """A repeat of the step whose code was right says so again; the code itself is spent by then."""
        mandate = await self._book.find(arguments[MANDATE], enrolled.number.id)
        if mandate is None or mandate.program != arguments["program"]:
            return Refused(Unmandated.EXPIRED)
        if mandate.given_by == asker.effect:
            return Answered({MANDATE: mandate.id})
        if await self._is_own(enrolled, mandate.msisdn):
            return Refused(Unmandated.BARRED)
        now = self._clock()
        if not awaits_code(mandate, now):
            return Refused(Unmandated.EXPIRED)
        if not await self._counted(edition.program, mandate, now):
            return Refused(Unmandated.BLOCKED)
        code = arguments["code"]
        if not self._could_be(mandate, code):
            return Refused(Unmandated.WRONG)
        jobs = (self._sheet_sms(edition, mandate),) if mandate.means is Means.SHEET else ()
        entry = AuditEntry(now, mandate.way, "begin-mandate", mandate.id, mandate.program, _told(mandate))
        kept = await self._book.give(mandate, code, now, asker.effect, jobs, entry)
        if kept is None:
            await self._checks.give_back((*_guesses(mandate), _ALL), now)
            await self._checks.give_back(_sendings(mandate), mandate.asked_at)
            return Answered({MANDATE: mandate.id})
        again = await self._book.find(mandate.id, enrolled.number.id)
        if again is not None and again.given_by == asker.effect:
            return Answered({MANDATE: mandate.id})  # another copy of this step was faster
        return Refused(kept)

    async def _is_own(self, enrolled: Enrolled, msisdn: str) -> bool:
        return msisdn in {number.msisdn for number in await self._agents.numbers(enrolled.agent.code)}

    async def _counted(self, program: Program, mandate: Mandate, now: datetime) -> bool:
        """Whether one more code may be tried. If all agents together try too many, a person looks."""
        if not await self._checks.count(_guesses(mandate), now):
            return False
        if await self._checks.count((_ALL,), now):
            return True
        task = Job(f"mandate-codes:{program.day(now).isoformat()}", LOOK, {}, now)
        told = "too many wrong codes of citizens for agents: somebody is guessing; see docs/agents.md"
        await self._outbox.leave([task], told, now)
        return False

    def _could_be(self, mandate: Mandate, code: str) -> bool:
        """Whether a texted code is right; whether one of a sheet is, the database tells while it spends it."""
        if not re.fullmatch(f"[0-9]{{{DIGITS[mandate.means]}}}", code):
            return False
        return mandate.means is Means.SHEET or hmac.compare_digest(code, self._code(mandate))

    def _code(self, mandate: Mandate) -> str:
        """The code of a mandate, which nobody knows without the keyring."""
        drawn = self._keyring.hash("mandate_code", mandate.id, mandate.msisdn, mandate.program)
        digits = DIGITS[Means.SMS]
        return f"{int.from_bytes(drawn, 'big') % 10**digits:0{digits}}"

    def _code_sms(self, edition: Edition, mandate: Mandate) -> Job:
        until = mandate.asked_at + timedelta(seconds=limits.mandate_code_seconds)
        text = self._say(edition, "mandate_code", mandate, code=self._code(mandate))
        payload = {"to": mandate.msisdn, "text": text, "aggregator": "", "sms": SmsKind.CODE.value}
        payload["until"] = until.isoformat()
        return Job(f"{mandate.id}:mandate", "text", payload, mandate.asked_at, Priority.URGENT)

    def _sheet_sms(self, edition: Edition, mandate: Mandate) -> Job:
        """Whoever lost a sheet hears at once that somebody uses it."""
        text = self._say(edition, "mandate_sheet", mandate)
        payload = {"to": mandate.msisdn, "text": text, "aggregator": "", "sms": SmsKind.CODE.value}
        return Job(f"{mandate.id}:sheet", "text", payload, self._clock(), Priority.URGENT)

    def _say(self, edition: Edition, phrase: str, mandate: Mandate, **values: str) -> str:
        program = edition.program
        service = fill(program.assisted[mandate.program][program.language_or_base(mandate.language)], {})
        point = (self._points(edition) or {}).get(mandate.point, mandate.point)
        return say(program, phrase, mandate.language, agent=mandate.agent, point=point, service=service, **values)


def _told(mandate: Mandate) -> dict[str, str]:
    return {"means": mandate.means.value, "point": mandate.point, "number": mandate.number_id}


def _sendings(mandate: Mandate) -> tuple[Most, ...]:
    """How many codes that nobody told may be sent: by one agent, and to one number, whoever asks."""
    if mandate.means is not Means.SMS:
        return ()
    return (
        Most("mandate-sent", f"agent {mandate.agent}", limits.code_day_seconds, limits.mandates_sent_agent_max),
        Most("mandate-sent", f"number {mandate.msisdn}", limits.code_day_seconds, limits.mandates_sent_number_max),
    )


def _guesses(mandate: Mandate) -> tuple[Most, ...]:
    """How many codes may be tried: for one mandate, by an agent's number, and for a citizen's, whoever tries."""
    subject, most = f"mandate {mandate.id}", limits.agent_guesses_order_max
    one = Most("mandate-code", subject, limits.code_day_seconds, most, mandate.asked_at)
    windows = (
        (limits.code_window_seconds, limits.agent_guesses_window_max),
        (limits.code_day_seconds, limits.agent_guesses_day_max),
    )
    each = (
        Most("mandate-code", subject, seconds, most)
        for subject in (f"agent number {mandate.number_id}", f"number {mandate.msisdn}")
        for seconds, most in windows
    )
    return (one, *each)


_ALL = Most("mandate-code", "everybody", limits.code_window_seconds, limits.agent_guesses_all_max)
