"""Reads nodes of a pack: keys, numbers, texts with their translations; complains and never raises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.compiler.fields import TRANSLATED, Fields, names
from app.compiler.known import enumerated
from app.compiler.source import Complain, Node
from app.values.rules import Text
from app.values.text import PLAIN, BadTemplate, Spelling, Template, parse_template, slots

REVIEWS = ("reviewed", "unreviewed")
MISSING = "missing"
_UNPRINTABLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Unicode's categories of letters that control, format, are private, or part lines otherwise than `\\n` does."""
_JOINING = "\u200c\u200d"
"""The two that some scripts cannot be spelled without."""


@dataclass(slots=True)
class Review:
    """How far the texts of one language were reviewed. `reviewers` counts reviewed texts by name."""

    texts: int = 0
    missing: int = 0
    unreviewed: int = 0
    reviewers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text of one language, where it stands, and how far it was reviewed: `reviewed`, `unreviewed` or `missing`.

    `where` is its path in a file of a language, such as `programs > welcome > start > text`; of a data file its column.
    """

    language: str
    file: str
    line: int
    where: tuple[str, ...]
    text: str
    base: str
    review: str
    by: str = ""


class Reader:
    """Shared by all that compiles a pack. `translations` maps each further language to the root of its file,
    `spelling` is the pack's."""

    def __init__(
        self,
        complain: Complain,
        base: str,
        translations: Mapping[str, Node],
        base_review: str = "reviewed",
        spelling: Spelling = PLAIN,
        *,
        is_published: bool = False,
    ) -> None:
        """`is_published`: it was read without a complaint when it was published."""
        self.complain = complain
        self.base = base
        self.spelling = spelling
        self.is_published = is_published
        self.translations = translations
        self.reviews = {language: Review() for language in (base, *translations)}
        self._review_of = {base: base_review} | {
            language: self._default_review(root) for language, root in translations.items()
        }
        self.spoken: list[Spoken] = []
        self._used: set[int] = set()

    def wrong(self, node: Node, rule: str, text: str, screen: str = "") -> None:
        self.complain(node.complaint(rule, text, screen))

    def pairs(self, node: Node | None, what: str) -> list[tuple[Node, Node]]:
        if node is None:
            return []
        if node.kind != "mapping":
            self.wrong(node, "wrong-shape", f"{what} must be a mapping of names to values")
        return node.pairs

    def fields(self, node: Node, fields: Fields, screen: str = "") -> None:
        """Complain of keys that are unknown and of required ones that are missing."""
        self.only(node, names(fields), screen)
        for spec in fields:
            if spec.required and node.get(spec.name) is None:
                self.wrong(node, "missing-key", f"`{spec.name}` is missing; add it ({spec.doc})", screen)

    def only(self, node: Node, allowed: Iterable[str], screen: str = "") -> None:
        known = tuple(allowed)
        for key, _ in self.pairs(node, "this"):
            if key.text not in known:
                self.wrong(
                    key, "unknown-key", f"`{key.text}` means nothing here; known are {enumerated(known)}", screen
                )

    def need(self, node: Node, key: str, screen: str = "") -> Node:
        found = node.get(key)
        if found is None:
            self.wrong(node, "missing-key", f"`{key}` is missing; add it", screen)
            return Node(node.file, node.line, node.column, "scalar")
        return found

    def scalar(self, node: Node | None, default: str = "") -> str:
        if node is None:
            return default
        if node.kind != "scalar":
            self.wrong(node, "wrong-shape", "must be a single value, not a mapping or a list")
            return default
        return node.text

    def whole(self, node: Node | None, default: int) -> int:
        if node is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", node.text):
            self.wrong(node, "wrong-shape", f"`{node.text}` must be a whole number")
            return default
        return int(node.text)

    def yes(self, node: Node | None) -> bool:
        if node is not None and node.text not in ("yes", "no"):
            self.wrong(node, "wrong-shape", f"`{node.text}` must be `yes` or `no`")
        return node is not None and node.text == "yes"

    def seconds(self, node: Node, default: float) -> float:
        if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", node.text):
            self.wrong(node, "wrong-shape", f"`{node.text}` must be seconds, such as 2.5")
            return default
        return float(node.text)

    def names(self, node: Node | None) -> tuple[str, ...]:
        if node is not None and node.kind != "list":
            self.wrong(node, "wrong-shape", "must be a list: `[one, two]`")
        return tuple(self.scalar(entry) for entry in (node.entries if node else ()))

    def words(self, node: Node | None, what: str) -> dict[str, str]:
        return {key.text: self.scalar(value) for key, value in self.pairs(node, what)}

    def plain(self, node: Node, *path: str, screen: str = "") -> Text:
        """A text in which no placeholder may stand: an option, a phrase of the house, a title."""
        texts = self.text(node, *path, screen=screen)
        if any(slots(template) for template in texts.values()):
            self.wrong(node, "bad-placeholder", "no placeholder can stand here; write the text out", screen)
        return texts

    def text(self, node: Node, *path: str, screen: str = "") -> Text:
        """The base text of `node` and, from every languages file, the one that stands at the same `path`.

        A missing one falls back to the base text and is complained of.
        """
        base = self._template(node, self.base, screen)
        texts = {self.base: base}
        self._note(node, self.base, path, _written(node))
        for language, root in self.translations.items():
            found = self._find(root, path)
            if found is None:
                where = " > ".join(path)
                self.reviews[language].missing += 1
                self.wrong(
                    node, "missing-translation", f"has no text in languages/{language}.yaml; add it at {where}", screen
                )
            texts[language] = self._template(found, language, screen) if found else base
            self._note(found or node, language, path, _written(node), is_missing=found is None)
        return texts

    def _template(self, node: Node, language: str, screen: str) -> Template:
        self._count(node, language)
        if node.kind == "mapping":
            self.fields(node, TRANSLATED, screen)
            self._used.add(id(node.get("text")))
            node = node.get("text") or Node(node.file, node.line, node.column, "scalar")
        try:
            template = parse_template(self.scalar(node).strip(), self.spelling)
            self.check_letters(node, "".join(part for part in template if isinstance(part, str)), screen)
            return template
        except BadTemplate as error:
            self.wrong(node, "bad-placeholder", str(error), screen)
            return ()

    def check_letters(self, node: Node, text: str, screen: str = "") -> None:
        """Complain of a letter that a page cannot show."""
        if text.isprintable():
            return
        for letter in text:
            if letter != "\n" and unicodedata.category(letter) in _UNPRINTABLE and letter not in _JOINING:
                self.wrong(node, "unprintable", f"holds U+{ord(letter):04X}, which no phone shows; remove it", screen)

    def count_text(self, language: str, file: str, line: int, column: str, text: str, base: str) -> None:
        """Note a text that stands in no YAML file: its review is that of its language."""
        seen, review = self.reviews[language], self._review_of[language]
        seen.texts += 1
        seen.unreviewed += review == "unreviewed"
        self.spoken.append(Spoken(language, file, line, (column,), text, base, review if text else MISSING))

    def _note(self, node: Node, language: str, path: tuple[str, ...], base: str, *, is_missing: bool = False) -> None:
        review, by = node.get("review"), node.get("by")
        status = review.text if review else self._review_of[language]
        text, status = ("", MISSING) if is_missing else (_written(node), status)
        self.spoken.append(Spoken(language, node.file, node.line, path, text, base, status, by.text if by else ""))

    def _count(self, node: Node, language: str) -> None:
        """Note whether a text was reviewed, by whom and when."""
        status = self._review(node) or self._review_of[language]
        by = node.get("by")
        seen = self.reviews[language]
        seen.texts += 1
        if status == "unreviewed":
            seen.unreviewed += 1
        elif by is not None:
            seen.reviewers[by.text] = seen.reviewers.get(by.text, 0) + 1

    def _review(self, node: Node) -> str | None:
        review, on = node.get("review"), node.get("on")
        if review is not None and review.text not in REVIEWS:
            self.wrong(review, "wrong-shape", f"`{review.text}` must be one of {', '.join(REVIEWS)}")
        if on is not None and not is_date(on.text):
            self.wrong(on, "wrong-shape", f"`{on.text}` is no date; write 2026-11-24")
        return review.text if review else None

    def _default_review(self, root: Node) -> str:
        return self._review(root) or "reviewed"

    def _find(self, node: Node, path: Iterable[str]) -> Node | None:
        self._used.add(id(node))
        for name in path:
            found = node.get(name)
            if found is None:
                return None
            self._used.add(id(found))
            node = found
        return node

    def complain_of_unused(self) -> None:
        """Every text of a languages file that nothing asked for is a mistake: a screen was renamed or mistyped."""
        for root in self.translations.values():
            open_nodes = [root]
            while open_nodes:
                for key, value in open_nodes.pop().pairs:
                    if id(value) in self._used:
                        open_nodes.append(value)
                    elif key.text not in ("review", "by", "on"):
                        told = f"`{key.text}` translates nothing; remove or rename it"
                        self.wrong(key, "unknown-translation", told)


def _written(node: Node) -> str:
    """The text as its author wrote it."""
    inner = node.get("text") if node.kind == "mapping" else node
    return inner.text.strip() if inner is not None and inner.kind == "scalar" else ""


def is_date(text: str) -> bool:
    """Whether it is a day as 2026-11-24."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
