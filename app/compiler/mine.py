"""Services of kind `mine`: what each takes of the caller and gives, and for what it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app import limits
from app.bill_code import SHOWN_LENGTH
from app.catalogue import TOO_MANY, Result, Service, ServiceKind
from app.compiler.catalogue_fields import TOPIC
from app.compiler.house_keys import read_house_key
from app.compiler.known import meant
from app.compiler.push_services import PUSH_NAMES
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import Declared
from app.engine.rendering import natural_length
from app.house_services import COUNT, UNKNOWN, Show, Topic
from app.privacy import Basis, Purpose
from app.pushes import GIVEN_BACK, NoPush
from app.reference import LENGTH
from app.values.rules import Text, ValueType
from app.values.text import fill_from, fit, septets

_AMOUNT, _COUNT, _LANGUAGE = 14, 6, 12
"""Septets: of money and of a count as any language writes it, of a language's code."""
_TITLE = Result(ValueType.TEXT, 0)
"""Of a service that is filed, or a topic: as long as the longest that the pack has, see `titled`."""
_PLACE = Result(ValueType.TEXT, limits.point_place_septets_max)
_REFERENCE = Result(ValueType.REFERENCE, LENGTH + 1)
_DATE = Result(ValueType.DATE, natural_length(ValueType.DATE))
_NUMBER = Result(ValueType.NUMBER, _COUNT)


def _listed(name: str, **fields: Result) -> Mapping[str, Result]:
    return {name: Result(ValueType.LIST, 0, fields, limits.mine_listed_max), COUNT: _NUMBER}


_BILL: Mapping[str, Result] = {
    "bill": Result(ValueType.TEXT, SHOWN_LENGTH),
    "title": _TITLE,
    **dict.fromkeys(("fee", "charge", "total"), Result(ValueType.AMOUNT, _AMOUNT)),
    "until": _DATE,
    "points": _NUMBER,  # at which it can be paid in cash
}
TAKES: Mapping[Show, Mapping[str, ValueType]] = {
    **{show: {} for show in Show},
    Show.RECEIPT: {"receipt": ValueType.REFERENCE},
    Show.BILL: {"bill": ValueType.TEXT},
    Show.STANDS: {"bill": ValueType.TEXT},
    Show.PUSH: {"bill": ValueType.TEXT},
    Show.SUBSCRIBE: {"district": ValueType.TEXT},
    Show.UNSUBSCRIBE: {"topic": ValueType.TEXT, "district": ValueType.TEXT},
}
GIVES: Mapping[Show, Mapping[str, Result]] = {
    Show.REQUESTS: _listed(
        "requests",
        reference=_REFERENCE,
        title=_TITLE,
        status=Result(ValueType.WORD, 0),
        date=_DATE,
    ),
    Show.PAYMENTS: _listed(
        "payments",
        receipt=_REFERENCE,
        amount=Result(ValueType.AMOUNT, _AMOUNT),
        title=_TITLE,
        date=_DATE,
    ),
    Show.BILLS: _listed(
        "bills",
        bill=Result(ValueType.TEXT, SHOWN_LENGTH),
        amount=Result(ValueType.AMOUNT, _AMOUNT),
        title=_TITLE,
        until=_DATE,
    ),
    **dict.fromkeys((Show.BILL, Show.STANDS), _BILL),
    Show.PUSH: {},
    Show.RECEIPT: {},
    Show.DATA: dict.fromkeys(("requests", "payments", "texts", "agreements", "subscriptions"), _NUMBER),
    Show.ERASE: {"until": _DATE},
    Show.LANGUAGE: {"language": Result(ValueType.TEXT, _LANGUAGE)},
    Show.SUBSCRIBE: {"title": _TITLE, "place": _PLACE},
    Show.UNSUBSCRIBE: {COUNT: _NUMBER},
    Show.SUBSCRIPTIONS: {
        "subscriptions": Result(
            ValueType.LIST,
            0,
            {"title": _TITLE, "place": _PLACE, "topic": _PLACE, "district": _PLACE},
            limits.subscriptions_max,
        ),
        COUNT: _NUMBER,
    },
}
"""Lists hold no value that somebody typed or an office gave: more than one may use a phone."""
REFUSED: Mapping[Show, tuple[str, ...]] = {
    **dict.fromkeys(Show, ()),
    **dict.fromkeys((Show.RECEIPT, Show.SUBSCRIBE), (UNKNOWN, TOO_MANY)),
    Show.BILL: tuple(NoPush),
    Show.STANDS: (*(reason for reason in NoPush if reason is not NoPush.TOO_MANY), GIVEN_BACK),
    Show.PUSH: tuple(reason for reason in NoPush if reason is not NoPush.UNKNOWN),
}
OF_SERVICES = (Show.REQUESTS, Show.PAYMENTS, Show.BILLS, Show.BILL, Show.STANDS)
"""Those that give titles of services; the others give titles of topics."""
TEXTED = (Show.ERASE, Show.SUBSCRIBE, Show.UNSUBSCRIBE, Show.PUSH)
"""Those of which a caller may be texted that they asked, or what came of it."""


def show_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> Show | None:
    """What a service of kind `mine` does; `node` is the service's."""
    known = Show if kind is ServiceKind.MINE else None
    shows = read_house_key(node, "show", (ServiceKind.MINE,), known, reader, name, "is nothing that callers are shown")
    if shows is not None and shows not in TEXTED and (sms := node.get("sms")) is not None:
        told = f"nobody is texted by `show: {shows}`, which has its page; remove `sms`"
        reader.wrong(sms, "unknown-key", told, name)
    return shows


def topic_in(node: Node, shows: Show | None, topics: Mapping[str, Topic] | None, reader: Reader, name: str) -> str:
    """Of what a service that subscribes warns; `topics` are those of the catalogue."""
    written = node.get("topic")
    if shows is not Show.SUBSCRIBE:
        if written is not None:
            reader.wrong(written, "unknown-key", "`topic` is for `show: subscribe`; remove it", name)
        return ""
    found = reader.scalar(reader.need(node, "topic", name))
    if written is not None and topics is not None and found not in topics:
        reader.wrong(written, "unknown-topic", f"`{found}` is not among the topics; {meant(found, topics)}", name)
    return found


def read_topics(root: Node, purposes: Mapping[str, Purpose], reader: Reader) -> dict[str, Topic]:
    """`root` is that of services.yaml. Whoever wants to be warned agrees to a purpose, and may take that back."""
    topics = {}
    for key, node in reader.pairs(root.get("topics"), "`topics`"):
        reader.fields(node, TOPIC, key.text)
        written, title = node.get("purpose"), node.get("title")
        purpose = purposes.get(reader.scalar(written))
        if written is not None and purpose is None:
            told = f"`{written.text}` is not among the purposes here; {meant(written.text, purposes)}"
            reader.wrong(written, "unknown-purpose", told, key.text)
        elif purpose is not None and purpose.basis is not Basis.CONSENT:
            told = f"`{purpose.name}` stands on {purpose.basis}, but nobody is warned who did not agree; take one with "
            reader.wrong(written or node, "missing-consent", f"{told}`basis: consent`", key.text)
        said = reader.plain(title, "topics", key.text, screen=key.text) if title is not None else {}
        topics[key.text] = Topic(key.text, said, reader.scalar(written))
    return topics


def titled(services: Mapping[str, Service], topics: Mapping[str, Topic]) -> dict[str, Service]:
    """Services with the longest title of any that is filed, or of a topic, where kind `mine` gives one; what was filed
    under another version's title, and is longer, is cut.
    """
    filed = [one.title for one in services.values() if one.kind is ServiceKind.FILE]
    of_topics = _longest(topic.title for topic in topics.values())
    return {
        name: replace(one, gives=_with_title(one.gives, _longest(filed) if one.shows in OF_SERVICES else of_topics))
        for name, one in services.items()
    }


def _longest(titles: Iterable[Text]) -> int:
    every = (fill_from(text, lambda _: "") for title in titles for text in title.values())
    return max((septets(fit(text, None)) for text in every), default=0)


def _with_title(gives: Mapping[str, Result], longest: int) -> Mapping[str, Result]:
    title = Result(ValueType.TEXT, longest)

    def measured(result: Result) -> Result:
        if result.fields is None or result.fields.get("title") is not _TITLE:
            return title if result is _TITLE else result
        return replace(result, fields={**result.fields, "title": title})

    return {name: measured(result) for name, result in gives.items()}


def sms_names(service: Service) -> dict[str, Declared]:
    """What the text of one may name: all that it takes and gives."""
    if service.shows is Show.PUSH:
        return dict(PUSH_NAMES)
    takes = {name: Declared(type, natural_length(type), {}) for name, type in service.takes.items()}
    gives = {name: Declared(one.type, one.longest, {}) for name, one in service.gives.items() if one.fields is None}
    return {**takes, **gives}
