"""What the house texts by chance, as a pack words it, read without compiling: no recording could promise it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.compiler.source import Node
from app.handset_files import root_in
from app.values.text import BadTemplate, Spelling, parse_template

QUESTIONS = ("travel_question", "callback_question")
THANKS = ("question_thanks", "callback_yes", "callback_no")
REPLIES = ("1", "2")


@dataclass(frozen=True, slots=True)
class ChanceTexts:
    """Some of those who were served, and of those who paid, are asked. Each is a pattern of a whole text."""

    questions: Sequence[re.Pattern[str]] = ()
    thanks: Sequence[re.Pattern[str]] = ()

    def asks(self, text: str) -> bool:
        return any(one.fullmatch(text) for one in self.questions)

    def thanks_for(self, text: str) -> bool:
        return any(one.fullmatch(text) for one in self.thanks)


def chance_texts_in(directory: Path) -> ChanceTexts:
    """In all languages of the pack in a directory, as far as they can be read: a phone may dial another gateway."""
    files = ("pack.yaml", *(f"languages/{path.name}" for path in sorted((directory / "languages").glob("*.yaml"))))
    roots = [root_in(directory, file) for file in files]
    phrases = [node for root in roots if (node := root.get("phrases")) is not None]
    written = roots[0].get("spelling")
    spelling = {key.text: node.text for key, node in written.pairs} if written is not None else {}
    return ChanceTexts(tuple(_patterns(phrases, QUESTIONS, spelling)), tuple(_patterns(phrases, THANKS, spelling)))


def _patterns(phrases: Sequence[Node], names: Sequence[str], spelling: Spelling) -> Iterator[re.Pattern[str]]:
    for node in phrases:
        for written in filter(None, map(node.get, names)):
            text = written.get("text") or written
            try:
                template = parse_template(text.text.strip(), spelling)
            except BadTemplate:
                continue
            parts = (re.escape(part) if isinstance(part, str) else ".+" for part in template)
            yield re.compile("".join(parts), re.DOTALL)
