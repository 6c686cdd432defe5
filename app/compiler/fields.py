"""The menu language as a table: what may stand where. The compiler, the editor's schema and the manual read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.values.inputs import CHECKS
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
        Field("options", Shape.OPTIONS, "number: {text, to, value, language, when, quiet}", True),
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
PACK: Fields = (
    Field("pack", Shape.WORD, "the pack's name", True),
    Field("languages", Shape.NAMES, "the base language first", True),
    Field("locales", Shape.WORDS, "language: the CLDR locale whose formats it uses"),
    Field("review", Shape.WORD, "status of every base text that says nothing: `reviewed` or `unreviewed`"),
    Field("keys", Shape.WORDS, "back, home and more: the keys that no option may have", True),
    Field("currency", Shape.MAPPING, "code, symbol, minor_digits", True),
    Field("country", Shape.WORD, "ISO 3166 code, for phone numbers", True),
    Field("timezone", Shape.WORD, "the citizens' clock, such as Africa/Nairobi", True),
    Field("numbers", Shape.MAPPING, "kinds of numbers: {patterns: [99999999], check: luhn}; `identity` is one"),
    Field("budgets", Shape.WORDS, "septets of a page by aggregator or aggregator/network; `*` for all others"),
    Field("inputs_max", Shape.WHOLE, "most inputs on the longest way to any end, other tries left out"),
    Field("spelling", Shape.WORDS, "letter that phones lack: how this country writes it; else its marks are left out"),
    Field("options_max", Shape.WHOLE, "a screen with more options is told of in a note, for nobody reads many"),
    Field(
        "privacy", Shape.MAPPING, "{controller, days, processors, agents}: who answers for the data, how long they stay"
    ),
    Field(
        "survey", Shape.MAPPING, "{purpose, one_in, days, from_hour, to_hour}: whether somebody would have travelled"
    ),
    Field("handsets", Shape.MAPPING, "{numbers, networks}: phones of made-up people, for whoever tries the pack"),
    Field("sms_price", Shape.MAPPING, "{amount, source, as_of}: what one part of an SMS costs the state"),
    Field("phrases", Shape.MAPPING, "what the house itself says", True),
    Field("words", Shape.MAPPING, "words for codes that offices give"),
)
HANDSETS: Fields = (
    Field("numbers", Shape.WORDS, "number with its country code: whose it is; the second is a pretend agent's"),
    Field("networks", Shape.WORDS, "beginning of numbers: the network's code, as aggregators post it"),
)
SMS_PRICE: Fields = (
    Field("amount", Shape.WORD, "in whole units of the currency; two digits finer than its cents: 0.2375", True),
    Field("source", Shape.WORD, "who says so, or that it is assumed", True),
    Field("as_of", Shape.WORD, "when it was read, as 2026-11-24", True),
)
SURVEY: Fields = (
    Field("purpose", Shape.WORD, "one of `purposes`: what citizens are asked for; with consent only who agreed", True),
    Field("one_in", Shape.WHOLE, "of so many requests that were done, and statuses told, one is asked about", True),
    Field("days", Shape.WHOLE, "no number is asked again within so many", True),
    Field("from_hour", Shape.WHOLE, "the first hour of the day in which anybody is asked; 8 if nothing is said"),
    Field("to_hour", Shape.WHOLE, "the hour at which that ends; 20 if nothing is said"),
)
PRIVACY: Fields = (
    Field("controller", Shape.WORDS, "who answers for the data: {name, address, contact}", True),
    Field("days", Shape.WORDS, "class of field, `language` or `messages`: for how many days it is kept"),
    Field("processors", Shape.MAPPING, "who works for the controller: name: {title, country, does}"),
    Field("agents", Shape.WORD, "the people at service points, and what binds them"),
)
PROCESSOR: Fields = (
    Field("title", Shape.WORD, "its name", True),
    Field("country", Shape.WORD, "where it stands, as ISO 3166", True),
    Field("does", Shape.WORD, "what it does with the data", True),
)
NUMBER: Fields = (
    Field("patterns", Shape.NAMES, "9 is a digit, A a letter, anything else itself, in capitals", True),
    Field("check", Shape.WORD, f"check digits: {', '.join(CHECKS)}"),
)
KEYS: Fields = (
    Field("back", Shape.WORD, "one digit: to the screen before", True),
    Field("home", Shape.WORD, "one digit: to where the dialogue began", True),
    Field("more", Shape.WORD, "one or two digits: the next page", True),
)
CURRENCY: Fields = (
    Field("code", Shape.WORD, "ISO 4217 code, such as KES", True),
    Field("symbol", Shape.WORD, "what is written at an amount, such as M", True),
    Field("minor_digits", Shape.WHOLE, "digits after the point: 0 to 3; 2 if nothing is said"),
    Field("also", Shape.NAMES, "other words that agents text at an amount: `[R, rand]`"),
)
LOCALE: Fields = (
    Field("locale", Shape.WORD, "the CLDR locale whose formats are used; the language's own if nothing is said"),
    Field("months", Shape.NAMES, "the twelve months in this country's spelling"),
    Field("last", Shape.WORD, "the word before the last of a list, such as `and`"),
    Field("also", Shape.NAMES, "words by which agents name the language besides its code: `[English]`"),
)
PLACES: Fields = (
    Field("points", Shape.WORD, "the sheet of service points: a file that ends in .csv, beside this one"),
    Field("districts", Shape.MAPPING, "district: {name, also, councils}", True),
)
DISTRICT: Fields = (
    Field("name", Shape.PLAIN, "what citizens call it; its key in every language if nothing is said"),
    Field("also", Shape.NAMES, "other spellings in which it is texted, its towns among them"),
    Field("councils", Shape.NAMES, "its councils, as the sheet of points writes them", True),
)
ENTRANCES: Fields = (
    Field("ussd", Shape.WORDS, "service code: program; `*` is any other code", True),
    Field("agents_ussd", Shape.WORDS, "service code: program that only agents who may act reach"),
    Field("sms", Shape.WORDS, "first word of a text: program; what follows it is the first input"),
    Field("code_words", Shape.NAMES, "first words of a text that brings the code that was sent: `[CODE]`"),
    Field("bare_reference", Shape.WORD, "the program that a text with nothing but a reference starts"),
    Field("withdraw", Shape.NAMES, "first words of a text by which a citizen agrees no longer, such as STOP"),
    Field("help", Shape.NAMES, "first words of a text that asks how to write, such as HELP"),
    Field("language", Shape.NAMES, "first words of a text that chooses a language: `LANG EN`"),
    Field("agents", Shape.MAPPING, "what agents ask for: the first words of their texts; none: there are no agents"),
)
AGENT_WORDS: Fields = (
    Field("pay", Shape.NAMES, "a citizen brings money for a bill: `PAY 7K4M2-PXQ9B 130`", True),
    Field("confirm", Shape.NAMES, "the code that this was answered with: `YES 4821`", True),
    Field("drop", Shape.NAMES, "it is not confirmed: `NO`", True),
    Field("cancel", Shape.NAMES, "a payment is taken back: `CANCEL 7K4M2-PXQ9B`", True),
    Field("float", Shape.NAMES, "what is left to pay from: `FLOAT`", True),
    Field("today", Shape.NAMES, "what was taken today: `TODAY`", True),
    Field("help", Shape.NAMES, "how to write: `HELP`", True),
    Field("language", Shape.NAMES, "another language: `LANG EN`", True),
    Field("activate", Shape.NAMES, "the code that the office gave out: `ACTIVATE 12345678`", True),
    Field("redeem", Shape.NAMES, "a citizen brings a voucher: `REDEEM 7K4M2PXQ 1234`, the end of their ID number"),
    Field("proof", Shape.NAMES, "a pensioner stands here: `PROOF 012345678901`, their ID number"),
)
LANGUAGE: Fields = (
    Field("review", Shape.WORD, "status of every text that says nothing: `reviewed` or `unreviewed`"),
    Field("phrases", Shape.MAPPING, "what the house itself says, as in pack.yaml"),
    Field("words", Shape.MAPPING, "words for codes that offices give, as in pack.yaml"),
    Field("services", Shape.MAPPING, "service: {title, sms}"),
    Field("purposes", Shape.MAPPING, "purpose: its text"),
    Field("topics", Shape.MAPPING, "topic of services.yaml: its title"),
    Field("districts", Shape.MAPPING, "district of places.yaml: its name"),
    Field("assisted", Shape.MAPPING, "program: what citizens are told that an agent would start for them"),
    Field("shared", Shape.MAPPING, "file of shared/: screen: texts"),
    Field("programs", Shape.MAPPING, "program: screen: texts"),
)
TRANSLATED_SERVICE: Fields = (
    Field("title", Shape.PLAIN, "what citizens call it"),
    Field("sms", Shape.MAPPING, "occasion: what is texted"),
)
TRANSLATED_SCREEN: Fields = (
    Field("text", Shape.TEXT, "the screen's text: what stands behind the name of its kind"),
    Field("options", Shape.MAPPING, "number: what the option says"),
    Field("say", Shape.MAPPING, "way: what is said on top of the page there (to, yes, no, option_2, an outcome)"),
    Field("must", Shape.MAPPING, "1, 2 ...: what is told when that comparison fails"),
    Field("again", Shape.TEXT, "asks to type the value a second time"),
    Field("help", Shape.TEXT, "after three wrong tries"),
    Field("line", Shape.TEXT, "how an entry of a list is shown"),
)
TYPED = tuple(type for type in ValueType if type not in (ValueType.CHOICE, ValueType.WORD, ValueType.LIST, *OPAQUE))
"""The types that a citizen can type."""


def names(fields: Fields) -> tuple[str, ...]:
    return tuple(field.name for field in fields)
