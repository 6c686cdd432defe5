"""What may stand in the files of a pack that hold for all its programs: pack, entrances, places and languages."""

from __future__ import annotations

from app.compiler.fields import Field, Fields, Shape
from app.values.inputs import CHECKS

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
    Field("ussd", Shape.WORDS, "service code: program, or `program/screen`; `*` is any other code", True),
    Field("agents_ussd", Shape.WORDS, "service code: program that only agents who may act reach"),
    Field("sms", Shape.WORDS, "first word of a text: program, or `program/screen`; what follows it is the first input"),
    Field("code_words", Shape.NAMES, "first words of a text that brings the code that was sent: `[CODE]`"),
    Field(
        "bare_reference",
        Shape.WORD,
        "what a text with nothing but a reference starts: program, or `program/screen`",
    ),
    Field(
        "bare_bill",
        Shape.WORD,
        "what a text with nothing but a bill's code starts, and one with that behind a word of `bare_reference`",
    ),
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
    Field("words", Shape.MAPPING, "number: the option's `word`"),
    Field("say", Shape.MAPPING, "way: what is said on top of the page there (to, yes, no, option_2, an outcome)"),
    Field("must", Shape.MAPPING, "1, 2 ...: what is told when that comparison fails"),
    Field("again", Shape.TEXT, "asks to type the value a second time"),
    Field("help", Shape.TEXT, "after three wrong tries"),
    Field("line", Shape.TEXT, "how an entry of a list is shown"),
)
