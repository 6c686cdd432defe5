"""Checks of what pack.yaml says for all programs: keys, the house's own phrases, money and months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app import limits
from app.agent_phrases import AGENT_CHOICES, AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS, NAMES
from app.compiler.known import enumerated
from app.compiler.sms_words import written_out
from app.compiler.source import Complain, Node
from app.compiler.worst import worst_text
from app.engine.pages import PREFIX
from app.engine.program import NEXT_KEY, NO_KEY, YES_KEY, Program
from app.pack import CODE_PHRASES, LANGUAGE_PHRASES, SURVEY_PHRASES
from app.values.text import fill, fit, septets, slots

ALONE = ("unavailable", "busy", "over", "interrupted", "not_served")
"""The phrases that are a page of their own; the others are counted with the screens on which they stand."""
TEXTS = ("sms_help", *CODE_PHRASES, *SURVEY_PHRASES, *LANGUAGE_PHRASES)
"""Those that are a text of their own, or stand below a page that a text was answered with."""
Finding = tuple[Node, str, str]
"""Where, rule, what to do."""


def check_house(program: Program, root: Node, complain: Complain) -> None:
    """Complain of all that is wrong in the file whose root is `root`."""
    checks = _check_keys, _check_phrases, _check_agent_phrases, _check_letters
    for findings in (check(program, root) for check in checks):
        for node, rule, told in findings:
            complain(node.complaint(rule, told))


def _check_keys(program: Program, root: Node) -> Iterator[Finding]:
    for key in program.reserved:
        if key in (YES_KEY, NO_KEY, NEXT_KEY):
            told = f"`{key}` is typed for yes, no or next; give back, home and more other keys"
            yield root.get("keys") or root, "reserved-key", told


def _check_phrases(program: Program, root: Node) -> Iterator[Finding]:
    """Pages of the house's own, and its text to whoever wrote what it does not understand."""
    phrases = root.get("phrases") or root
    alone = (*ALONE, *(name for name in ("mandate_over",) if name in program.phrases))
    for name in (*alone, *(name for name in TEXTS if name in program.phrases)):
        by_sms = name in TEXTS
        most, before = (limits.sms_septets_max, "") if by_sms else (min(program.budgets.values()), PREFIX)
        for language in program.languages:
            over = septets(before + fill(program.phrases[name][language], {})) - most
            if over > 0:
                told = f"`{name}` is {over} septets over its {most} in `{language}`; shorten it"
                yield phrases.get(name) or phrases, "too-long", told


def _check_agent_phrases(program: Program, root: Node) -> Iterator[Finding]:
    """Each is one SMS whatever it names, unless another is said then, and names nothing that is not known then."""
    phrases = root.get("phrases") or root
    longest = {name: written_out(one, program) for name, one in NAMES.items()}
    for phrase, known in {**AGENT_PHRASES, **AGENT_CHOICES, **MANDATE_TEXTS, **AGENT_MENU_TEXTS}.items():
        text = program.phrases.get(phrase, {})
        node = phrases.get(phrase) or phrases
        named = {slot.name for template in text.values() for slot in slots(template)}
        for name in sorted(named - known):
            yield node, "unknown-name", f"`{phrase}` names `{name}`; known are {enumerated(sorted(known))}"
        for language in program.languages if text and phrase not in AGENT_CHOICES else ():
            over = worst_text(text[language], longest, program, language).septets - limits.sms_septets_max
            if over > 0:
                told = f"`{phrase}` can be {over} septets over its {limits.sms_septets_max} in `{language}`; shorten it"
                yield node, "too-long", told


def _check_letters(program: Program, root: Node) -> Iterator[Finding]:
    """The currency's symbol and the names of months, as values are sent in each language."""
    locales = root.get("locales")
    for language, formats in program.formats.items():
        is_wide = language in program.wide
        symbol = _unwritable([program.currency.symbol], language, is_wide)
        month = _unwritable(formats.months, language, is_wide)
        if symbol:
            yield root.get("currency") or root, "unwritable", symbol
        if month:
            yield (locales and locales.get(language)) or root, "unwritable", month


def _unwritable(texts: Sequence[str], language: str, is_wide: bool) -> str | None:
    """What is told of the first text that loses a letter when it is sent."""
    for text in texts:
        sent = fit(text, 3 * len(text), is_wide)
        if sent.count("?") > text.count("?"):
            return f"`{text}` is sent as `{sent}` in `{language}`; spell it in letters that phones have"
    return None
