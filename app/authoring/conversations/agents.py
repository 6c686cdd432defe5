"""The agents of a conversation: read from the file, held against the pack, enrolled on the floor's own ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import limits
from app.agency import CODE, AgentState, Caps
from app.authoring.conversations.fields import Fields, place_of
from app.authoring.conversations.model import AgentThere, Conversation
from app.authoring.conversations.source import Complain, Node
from app.compiler.known import enumerated
from app.early_agents import EarlyAgent, enrol
from app.early_clerks import ACTIVATION
from app.editions import Edition, known_points
from app.errors import Complaint
from app.pack import Pack
from app.payments import to_minor
from app.ports import RandomBytes
from integrations.database import Database

STATES = (AgentState.ACTIVE, AgentState.INVITED, AgentState.SUSPENDED)
DEFAULT_SINCE_SECONDS = 30 * 86_400.0
USUAL_CAPS = str(Caps().payments)
_FIELDS = ("point", "number", "float", "state", "since", "activation", "payments_a_day", "language")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_COUNT = re.compile("[1-9][0-9]{0,3}")
_ACTIVATION = re.compile(f"[0-9]{{{limits.agent_activation_digits}}}")


@dataclass(frozen=True, slots=True)
class _Reader:
    phones: Mapping[str, str]
    complain: Complain

    def agent(self, key: Node, node: Node) -> AgentThere:
        fields = Fields(node, _FIELDS, self.complain, f"agent `{key.text}`")
        if not CODE.fullmatch(key.text):
            told = f'`{key.text}` is no agent\'s code; write 2 to 6 capitals and digits, such as "014"'
            self.complain(key.complaint("agent", told))
        for name in ("point", "number"):
            if fields.get(name) is None:
                fields.wrong(key, "agent", f"has no `{name}`; say where the agent keeps a point, and the phone")
        return AgentThere(
            code=key.text,
            place=place_of(key),
            point=fields.text("point") or "",
            number=named_number(fields, "number", self.phones) or "",
            float_amount=self.fitting(fields, "float", _AMOUNT, "0", "no amount; write 1000 or 134.99"),
            state=self.state(fields),
            since_seconds=fields.seconds("since") or DEFAULT_SINCE_SECONDS,
            activation=self.fitting(fields, "activation", _ACTIVATION, ACTIVATION, "no code of eight digits"),
            payments_a_day=int(self.fitting(fields, "payments_a_day", _COUNT, USUAL_CAPS, "no number of payments")),
            language=fields.text("language"),
        )

    def state(self, fields: Fields) -> AgentState:
        text = fields.text("state") or AgentState.ACTIVE.value
        if text not in STATES:
            node = fields.get("state")
            assert node is not None, "what is not written is active"
            fields.wrong(node, "agent", f"`{text}` is nothing that an agent can be here; write {enumerated(STATES)}")
            return AgentState.ACTIVE
        return AgentState(text)

    def fitting(self, fields: Fields, name: str, form: re.Pattern[str], usual: str, what: str) -> str:
        text, node = fields.text(name), fields.get(name)
        if text is None or node is None:
            return usual
        if not form.fullmatch(text):
            fields.wrong(node, "agent", f"`{text}` is {what}")
        return text


def read_agents(node: Node | None, phones: Mapping[str, str], complain: Complain) -> tuple[AgentThere, ...]:
    """`code: {point, number, float, state, since, activation, payments_a_day, language}`."""
    if node is None:
        return ()
    if node.kind != "mapping":
        complain(node.complaint("shape", "`agents` is a mapping of agents' codes to what they are"))
        return ()
    reader = _Reader(phones, complain)
    return tuple(reader.agent(key, value) for key, value in node.pairs)


def read_phones(node: Node | None, complain: Complain) -> dict[str, str]:
    """`name: number`, names under which phones stand in turns."""
    if node is None:
        return {}
    fields = Fields(node, (key.text for key, _ in node.pairs), complain, "`phones`")
    return {name: number for name in sorted(fields.keys()) if (number := fields.number(name)) is not None}


def named_number(fields: Fields, key: str, phones: Mapping[str, str]) -> str | None:
    """A phone's number, or the name that `phones` gives one."""
    return phones.get(fields.text(key) or "") or fields.number(key)


def check_agents(conversations: Iterable[Conversation], pack: Pack, complain: Complain) -> None:
    """Complain of agents whom this pack could not have."""
    points = known_points(Edition(pack, {}))
    for conversation in conversations:
        for agent in conversation.agents:
            told = ""
            if not pack.program.agent_words:
                told = "this pack has no agents; add words for them below `agents` in entrances.yaml"
            elif points is not None and agent.point not in points:
                told = f"`{agent.point}` is no service point of this pack"
            if told:
                place = agent.place
                complain(Complaint(place.file, place.line, place.column, "agent", told))


async def enrol_agents(
    database: Database, conversation: Conversation, pack: Pack, now: datetime, random_bytes: RandomBytes
) -> list[str]:
    """Enrol them on a fresh ledger; returns what kept one from being enrolled."""
    troubles, currency = [], pack.program.currency
    for there in conversation.agents:
        minor = to_minor(there.float_amount, currency.minor_digits) or 0
        since = now - timedelta(seconds=there.since_seconds)
        early = EarlyAgent(
            there.code, there.point, there.number, currency.code, minor, there.state, since, there.activation,
            Caps(there.payments_a_day),
        )  # fmt: skip
        if there.language:
            await database.ledger.remember_language(there.number, there.language, since)
        if not await enrol(database.agents, early, "of a conversation", random_bytes):
            troubles.append(f"has agent {there.code} with a number of another agent")
    return troubles
