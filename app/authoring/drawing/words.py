"""What a drawing says about the parts of a program: texts with their placeholders, what is asked, given and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.engine.branches import Argument
from app.engine.program import Ask, CallScreen, Choose, PageScreen, Pick, Screen
from app.values.rules import Text
from app.values.text import Slot


def display(text: Text, language: str) -> str:
    """A text as the handset has it, its placeholders as the author wrote them."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}{_format(part)}}}" for part in text[language]
    ).rstrip()


def _format(slot: Slot) -> str:
    return f"|{slot.format}" if slot.format else ""


def argument_words(arguments: Mapping[str, Argument]) -> str:
    """`name = value` for each: the same word only once, constants in quotation marks."""
    told = []
    for name, argument in arguments.items():
        given = argument.name or f"'{argument.constant}'"
        told.append(name if given == name else f"{name} = {given}")
    return ", ".join(told)


def notes_of(screen: Screen) -> Iterator[str]:
    """What a screen does that its page does not show."""
    if isinstance(screen, Choose):
        if screen.into:
            yield f"keeps {screen.into}"
        for option in screen.options:
            if option.offers:
                yield f"{option.key} offers {option.offers.answer}"
            if option.when:
                yield f"{option.key} only if {option.when.source}"
    elif isinstance(screen, Ask):
        yield f"keeps {screen.into}: {screen.rule.type}{', typed twice' if screen.rule.again else ''}"
        for must in screen.rule.must:
            yield f"must: {must.that.source}"
    elif isinstance(screen, CallScreen):
        yield from _call_notes(screen)
    elif isinstance(screen, PageScreen | Pick) and screen.listing:
        yield f"lists {screen.listing.name}"
        if isinstance(screen, Pick):
            yield "keeps " + renamed(screen.into)


def _call_notes(screen: CallScreen) -> Iterator[str]:
    yield f"{'files' if screen.files else 'asks'} {screen.service}"
    if screen.arguments:
        yield "with " + argument_words(screen.arguments)
    if screen.results:
        yield "keeps " + renamed({answer: result for result, answer in screen.results.items()})
    if screen.patience_seconds is not None:
        yield f"waits {screen.patience_seconds:g} s"


def renamed(into: Mapping[str, str]) -> str:
    """`answer = result` for each that is kept under another name."""
    return ", ".join(name if name == field else f"{name} = {field}" for name, field in into.items())
