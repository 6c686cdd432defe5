"""The menu language as a table: what may stand where. The compiler, the editor's schema and the manual read it.

Here is what stands in programs; `pack_fields` and `catalogue_fields` have the other files of a pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.values.rules import OPAQUE, ValueType


class Shape(StrEnum):
    """What a value looks like."""

    TEXT = "text"  # translated; may name values
    PLAIN = "plain"  # translated; names no values
    WORD = "word"  # untranslated
    NAME = "name"  # of an answer or a screen
    WAY = "way"
    CONDITION = "condition"
    WHOLE = "whole"
    SECONDS = "seconds"
    YES_NO = "yes_no"
    DAY = "day"
    TYPE = "type"
    NAMES = "names"  # a list of words
    WORDS = "words"  # a mapping of words to words
    ARGUMENTS = "arguments"
    REFUSED = "refused"
    OPTIONS = "options"
    MUST = "must"
    HELP = "help"
    SCREENS = "screens"
    TAKES = "takes"
    MAPPING = "mapping"  # read by whoever owns it


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    shape: Shape
    doc: str
    required: bool = False


Fields = tuple[Field, ...]

_INTO = Field("into", Shape.NAME, "the answer that keeps what was typed or chosen")
_HELP = Field("help", Shape.HELP, "after three wrong tries: a text to show on top, or `{to: screen}`")
_LIST = (
    Field("from", Shape.NAME, "the list to show: a result of an earlier call whose type is list"),
    Field("line", Shape.TEXT, "how an entry is shown; names the fields of the entry"),
    Field("empty", Shape.WAY, "where it goes on when the list is empty"),
)

SCREEN_KINDS: Mapping[str, Fields] = {
    "choose": (
        Field("choose", Shape.TEXT, "the question above the options", True),
        _INTO,
        Field(
            "options",
            Shape.OPTIONS,
            "number: {text, to, value, word, offers, language, when, quiet}",
            True,
        ),
        _HELP,
    ),
    "ask": (
        Field("ask", Shape.TEXT, "the question", True),
        Field("into", Shape.NAME, "the answer that keeps the value", True),
        Field("type", Shape.TYPE, "what kind of value it is", True),
        Field("shortest", Shape.WHOLE, "fewest characters (text, digits, secret)"),
        Field(
            "longest",
            Shape.WHOLE,
            "most characters (text, digits, secret); a letter that `spelling` writes by two counts as two",
        ),
        Field(
            "cut", Shape.YES_NO, "a longer text is cut and ends with ` (...)`; it is never turned down for its length"
        ),
        Field("least", Shape.WHOLE, "smallest number or amount, in whole units of the currency"),
        Field("most", Shape.WHOLE, "largest number or amount, in whole units of the currency"),
        Field("whole", Shape.YES_NO, "an amount without cents"),
        Field("earliest", Shape.DAY, "first date: 2026-03-05, today, 90 days ago, in 30 days"),
        Field("latest", Shape.DAY, "last date; today if nothing is said"),
        Field("of", Shape.WORD, "an account's kind: one of `numbers` in pack.yaml"),
        Field("abroad", Shape.YES_NO, "a phone number of any country"),
        Field("one_of", Shape.NAMES, "the only values that are taken"),
        Field("must", Shape.MUST, "comparisons with what is known: a list of {that: condition, say: text}"),
        Field("again", Shape.TEXT, "asks to type the value a second time"),
        Field("to", Shape.WAY, "where it goes on", True),
        _HELP,
    ),
    "confirm": (
        Field("confirm", Shape.TEXT, "what is to be confirmed", True),
        Field("yes", Shape.WAY, "where a yes leads", True),
        Field("no", Shape.WAY, "where a no leads", True),
        _HELP,
    ),
    "call": (
        Field("call", Shape.WORD, "a service of services.yaml", True),
        Field("with", Shape.ARGUMENTS, "parameter: answer, or {always: constant}"),
        Field("results", Shape.WORDS, "the service's result: the answer that keeps it"),
        Field("patience_s", Shape.SECONDS, "how long the citizen waits; the catalogue's if nothing is said"),
        Field("answered", Shape.WAY, "where an answer leads; `assisted` where a mandate begins", True),
        Field("refused", Shape.REFUSED, "reason: where it leads; every reason of the service"),
        Field("late", Shape.WAY, "where it leads when the office is late (not for services that file)"),
        Field("down", Shape.WAY, "where it leads when the office is down (not for services that file)"),
    ),
    "page": (
        Field("page", Shape.TEXT, "a long text, or the heading of a list", True),
        *_LIST,
        Field("to", Shape.WAY, "where it goes on after the last page; without it the last page is the end"),
        _HELP,
    ),
    "pick": (
        Field("pick", Shape.TEXT, "the question above the entries", True),
        *(Field(field.name, field.shape, field.doc, True) for field in _LIST),
        Field("into", Shape.WORDS, "answer: field of the entry that was picked", True),
        Field("to", Shape.WAY, "where it goes on", True),
        _HELP,
    ),
    "end": (Field("end", Shape.TEXT, "the last page", True),),
}
"""The seven kinds of screen; a screen is of the kind whose name is among its keys."""

OPTION: Fields = (
    Field("text", Shape.PLAIN, "what the option says", True),
    Field("value", Shape.WORD, "what is answered; without it the option only leads on"),
    Field("word", Shape.PLAIN, "what other pages and SMS call what was chosen; `text` if nothing is said"),
    Field("offers", Shape.NAME, "in the place of `value`: an amount that is known is what is answered"),
    Field("least", Shape.WHOLE, "the option is there only if what it offers is no less, in whole units"),
    Field("most", Shape.WHOLE, "the option is there only if what it offers is no more"),
    Field("language", Shape.WORD, "a language that is spoken from here on"),
    Field("when", Shape.CONDITION, "the option is there only if this holds"),
    Field("quiet", Shape.YES_NO, "its number is taken, but it has no line of its own"),
    Field("to", Shape.WAY, "where it goes on", True),
)
TARGET: Fields = (
    Field("to", Shape.WORD, "a screen, a program, `program/screen`, or `return` out of a sub-menu"),
    Field("say", Shape.TEXT, "stands on top of the page there"),
    Field("when", Shape.CONDITION, "in a list of ways: taken if this holds"),
    Field("visit", Shape.WORD, "a program to walk as a sub-menu"),
    Field("with", Shape.ARGUMENTS, "what the sub-menu takes: answer, or {always: constant}"),
    Field("results", Shape.WORDS, "what the sub-menu gives: the answer that keeps it here"),
    Field("then", Shape.WAY, "where it goes on when the sub-menu returns"),
)
MUST: Fields = (
    Field("that", Shape.CONDITION, "what must hold, the new value included", True),
    Field("say", Shape.TEXT, "what the citizen is told if not", True),
)
HELP: Fields = (
    Field("to", Shape.WORD, "where three wrong tries lead"),
    Field("say", Shape.TEXT, "stands on top of the page there"),
)
PROGRAM: Fields = (
    Field("start", Shape.NAME, "the first screen", True),
    Field("resume", Shape.MAPPING, "{minutes, sms, hide}: a dialogue that fell here is offered again at the next dial"),
    Field("takes", Shape.TAKES, "a sub-menu's parameters: name: {type, longest}"),
    Field("gives", Shape.NAMES, "the answers that a sub-menu hands back"),
    Field("assisted", Shape.PLAIN, "agents may start it for a citizen, who is asked by this title to allow it"),
    Field("consent", Shape.NAME, "a purpose of services.yaml: whoever enters here is asked first, once a version"),
    Field("include", Shape.NAMES, "files of shared/ whose screens are part of this program"),
    Field("screens", Shape.SCREENS, "the screens in reading order", True),
)
RESUME: Fields = (
    Field("minutes", Shape.WHOLE, "for so long after the last page: 1 to 1440", True),
    Field("sms", Shape.YES_NO, "the aggregator says that the line fell: the phrase `fell_sms` is texted, once"),
    Field("hide", Shape.NAMES, "answers that are shown masked after that, besides ID and telephone numbers"),
)
INCLUDED: Fields = (Field("screens", Shape.SCREENS, "screens that programs share", True),)
PARAMETER: Fields = (
    Field("type", Shape.TYPE, "what kind of value it is", True),
    Field("longest", Shape.WHOLE, "most letters that it shows"),
)
TRANSLATED: Fields = (
    Field("text", Shape.WORD, "the text", True),
    Field("review", Shape.WORD, "`reviewed` or `unreviewed`"),
    Field("by", Shape.WORD, "who reviewed it"),
    Field("on", Shape.WORD, "when, as 2026-11-24"),
)
TYPED = tuple(type for type in ValueType if type not in (ValueType.CHOICE, ValueType.WORD, ValueType.LIST, *OPAQUE))
"""The types that a citizen can type."""


def names(fields: Fields) -> tuple[str, ...]:
    return tuple(field.name for field in fields)
