"""What agents do at the counter from menus: what each step takes and gives, and what they attest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.agent_phrases import NAMES
from app.agent_reasons import Unserved
from app.bill_code import SHOWN_LENGTH
from app.catalogue import Catalogue, Result, Service, ServiceKind
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Complain, Node
from app.engine.program import Program
from app.engine.rendering import OPAQUE_LONGEST
from app.house_services import AGENT_NAMES, ATTESTS_TAKES, HOLDER, AgentStep, Attests, MandateStep
from app.values.rules import Text, ValueType
from app.values.text import fill, septets

ORDER = "order"
"""What a step gives that the next one takes; nobody can type it."""
TITLE_SEPTETS = NAMES["service"].longest
_BILL = {"bill": ValueType.TEXT}
_ORDER = {ORDER: ValueType.TICKET}
TAKES: Mapping[MandateStep | AgentStep, Mapping[str, ValueType]] = {
    AgentStep.ORDER: {**_BILL, "amount": ValueType.AMOUNT},
    AgentStep.CONFIRM: _ORDER,
    AgentStep.DROP: _ORDER,
    AgentStep.FLOAT: {},
    AgentStep.TODAY: {},
    AgentStep.BILL: _BILL,
    AgentStep.CANCEL: _BILL,
}
_SHOWN = Result(ValueType.TEXT, SHOWN_LENGTH)


def _said(*names: str) -> dict[str, Result]:
    return {name: Result(NAMES[name].type, NAMES[name].longest) for name in names}


GIVES: Mapping[MandateStep | AgentStep, Mapping[str, Result]] = {
    AgentStep.ORDER: {ORDER: Result(ValueType.TICKET, OPAQUE_LONGEST), "bill": _SHOWN, **_said("total", "citizen")},
    AgentStep.CONFIRM: {},
    AgentStep.DROP: {},
    AgentStep.FLOAT: _said("float", "commission"),
    AgentStep.TODAY: _said("count", "total", "commission"),
    AgentStep.BILL: {"bill": _SHOWN, **_said("total"), "state": Result(ValueType.WORD, 0)},
    AgentStep.CANCEL: {},
}
_MAY = (Unserved.BARRED,)
_LOOK = (Unserved.UNKNOWN, Unserved.BLOCKED)
REFUSED: Mapping[MandateStep | AgentStep, tuple[str, ...]] = {
    AgentStep.ORDER: (
        *_MAY,
        *_LOOK,
        Unserved.OWN,
        Unserved.ELSEWHERE,
        Unserved.SETTLED,
        Unserved.OVER,
        Unserved.UNDER_WAY,
        Unserved.AMOUNT,
        Unserved.SHORT,
    ),
    AgentStep.CONFIRM: (*_MAY, Unserved.LAPSED),
    AgentStep.DROP: (),
    AgentStep.FLOAT: _MAY,
    AgentStep.TODAY: _MAY,
    AgentStep.BILL: (*_MAY, *_LOOK),
    AgentStep.CANCEL: (*_MAY, Unserved.UNKNOWN),
}
ATTESTS_REFUSED: Mapping[Attests, tuple[str, ...]] = {
    Attests.REDEEM: (*_MAY, Unserved.BLOCKED, Unserved.UNREAD),
    Attests.PROOF: (*_MAY, Unserved.BLOCKED),
}
ATTESTS_TOLD = ("done", "refused", HOLDER)


def attests_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> Attests | None:
    """What agents attest by filing a service; the house knows what it takes."""
    written = node.get("attests")
    if written is None:
        return None
    if kind is not ServiceKind.FILE:
        reader.wrong(written, "unknown-key", "`attests` is for services of kind file; remove it", name)
        return None
    if (takes := node.get("takes")) is not None:
        reader.wrong(takes, "unknown-key", "what it takes, the house knows; remove `takes`", name)
    if written.text in tuple(Attests):
        return Attests(written.text)
    told = f"`{written.text}` is nothing that agents attest; known are {enumerated(Attests)}"
    reader.wrong(written, "unknown-kind", told, name)
    return None


def attests_takes(attests: Attests) -> dict[str, ValueType]:
    return {**ATTESTS_TAKES[attests], **dict.fromkeys(AGENT_NAMES, ValueType.TEXT)}


def check_attests(
    node: Node, sms: Mapping[str, Text], results: Mapping[str, Result], reader: Reader, name: str
) -> None:
    """Whoever it is about hears of it, at the number that the office has: the agent alone would be nobody's witness."""
    for occasion in ATTESTS_TOLD:
        if occasion not in sms:
            told = f"`sms` needs `{occasion}`: what an agent attests is told to them and to whoever it is about"
            reader.wrong(node, "missing-text", told, name)
    given = results.get(HOLDER)
    if given is None or given.type is not ValueType.PHONE:
        told = f"its office must give `{HOLDER}`, a phone: the number of whoever it is about"
        reader.wrong(node.get("work") or node, "missing-key", told, name)


def check_agent_steps(program: Program, catalogue: Catalogue, roots: Mapping[str, Node], complain: Complain) -> None:
    """Complain of what agents are to do where there are none, of two services for one word, and of a word for none."""
    services = roots["services.yaml"].get("services")
    attested: dict[str, str] = {}
    for key, _ in services.pairs if services else ():
        service = catalogue.services.get(key.text)
        if service is None or not _is_agents(service):
            continue
        if not program.agent_words:
            told = "this pack has no agents; write `agents` in entrances.yaml, or remove it"
            complain(key.complaint("not-for-agents", told, key.text))
        if service.attests is not None and service.attests in attested:
            told = f"`{attested[service.attests]}` attests `{service.attests}` already; remove one"
            complain(key.complaint("attested-twice", told, key.text))
        if service.attests is not None:
            attested.setdefault(service.attests, service.name)
            if any(septets(fill(title, {})) > TITLE_SEPTETS for title in service.title.values()):
                told = f"`title` is longer than the {TITLE_SEPTETS} septets that agents' texts have for it; shorten it"
                complain(key.complaint("too-long", told, key.text))
    for wish, word in _words(roots["entrances.yaml"]):
        if wish in tuple(Attests) and wish not in attested:
            told = f"no service attests `{wish}`, so this word means nothing; write `attests: {wish}` at one"
            complain(word.complaint("unknown-service", told))


def _is_agents(service: Service) -> bool:
    return service.kind is ServiceKind.AGENT or service.attests is not None


def is_of_agents(catalogue: Catalogue) -> bool:
    """Whether agents do anything besides what they text, so that the house has more to say to them."""
    return any(_is_agents(service) for service in catalogue.services.values())


def _words(entrances: Node) -> Iterator[tuple[str, Node]]:
    agents = entrances.get("agents")
    return ((key.text, value) for key, value in (agents.pairs if agents else ()))
