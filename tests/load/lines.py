"""A line whose other end is in the test: it answers at once, on a clock of its own, and remembers what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.load.citizen import Callback, Note
from app.load.history import Deed, Exchange, Trouble

ANSWER_SECONDS = 0.1
Answering = Callable[[Callback], str]


@dataclass(slots=True)
class ScriptedLine:
    """`answer` gives the body; an empty one stands for no answer."""

    answer: Answering
    sent: list[Callback] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    async def tell(self, note: Note) -> float:
        self.notes.append(note)
        return note.due

    async def send(self, callback: Callback) -> Exchange:
        self.sent.append(callback)
        answer = self.answer(callback)
        return Exchange(
            callback.number,
            callback.session,
            callback.code,
            callback.deed,
            callback.text,
            due=callback.due,
            ready=callback.due,
            sent=callback.due,
            answered=callback.due + ANSWER_SECONDS,
            status=200 if answer else 0,
            answer=answer,
            trouble=None if answer else Trouble.NO_ANSWER,
            fell=callback.fell,
        )

    def told(self, *deeds: Deed) -> list[str]:
        """The transcripts that were sent, in order; all of them if no deeds are named."""
        return [one.text for one in self.sent if not deeds or one.deed in deeds]
