"""Answers by SMS: that something of the caller's own was taken down, and what the pack tells everybody.

Phones are shared and the state pays for each part. So whoever merely looked something up is texted it only if they ask
for that, it is nothing of anybody's, and a number may ask so only a few times a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app import limits
from app.cases import told_until
from app.catalogue import Service
from app.editions import Edition
from app.engine.rendering import show
from app.filing import Asker
from app.house_services import ASKED
from app.messages import Job, Priority, SmsKind
from app.ports import Clock, Ledger, Outbox
from app.values.text import fill, slots

TEXTED = "answer_texted"
"""The tally of answers that a number was texted."""


class Answers:
    """Texts what services tell of the pack. Raises `StoreUnavailable`."""

    def __init__(self, ledger: Ledger, outbox: Outbox, clock: Clock) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._clock = clock

    async def text(self, edition: Edition, service: Service, told: Mapping[str, str], asker: Asker) -> bool:
        """Whether it goes to the number that called; False: that was texted enough today.

        Counted when it was new: a crash in between gives one more, and no repeat takes one away.
        """
        now = self._clock()
        day = edition.program.day(now)
        if await self._ledger.tally(TEXTED, asker.msisdn, day, 0) >= limits.answers_texted_a_day_max:
            return False
        if await self._outbox.add(asked_text(edition, service, told, asker, now)):
            await self._ledger.tally(TEXTED, asker.msisdn, day, 1)
        return True


def asked_text(
    edition: Edition, service: Service, told: Mapping[str, str], asker: Asker, now: datetime
) -> Sequence[Job]:
    """The job that texts a caller what they asked for, if the service has words for it; once for a step."""
    text = service.sms.get(ASKED)
    if text is None:
        return ()
    template, names = text[asker.language], service.sms_names
    shown = {
        slot: show(edition.program, names.get(slot.name), told.get(slot.name, ""), asker.language, slot.format)
        for slot in slots(template)
    }
    payload = {
        "to": asker.msisdn, "text": fill(template, shown), "aggregator": "", "sms": SmsKind.ANSWER.value,
        "until": told_until(now, limits.sms_answer_seconds_max),
    }  # fmt: skip
    return (Job(f"{asker.effect}:asked", "text", payload, now, Priority.TOLD),)
