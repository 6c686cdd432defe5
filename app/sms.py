"""Texts that come in: a keyword or a bare reference starts a Program without a session; the answer goes out by SMS.

What an enrolled agent asks for by a word of agents is `app.agents`' matter; to anybody else such a word is unknown.
A walk that comes to a page that asks for a one-time code waits with that code's check; the text that brings the code
goes on with it.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from msgspec import structs

from app import limits
from app.agents import Agents
from app.asking import Asking
from app.audit import CITIZEN, AuditEntry
from app.bill_code import LENGTH as BILL_LENGTH
from app.bill_code import read_bill_code, show_bill_code
from app.catalogue import services_by_consent
from app.dialogue import Dialogues, Monotonic
from app.editions import Edition, Editions
from app.endings import Again, Finished, JobEnding
from app.engine.exchange import Page
from app.engine.keywords import first_word
from app.engine.program import Ask, Program, program_of
from app.engine.rendering import render
from app.errors import ServiceFailed, VersionUnusable
from app.keys import Keyring
from app.messages import Job, Priority, SmsEvent, SmsKind, Waiting
from app.ports import Checks, Clock, Ledger, Outbox
from app.reference import read_reference
from app.values.rules import ValueType
from app.values.text import fill
from app.walked import Caller, Walked

log = structlog.get_logger()


def text_id(keyring: Keyring, aggregator: str, message_id: str, sender: str) -> str:
    """Of the job that answers a text: the same for each copy of it."""
    return keyring.hash("sms", aggregator, message_id, sender).hex()


class Texts:
    """Takes texts in durably first, and answers them from the worker."""

    def __init__(
        self,
        editions: Editions,
        dialogues: Dialogues,
        ledger: Ledger,
        outbox: Outbox,
        checks: Checks,
        agents: Agents,
        asking: Asking,
        keyring: Keyring,
        clock: Clock,
        monotonic: Monotonic,
    ) -> None:
        self._agents = agents
        self._editions = editions
        self._dialogues = dialogues
        self._ledger = ledger
        self._outbox = outbox
        self._checks = checks
        self._asking = asking
        self._keyring = keyring
        self._clock = clock
        self._monotonic = monotonic

    async def take_in(self, event: SmsEvent) -> bool:
        """Keep a text until it is answered; False if this very text came before. Only numbers are answered."""
        if not event.sender.startswith("+"):
            log.info("sms_ignored", reason="sender is not a number", aggregator=event.aggregator)
            return True
        id = text_id(self._keyring, event.aggregator, event.message_id, event.sender)
        payload = {
            "aggregator": event.aggregator,
            "sender": event.sender,
            "text": event.text[: limits.sms_characters_max],
        }
        return await self._outbox.add([Job(id, "answer", payload, self._clock(), Priority.URGENT)]) == 1

    async def answer(self, job: Job, *, is_first: bool = False) -> JobEnding:
        """Walk the program that the text asks for; its page is the answer. `is_first`: nobody looked at it before."""
        sender, edition = job.payload["sender"], self._editions.current
        program = edition.program
        enrolled = await self._agents.enrolled(program, sender)
        answered = await self._ledger.tally("text", sender, program.day(self._clock()), 1)
        if answered > (limits.agent_texts_a_day_max if enrolled else limits.texts_answered_a_day_max):
            return Finished()  # two machines that answer each other must not do so for ever
        language = program.language_or_base(await self._ledger.language(sender))
        word, rest = first_word(job.payload["text"])
        if word.upper() in program.withdraws:
            return await self._withdraw(edition, job, sender, language)
        said = await self._agents.answer(edition, enrolled, job, language, is_first=is_first) if enrolled else None
        if isinstance(said, Again):
            return said
        if said is not None:
            return Finished((self._reply(job, job.id, sender, said, SmsKind.AGENT),) if said else ())
        if word.upper() in program.helps:
            return await self._asked_for_help(program, job, sender, language)
        if word.upper() in program.speaks:
            return await self._speak(program, job, rest, language)
        if word.upper() in program.code_words:
            return Finished((self._reply(job, job.id, sender, await self._go_on(job, rest, language)),))
        thanks = await self._asking.hears(sender, job.payload["text"], job.id, language)
        if thanks is not None:
            return Finished((self._reply(job, job.id, sender, thanks),))
        entrance, typed = _entrance(program, job.payload["text"])
        if entrance is None:
            return Finished((self._help(program, job, sender, language),))
        caller = self._caller(job, self._keyring.hash("session", "sms", job.id))
        opened = await self._dialogues.open(edition, entrance, language, caller, edition.closed())
        walked = await self._dialogues.hear(opened, typed, caller, unseen=True)
        text = _words(walked, language)
        if ticket := _ticket(walked):
            await self._checks.wait(ticket, Waiting(walked.state, caller.key, job.id, text))
        return Finished((self._reply(job, job.id, sender, text),))

    async def _go_on(self, job: Job, typed: str, language: str) -> str:
        """What is answered to a text with a code. One that was heard before, by a worker that died, is not heard again:
        it would count as another try.
        """
        after = self._clock() - timedelta(seconds=limits.code_seconds_max)
        found = await self._checks.awaited(job.payload["sender"], after)
        waiting = found[1] if found else None
        if waiting is not None and waiting.job == job.id:
            return waiting.text
        if found is None or waiting is None or waiting.over:
            return fill(self._editions.current.program.phrases["no_code"][language], {})
        try:
            edition = await self._editions.of(waiting.state.version)
        except VersionUnusable:
            raise ServiceFailed("version_unusable", retryable=True) from None
        caller = self._caller(job, waiting.key)
        here = Walked(edition, waiting.state, Page("", False))
        walked = await self._dialogues.hear(here, (typed,), caller, unseen=False)
        text, ticket = _words(walked, walked.state.language), _ticket(walked)
        heard = Waiting(walked.state, caller.key, job.id, text)
        if ticket != found[0]:
            await self._checks.wait(found[0], structs.replace(heard, over=True))
        if ticket:
            await self._checks.wait(ticket, heard)
        return text

    def _caller(self, job: Job, key: bytes) -> Caller:
        deadline = self._monotonic() + limits.turn_soft_seconds
        return Caller(job.payload["sender"], key, deadline, job.payload["aggregator"], channel="sms")

    async def _withdraw(self, edition: Edition, job: Job, sender: str, language: str) -> JobEnding:
        """Whoever takes back gets the same answer whether or not anything stood, and is asked nothing by SMS any more;
        what is under way is carried out.
        """
        entry = AuditEntry(self._clock(), CITIZEN, "withdraw", job.id, "sms")
        await self._ledger.withdraw(sender, services_by_consent(edition.catalogue), entry)
        await self._asking.object(sender)
        told = fill(edition.program.phrases["withdrawn"][language], {})
        return Finished((self._reply(job, job.id, sender, told),))

    async def _asked_for_help(self, program: Program, job: Job, sender: str, language: str) -> JobEnding:
        """As often as a person would ask in a day. Our help begins with no such word, so no machine of ours asks."""
        asked = await self._ledger.tally("help", sender, program.day(self._clock()), 1)
        if asked > limits.helps_a_day_max:
            return Finished()
        return Finished((self._reply(job, job.id, sender, fill(program.phrases["sms_help"][language], {})),))

    async def _speak(self, program: Program, job: Job, named: str, language: str) -> JobEnding:
        """The language that a text names by its code holds for pages and texts from now on; the answer is in it."""
        sender, word, phrase = job.payload["sender"], named.partition(" ")[0], "language_unknown"
        chosen = program.language_words.get(word.upper(), word.lower())
        if chosen in program.languages:
            await self._ledger.remember_language(sender, chosen, self._clock())
            language, phrase = chosen, "language_chosen"
        return Finished((self._reply(job, job.id, sender, fill(program.phrases[phrase][language], {})),))

    def _help(self, program: Program, job: Job, sender: str, language: str) -> Job:
        """Once a day and number: two machines that do not understand each other must not talk for ever."""
        id = self._keyring.hash("help", sender, program.day(self._clock()).isoformat()).hex()
        return self._reply(job, id, sender, fill(program.phrases["sms_help"][language], {}))

    def _reply(self, job: Job, id: str, to: str, text: str, kind: SmsKind = SmsKind.ANSWER) -> Job:
        """Goes out by the aggregator that the text came in by."""
        now = self._clock()
        until = now + timedelta(seconds=limits.sms_answer_seconds_max)
        payload = {
            "aggregator": job.payload["aggregator"],
            "to": to,
            "text": text,
            "sms": kind.value,
            "until": until.isoformat(),
        }
        return Job(f"{id}:reply", "text", payload, now, Priority.URGENT)


def _entrance(program: Program, text: str) -> tuple[str | None, tuple[str, ...]]:
    """The first screen that a text leads to and what it says there."""
    word, rest = first_word(text)
    for keyword in program.keywords:
        if word.upper() in keyword.words:
            is_status = keyword.screen == program.bare_reference
            asked = (_of_a_bill(program, rest) or _of_a_slip(program, rest)) if is_status else None
            return asked or (keyword.screen, (rest,) if rest else ())
    bare = f"{word} {rest}"
    if read_reference(bare) is not None:
        return program.bare_reference, (bare,)
    return _of_a_bill(program, bare) or (None, ())


def _of_a_bill(program: Program, text: str) -> tuple[str, tuple[str, ...]] | None:
    """Whoever has a bill's code in hand and asks for its status is understood, though a request has another number."""
    code = read_bill_code(text)
    return (program.bare_bill, (show_bill_code(code),)) if program.bare_bill and code else None


def _of_a_slip(program: Program, text: str) -> tuple[str, tuple[str, ...]] | None:
    """As long as a bill's code, and none: no reference is, so it is no use to say that one was mistyped."""
    typed = "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
    is_slip = len(typed) == BILL_LENGTH and any(letter.isdigit() for letter in typed)
    return (program.bare_bill, (show_bill_code(typed),)) if program.bare_bill and is_slip else None


def _words(walked: Walked, language: str) -> str:
    """An end screen's text, or the question for a code and how to send it. Any other page that would go on is no SMS:
    what was wrong with the input, and help.
    """
    if walked.page.final:
        return walked.page.text
    program, state = walked.edition.program, walked.state
    screen, help = program.screens[state.screen], "sms_help"
    asked = ""
    if isinstance(screen, Ask) and _ticket(walked):
        asked, help = render(program, state, screen.text), "code_sms"
    return "\n".join(filter(None, (walked.page.notice, asked, fill(program.phrases[help][language], {}))))


def _ticket(walked: Walked) -> str:
    """The check whose code a page asks for; empty if it asks for none."""
    program, state = walked.edition.program, walked.state
    screen = program.screens[state.screen]
    if not program.code_words or not isinstance(screen, Ask) or screen.rule.type is not ValueType.SECRET:
        return ""
    names = program.names[program_of(state.screen)]
    tickets = [text for name, text in state.answers.items() if name in names and names[name].type is ValueType.TICKET]
    return tickets[-1] if tickets else ""
