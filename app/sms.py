"""Texts that come in: a keyword or a bare reference starts a Program without a session; the answer goes out by SMS."""

from __future__ import annotations

import structlog

from app import limits
from app.audit import CITIZEN, AuditEntry
from app.catalogue import services_by_consent
from app.dialogue import Caller, Dialogues, Monotonic, Walked
from app.editions import Edition, Editions
from app.endings import Finished, JobEnding
from app.engine.keywords import first_word
from app.engine.program import Program
from app.keys import Keyring
from app.messages import Job, SmsEvent
from app.ports import Clock, Ledger, Outbox
from app.reference import read_reference
from app.values.text import fill

log = structlog.get_logger()


class Texts:
    """Takes texts in durably first, and answers them from the worker."""

    def __init__(
        self,
        editions: Editions,
        dialogues: Dialogues,
        ledger: Ledger,
        outbox: Outbox,
        keyring: Keyring,
        clock: Clock,
        monotonic: Monotonic,
    ) -> None:
        self._editions = editions
        self._dialogues = dialogues
        self._ledger = ledger
        self._outbox = outbox
        self._keyring = keyring
        self._clock = clock
        self._monotonic = monotonic

    async def take_in(self, event: SmsEvent) -> bool:
        """Keep a text until it is answered; False if this very text came before. Only numbers are answered."""
        if not event.sender.startswith("+"):
            log.info("sms_ignored", reason="sender is not a number", aggregator=event.aggregator)
            return True
        id = self._keyring.hash("sms", event.aggregator, event.message_id, event.sender).hex()
        payload = {
            "aggregator": event.aggregator,
            "sender": event.sender,
            "text": event.text[: limits.sms_characters_max],
        }
        return await self._outbox.add([Job(id, "answer", payload, self._clock())]) == 1

    async def answer(self, job: Job) -> JobEnding:
        """Walk the program that the text asks for; its page is the answer."""
        sender, edition = job.payload["sender"], self._editions.current
        program = edition.program
        answered = await self._ledger.tally("text", sender, program.day(self._clock()), 1)
        if answered > limits.texts_answered_a_day_max:
            return Finished()  # two machines that answer each other must not do so for ever
        language = program.language_or_base(await self._ledger.language(sender))
        if first_word(job.payload["text"])[0].upper() in program.withdraws:
            return await self._withdraw(edition, job, sender, language)
        entrance, typed = _entrance(program, job.payload["text"])
        if entrance is None:
            return Finished((self._help(program, job, sender, language),))
        deadline = self._monotonic() + limits.turn_soft_seconds
        key = self._keyring.hash("session", "sms", job.id)
        caller = Caller(sender, key, deadline, job.payload["aggregator"], channel="sms")
        opened = await self._dialogues.open(edition, entrance, language, caller)
        walked = await self._dialogues.hear(opened, typed, caller, unseen=True)
        return Finished((self._reply(job, job.id, sender, _words(walked, language)),))

    async def _withdraw(self, edition: Edition, job: Job, sender: str, language: str) -> JobEnding:
        """Whoever takes back gets the same answer whether or not anything stood; what is under way is carried out."""
        entry = AuditEntry(self._clock(), CITIZEN, "withdraw", job.id, "sms")
        await self._ledger.withdraw(sender, services_by_consent(edition.catalogue), entry)
        told = fill(edition.program.phrases["withdrawn"][language], {})
        return Finished((self._reply(job, job.id, sender, told),))

    def _help(self, program: Program, job: Job, sender: str, language: str) -> Job:
        """Once a day and number: two machines that do not understand each other must not talk for ever."""
        id = self._keyring.hash("help", sender, program.day(self._clock()).isoformat()).hex()
        return self._reply(job, id, sender, fill(program.phrases["sms_help"][language], {}))

    def _reply(self, job: Job, id: str, to: str, text: str) -> Job:
        """Goes out by the aggregator that the text came in by."""
        payload = {"aggregator": job.payload["aggregator"], "to": to, "text": text}
        return Job(f"{id}:reply", "text", payload, self._clock())


def _entrance(program: Program, text: str) -> tuple[str | None, tuple[str, ...]]:
    """The first screen that a text leads to and what it says there."""
    word, rest = first_word(text)
    for keyword in program.keywords:
        if word.upper() in keyword.words:
            return keyword.screen, (rest,) if rest else ()
    bare = f"{word} {rest}"
    if read_reference(bare) is not None:
        return program.bare_reference, (bare,)
    return None, ()


def _words(walked: Walked, language: str) -> str:
    """An end screen's text; a page that would go on is no SMS: what was wrong with the input, and help."""
    if walked.page.final:
        return walked.page.text
    help = fill(walked.edition.program.phrases["sms_help"][language], {})
    return f"{walked.page.notice}\n{help}" if walked.page.notice else help
