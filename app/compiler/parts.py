"""Answers to texts that may be more than one part of an SMS, so that an author knows what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.compiler.notices import Notices
from app.compiler.worst import together, worst_of, worst_text
from app.engine.program import End, Program, program_of
from app.values.text import sms_parts


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """A last screen of a program that texts start; `septets` and `parts` are the most that it can be in a language."""

    screen: str
    language: str
    septets: int
    parts: int


def long_answers(program: Program) -> Iterator[LongAnswer]:
    """Every last screen whose page, sent as an SMS, can be more than one part."""
    entrances = [keyword.screen for keyword in program.keywords]
    entrances += sorted(program.bare)
    started = {program_of(screen) for screen in entrances}
    notices = Notices(program)
    for language in program.languages:
        said = notices.worst(language)
        for screen in program.screens.values():
            if not isinstance(screen, End) or program_of(screen.name) not in started:
                continue
            names = program.names[program_of(screen.name)]
            top = worst_of(text for one in said.get(screen.name, ()) for text in one.texts)
            page = together([top, worst_text(screen.text[language], names, program, language)], _lines)
            parts = max(map(sms_parts, page.texts))
            if parts > 1:
                yield LongAnswer(screen.name, language, page.septets, parts)


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(filter(None, texts))
