"""The call-back: whoever an agent says has paid is asked by SMS whether they have. No I/O."""

from __future__ import annotations

from app.watching.facts import Alert

KIND = "callback"
"""The kind of the question."""
YES, NO = "1", "2"


def question_id(receipt: str) -> str:
    """One question about a payment, for ever: by it watching finds what was answered."""
    return f"{KIND}:{receipt}"


def denial(receipt: str, agent: str, point: str) -> Alert:
    """What a no means at once; when watching looks later it finds the same alert, and calls nobody again."""
    return Alert("denied", agent, point, (receipt,), "a citizen says that they have not paid")
