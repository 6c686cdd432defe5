"""What is kept of a turn when it has been heard, and what is said."""

from __future__ import annotations

from app import limits
from app.engine.exchange import Page
from app.engine.moves import ended
from app.engine.resuming import resume_of
from app.messages import Reply, Session
from app.ports import Keeping
from app.taken import KEPT, Heard, Taken
from app.turn import Turn


def is_over(turn: Turn, session: Session) -> bool:
    """Whether nothing more is heard in a session: after its last page, or after more steps than any dialogue needs."""
    if session.ended or turn.is_too_long:
        return True
    return session.hop >= limits.session_steps_max or session.state.step >= limits.steps_resumed_max


def taken_of(
    turn: Turn, heard: Heard, outcome: str, hop: int, *, is_walked: bool, before: Session | None = None
) -> Taken:
    """What is kept. After the last page nothing is heard any more: what was answered need not be kept."""
    walked = heard.walked
    final = walked.page.final
    state = ended(walked.state) if final else walked.state
    session = Session(
        state, len(turn.transcript), turn.mark, final, hop, heard.root, heard.offered, is_walked
    )  # fmt: skip
    resume = None if final or heard.offered else resume_of(walked.edition.program, walked.state)
    finished = resume is None and _finishes(heard, before, is_lost=is_walked and final)
    if resume is None and not heard.settled:
        keeping = KEPT
    else:
        keeping = Keeping(limits.session_seconds_max, resume.seconds if resume else 0.0, heard.settled)
    return Taken(session, reply_of(walked.page), outcome, keeping, walked.unheard, finished)


def _finishes(heard: Heard, before: Session | None, *, is_lost: bool) -> bool:
    """Whether something would have been offered again before this turn, and is not any more."""
    if heard.offered:
        return False
    could_go_on = before is not None and resume_of(heard.walked.edition.program, before.state) is not None
    return heard.settled or is_lost or could_go_on


def reply_of(page: Page) -> Reply:
    return Reply(page.text, page.final)
