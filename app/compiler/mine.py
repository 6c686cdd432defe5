"""Services of kind `mine`: what each takes of the caller and gives, and for what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app import limits
from app.catalogue import COUNT, TOO_MANY, UNKNOWN, Result, Service, ServiceKind, Show
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import Declared
from app.engine.rendering import natural_length
from app.reference import LENGTH
from app.values.rules import ValueType
from app.values.text import fill_from, fit, septets

ASKED = "asked"
"""The occasion on which a caller is texted: what they asked for was taken down."""
_AMOUNT, _COUNT, _LANGUAGE = 14, 6, 12
"""Septets: of money and of a count as any language writes it, of a language's code."""
_TITLE = Result(ValueType.TEXT, 0)
"""Of a service that is filed: as long as the longest that the pack has, see `titled`."""
_REFERENCE = Result(ValueType.REFERENCE, LENGTH + 1)
_DATE = Result(ValueType.DATE, natural_length(ValueType.DATE))
_NUMBER = Result(ValueType.NUMBER, _COUNT)


def _listed(name: str, **fields: Result) -> Mapping[str, Result]:
    return {name: Result(ValueType.LIST, 0, fields, limits.mine_listed_max), COUNT: _NUMBER}


TAKES: Mapping[Show, Mapping[str, ValueType]] = {
    **{show: {} for show in Show},
    Show.RECEIPT: {"receipt": ValueType.REFERENCE},
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
    Show.RECEIPT: {},
    Show.DATA: dict.fromkeys(("requests", "payments", "texts", "agreements"), _NUMBER),
    Show.ERASE: {"until": _DATE},
    Show.LANGUAGE: {"language": Result(ValueType.TEXT, _LANGUAGE)},
}
"""Lists hold no value that somebody typed or an office gave: more than one may use a phone."""
REFUSED: Mapping[Show, tuple[str, ...]] = {**dict.fromkeys(Show, ()), Show.RECEIPT: (UNKNOWN, TOO_MANY)}
TEXTED = (Show.ERASE,)
"""Those of which a caller may be texted that they asked."""


def show_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> Show | None:
    """What a service of kind `mine` does; `node` is the service's."""
    written = node.get("show")
    if kind is not ServiceKind.MINE:
        if written is not None:
            told = "`show` is for services of kind mine; remove it, or write `kind: mine`"
            reader.wrong(written, "unknown-key", told, name)
        return None
    if (takes := node.get("takes")) is not None:
        reader.wrong(takes, "unknown-key", "what it takes, the house knows; remove `takes`", name)
    found = reader.scalar(reader.need(node, "show", name))
    if found not in tuple(Show):
        if written is not None:
            told = f"`{found}` is nothing that callers are shown; known are {enumerated(Show)}"
            reader.wrong(written, "unknown-kind", told, name)
        return None
    if (sms := node.get("sms")) is not None and Show(found) not in TEXTED:
        told = f"nobody is texted by `show: {found}`, which has its page; remove `sms`"
        reader.wrong(sms, "unknown-key", told, name)
    return Show(found)


def titled(services: Mapping[str, Service]) -> dict[str, Service]:
    """Services with the longest title of any that is filed where lists of kind `mine` give one; what was filed under
    another version's title, and is longer, is cut.
    """
    titles = [one.title.values() for one in services.values() if one.kind is ServiceKind.FILE]
    longest = max((septets(fit(fill_from(text, lambda _: ""), None)) for every in titles for text in every), default=0)
    return {name: replace(one, gives=_with_title(one.gives, longest)) for name, one in services.items()}


def _with_title(gives: Mapping[str, Result], longest: int) -> Mapping[str, Result]:
    def measured(result: Result) -> Result:
        if result.fields is None or result.fields.get("title") is not _TITLE:
            return result
        return replace(result, fields={**result.fields, "title": Result(ValueType.TEXT, longest)})

    return {name: measured(result) for name, result in gives.items()}


def sms_names(service: Service) -> dict[str, Declared]:
    """What the text of one may name: all that it takes and gives."""
    takes = {name: Declared(type, natural_length(type), {}) for name, type in service.takes.items()}
    gives = {name: Declared(one.type, one.longest, {}) for name, one in service.gives.items() if one.fields is None}
    return {**takes, **gives}
