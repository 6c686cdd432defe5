"""Reads files of dialoguss, a black-box tester of USSD applications: one service code, sessions, steps.

Its documentation (nndi-oss/dialoguss, docs/content/docs/automated and README) names `url`, `dial` and `phoneNumber`,
and for each session `id`, `phoneNumber`, `description` and `steps`; a step types `userInput` (in older files `text`)
and compares the page with `expect`. The first step only dials. `url` and `timeout` mean nothing here. What offices
answer, dialoguss cannot say: it ignores keys that it does not know, so `offices` may stand in a file or a session.
"""

from __future__ import annotations

from app.authoring.conversations.fields import Fields, place_of
from app.authoring.conversations.model import CITIZEN, Action, Conversation, Expected, Turn, Verb
from app.authoring.conversations.reader import DEFAULT_AT
from app.authoring.conversations.scripts import read_scripts
from app.authoring.conversations.source import Complain, Node
from app.authoring.conversations.wording import literal

_FILE = ("url", "dial", "phoneNumber", "timeout", "sessions", "offices")
_SESSION = ("id", "phoneNumber", "description", "steps", "offices")
_STEP = ("userInput", "text", "expect")


def is_dialoguss(root: Node) -> bool:
    return root.get("sessions") is not None and root.get("conversations") is None


def read_dialoguss(root: Node, complain: Complain) -> tuple[Conversation, ...]:
    """Each session as a conversation of that name; white space at the end of an expected page does not count."""
    file = Fields(root, _FILE, complain, "a dialoguss file")
    sessions = file.get("sessions")
    if sessions is None or sessions.kind != "list":
        file.wrong(sessions or root, "shape", "`sessions` is a list")
        return ()
    return tuple(_session(node, file, complain) for node in sessions.entries)


def _session(node: Node, file: Fields, complain: Complain) -> Conversation:
    fields = Fields(node, _SESSION, complain, "a session")
    steps = fields.get("steps")
    entries = steps.entries if steps is not None else []
    if not entries:
        fields.wrong(steps or node, "no-turns", "has no steps")
    dial = file.text("dial")
    return Conversation(
        name=" ".join(filter(None, (fields.text("id"), fields.text("description")))),
        place=place_of(node),
        dial=None if dial is None else literal(dial),
        number=fields.number("phoneNumber") or file.number("phoneNumber") or CITIZEN,
        network=None,
        language=None,
        at=DEFAULT_AT,
        closed=(),
        offices={**read_scripts(file.get("offices"), complain), **read_scripts(fields.get("offices"), complain)},
        turns=tuple(_step(entry, first=place == 0, complain=complain) for place, entry in enumerate(entries)),
        black_box=True,
    )


def _step(node: Node, first: bool, complain: Complain) -> Turn:
    fields = Fields(node, _STEP, complain, "a step")
    typed = fields.text("userInput") or fields.text("text") or ""
    expect, text = fields.get("expect"), fields.text("expect")
    page = Expected(place_of(expect), literal(text.rstrip())) if expect is not None and text is not None else None
    return Turn(place_of(node), action=None if first else Action(Verb.TYPES, literal(typed)), page=page)
