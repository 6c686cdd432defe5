"""A handset: one number, one line, one inbox; notes on the tape what it does."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress

from app.chance_texts import REPLIES, ChanceTexts
from app.errors import ServiceFailed
from app.terminal.tape import Did, Tape, Turn
from app.terminal.wire import Page, ReceivedSms, Session, Wire

DIALLED = re.compile(r"\*[0-9][0-9*]*#")


class Handset:
    """`new_id` gives words that never repeat. While one thread waits for a page, another may drop the line or look."""

    def __init__(
        self, number: str, service_code: str, wire: Wire, tape: Tape, new_id: Callable[[], str], chance: ChanceTexts
    ) -> None:
        self.number = number
        self.service_code = service_code
        self.dialled = service_code
        self.page: Page | None = None
        self.inbox: tuple[ReceivedSms, ...] = ()
        self.language: str | None = None
        self._wire = wire
        self._tape = tape
        self._new_id = new_id
        self._session: Session | None = None
        self._asking: Turn | None = None
        self._looking = threading.Lock()
        self._seen: set[str] = set()
        self._chance = chance
        self._asked = False
        now = wire.clock()
        self._opened_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the SMS centre stamps

    @property
    def is_up(self) -> bool:
        return self._session is not None

    @property
    def is_waiting(self) -> bool:
        """Whether something was sent that the gateway has not answered yet."""
        return self._asking is not None

    @property
    def short_code(self) -> str:
        """Where its SMS go: the last part of the service code, `100` of `*384*100#`."""
        return self.service_code.rstrip("#").rpartition("*")[2]

    def dial(self, code: str = "") -> Page | None:
        """Dial a code, or the last one again; a line that is up is dropped first. None: dropped while it waited."""
        if self.is_up:
            self.drop()
        self.dialled = code or self.dialled
        service_code, text = split_code(self.dialled, self.service_code)
        network = self._wire.network_of(self.number)
        self._session = Session(f"ATUid_{self._new_id()}", self.number, service_code, text, self._wire.clock(), network)
        return self._ask(self._session, Turn(self.number, Did.DIALS, self.dialled))

    def type(self, text: str) -> Page | None:
        """Answer the page that is shown. None: the line was dropped while it waited."""
        if self._session is None:
            raise ServiceFailed(f"The line is down: dial a code such as {self.service_code}.", retryable=False)
        self._session.type(text)
        return self._ask(self._session, Turn(self.number, Did.TYPES, text))

    def drop(self) -> None:
        """The line falls, or the red key is pressed: to the gateway both are an `Incomplete` session."""
        session, self._session = self._session, None
        if session is None:
            raise ServiceFailed("The line is down already.", retryable=False)
        session.over = True
        self.page = None
        if self._asking:
            self._tape.note(self._asking)
        self._tape.note(Turn(self.number, Did.DROPS))
        self._wire.end(session, "Incomplete")

    def leave(self) -> None:
        """The phone is put away: a line that is up falls, and no recording says so."""
        if self._session:
            with suppress(ServiceFailed):
                self._wire.end(self._session, "Incomplete")

    def text(self, text: str) -> None:
        self._wire.text(self._new_id(), self.number, self.short_code, text)
        if not (self._asked and text.strip() in REPLIES):
            self._tape.note(Turn(self.number, Did.TEXTS, text))

    def look(self) -> tuple[ReceivedSms, ...]:
        """Look into the inbox; gives the SMS that came since this phone was opened and were not given before."""
        with self._looking:
            self.inbox = self._wire.inbox(self.number)
            fresh = [sms for sms in self.inbox if sms.message_id not in self._seen and sms.sent_at >= self._opened_at]
            self._seen.update(sms.message_id for sms in fresh)
            for sms in fresh:
                self._note(sms.text)
        return tuple(fresh)

    def _note(self, text: str) -> None:
        """What came, but for what came by chance: whoever plays the recording is not drawn again."""
        if self._chance.asks(text):
            self._asked = True
        elif self._asked and self._chance.thanks_for(text):
            self._asked = False
        else:
            self._tape.note(Turn(self.number, Did.RECEIVES, text))

    def _ask(self, session: Session, turn: Turn) -> Page | None:
        self._asking = turn
        try:
            page = self._wire.hop(session)
        except ServiceFailed:
            if session.over:
                return None
            self._over(session, "Failed")
            raise
        finally:
            if self._asking is turn:
                self._asking = None
        if session.over:
            return None
        self.page = page
        self._tape.note(Turn(turn.number, turn.did, turn.what, page.text, page.final))
        if page.final:
            self._over(session, "Success")
        return page

    def _over(self, session: Session, status: str) -> None:
        if session.over:
            return
        session.over, self._session = True, None
        with suppress(ServiceFailed):  # a hint that may never come: the gateway does not wait for it
            self._wire.end(session, status)


def split_code(dialled: str, service_code: str) -> tuple[str, str]:
    """`*384*100*2*1#` is the service code and, as its first text, `2*1`."""
    stem = service_code.rstrip("#")
    if dialled != service_code and dialled.startswith(f"{stem}*"):
        return service_code, dialled.removeprefix(f"{stem}*").rstrip("#")
    return dialled, ""


def is_code(typed: str) -> bool:
    return DIALLED.fullmatch(typed) is not None
