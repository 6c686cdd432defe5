"""What the house itself says, as a pack writes it: the phrases that this pack needs, its words, and their letters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.agent_phrases import AGENT_CHOICES, AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.compiler.later import ANYTHING
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.program import CallScreen, Choose, Screen
from app.pack import (
    CODE_PHRASES,
    CONSENT_PHRASES,
    LANGUAGE_PHRASES,
    MANDATE_PHRASES,
    PHRASES,
    RESUME_PHRASES,
    SURVEY_PHRASES,
)
from app.points.guide import POINT_PHRASES
from app.values.rules import Text
from app.values.text import is_wide

HOUSE_PHRASES = (
    *PHRASES, *RESUME_PHRASES, *CODE_PHRASES, *CONSENT_PHRASES, *AGENT_PHRASES, *AGENT_CHOICES,
    *SURVEY_PHRASES,
    *LANGUAGE_PHRASES, *MANDATE_TEXTS, *MANDATE_PHRASES, *AGENT_MENU_TEXTS,
)  # fmt: skip
"""All that a pack may say for the house, in reading order, but what tells of service points."""


def read_phrases(reader: Reader, root: Node, phrases: Collection[str], needed: Collection[str]) -> dict[str, Text]:
    """Those of `phrases` that this pack needs, or says without need; a published one says what was asked of it then.
    `root` is that of pack.yaml.
    """
    node = reader.need(root, "phrases")
    missing = {ANYTHING} if reader.is_published else needed
    wanted = [name for name in phrases if (name in needed and name in missing) or node.get(name) is not None]
    named = (*AGENT_PHRASES, *AGENT_CHOICES, *MANDATE_TEXTS, *AGENT_MENU_TEXTS)
    read = {name: reader.text if name in named else reader.plain for name in wanted}
    return {name: read[name](reader.need(node, name), "phrases", name) for name in wanted}


def refuse_other_phrases(reader: Reader, root: Node) -> None:
    """Complains of a phrase that the house never says. `root` is that of pack.yaml."""
    reader.only(reader.need(root, "phrases"), (*HOUSE_PHRASES, *POINT_PHRASES))


def read_words(reader: Reader, root: Node) -> dict[str, Text]:
    """The words of a pack, by the names that phrases have."""
    words = reader.pairs(root.get("words"), "`words`")
    return {f"word.{key.text}": reader.plain(value, "words", key.text) for key, value in words}


def wide_languages(
    languages: tuple[str, ...], screens: Mapping[str, Screen], phrases: Mapping[str, Text]
) -> frozenset[str]:
    """The languages with a letter that no page of GSM 03.38 can carry."""
    texts = list(phrases.values())
    for screen in screens.values():
        if isinstance(screen, Choose):
            texts += [option.text for option in screen.options]
        if not isinstance(screen, CallScreen):
            texts.append(screen.text)
    return frozenset(
        language
        for language in languages
        if any(is_wide(part) for text in texts for part in text[language] if isinstance(part, str))
    )
