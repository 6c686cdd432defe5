"""Reads the house's own format of conversations: every mistake of a file at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from app import limits
from app.authoring.conversations.agents import named_number, read_agents, read_phones
from app.authoring.conversations.captures import check_captures
from app.authoring.conversations.fields import YEARS, Fields, place_of
from app.authoring.conversations.model import CITIZEN, Action, Conversation, Expected, Turn, Verb
from app.authoring.conversations.scripts import read_scripts
from app.authoring.conversations.source import Complain, Node
from app.authoring.conversations.tagging import read_task
from app.authoring.conversations.wording import NOTHING
from app.mandate import DIGITS, Means

DEFAULT_AT = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
_HEAD = (
    "task",
    "dial",
    "number",
    "network",
    "language",
    "at",
    "closed",
    "offices",
    "phones",
    "agents",
    "sheets",
    "calls_back",
    "turns",
)
_SEEN = ("shows", "matches", "ends", "receives", "receives_matching")
_TURN = ("number", *Verb, "times", "at_once", *_SEEN)
_REPEATED = (Verb.TEXTS, Verb.PAYS)


def read_conversations(root: Node, complain: Complain) -> tuple[Conversation, ...]:
    """The conversations of a file, in its order."""
    fields = Fields(root, ("conversations",), complain, "a file of conversations")
    named = fields.get("conversations")
    if named is None or named.kind != "mapping":
        fields.wrong(named or root, "shape", "`conversations` is a mapping of names to conversations")
        return ()
    return tuple(_conversation(key, value, complain) for key, value in named.pairs)


def _conversation(key: Node, node: Node, complain: Complain) -> Conversation:
    fields = Fields(node, _HEAD, complain, f"conversation `{key.text}`")
    turns = fields.get("turns")
    entries = turns.entries if turns is not None else []
    if not entries:
        fields.wrong(turns or key, "no-turns", "has no turns; write a list of what is done and shown below `turns`")
    if len(entries) > limits.conversation_turns_max:
        fields.wrong(key, "too-many-turns", f"has more than {limits.conversation_turns_max} turns; split it")
    dial = fields.get("dial")
    number = fields.number("number") or CITIZEN
    phones = {CITIZEN: number} | read_phones(fields.get("phones"), complain)
    conversation = Conversation(
        name=key.text,
        place=place_of(key),
        dial=fields.wording("dial"),
        number=number,
        network=fields.text("network"),
        language=fields.text("language"),
        at=fields.moment("at") or DEFAULT_AT,
        closed=fields.words("closed"),
        offices=read_scripts(fields.get("offices"), complain),
        turns=tuple(_turn(entry, phones, complain) for entry in entries),
        calls_back=fields.flag("calls_back") or False,
        agents=read_agents(fields.get("agents"), phones, complain),
        sheets=_sheets(fields.get("sheets"), phones, complain),
        task=read_task(fields.get("task"), complain),
    )
    _check_years(fields, conversation, turns)
    check_captures(conversation, place_of(dial or key), complain)
    return conversation


def _sheets(node: Node | None, phones: Mapping[str, str], complain: Complain) -> dict[str, tuple[str, ...]]:
    """`phone: [codes]`, printed for the numbers of these phones."""
    if node is None:
        return {}
    fields = Fields(node, phones, complain, "`sheets`")
    sheets = {phones[name]: fields.words(name) for name in sorted(fields.keys())}
    for key, value in node.pairs:
        if any(not re.fullmatch(f"[0-9]{{{DIGITS[Means.SHEET]}}}", entry.text) for entry in value.entries):
            fields.wrong(key, "shape", f"a code of a sheet has {DIGITS[Means.SHEET]} digits")
    return sheets


def _check_years(fields: Fields, conversation: Conversation, turns: Node | None) -> None:
    """Complain of the first wait that ends beyond the years that a conversation may live through."""
    waited = 0.0
    for node, turn in zip(turns.entries if turns else (), conversation.turns, strict=False):
        waited += turn.action.seconds if turn.action else 0.0
        if (conversation.at + timedelta(seconds=waited)).year not in YEARS:
            told = f"ends after the year {YEARS[-1]}; wait less, or begin earlier with `at`"
            fields.wrong(node, "waits", told)
            return


def _turn(node: Node, phones: Mapping[str, str], complain: Complain) -> Turn:
    fields = Fields(node, _TURN, complain, "a turn")
    page = _expected(fields, "shows", "matches")
    ends, ends_node = fields.flag("ends"), fields.get("ends")
    if node.kind == "mapping" and not node.pairs:
        fields.wrong(node, "turn", "a turn says what is done or seen; it is empty")
    sms, at_once = _expected(fields, "receives", "receives_matching"), fields.flag("at_once") or False
    if at_once and sms is not None:
        fields.wrong(node, "turn", "nothing can come of it yet; say what is received in the turn after `at_once`")
    return Turn(
        place=fields.place,
        number=named_number(fields, "number", phones),
        action=_action(fields),
        page=page,
        ends=(ends or False) if page is not None else ends,
        ends_place=place_of(ends_node) if ends_node else None,
        sms=sms,
        at_once=at_once,
    )


def _action(fields: Fields) -> Action | None:
    verbs = [verb for verb in Verb if fields.get(verb) is not None]
    if len(verbs) > 1:
        told = f"one turn does one thing; make a turn each of {' and '.join(f'`{verb}`' for verb in verbs)}"
        fields.wrong(fields.node, "turn", told)
    verb = verbs[0] if verbs else None
    if verb is Verb.WAITS:
        return Action(verb, seconds=fields.seconds(verb) or 0.0)
    if verb is Verb.DROPS:
        fields.flag(verb)
        return Action(verb)
    node, text = (fields.get(verb), fields.wording(verb)) if verb else (None, None)
    return Action(verb, text or NOTHING, place=place_of(node), times=_times(fields, verb)) if verb and node else None


def _times(fields: Fields, verb: Verb | None) -> int:
    """How often one text or payment is delivered."""
    text, node, most = fields.text("times"), fields.get("times"), limits.conversation_times_max
    if text is None or node is None:
        return 1
    if verb not in _REPEATED:
        fields.wrong(node, "turn", f"`times` stands beside {' or '.join(f'`{one}`' for one in _REPEATED)}")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        fields.wrong(node, "turn", f"`{text}` is no number of times; write 1 to {most}")
        return 1
    return int(text)


def _expected(fields: Fields, exact: str, matching: str) -> Expected | None:
    if fields.get(exact) is not None and fields.get(matching) is not None:
        fields.wrong(fields.node, "turn", f"has both `{exact}` and `{matching}`; keep one")
    node, text = fields.get(exact), fields.seen(exact)
    if node is None or text is None:
        node, text = fields.get(matching), fields.seen(matching, pattern=True)
    return Expected(place_of(node), text) if node is not None and text is not None else None
