"""The ways into a pack: dialled codes, SMS keywords, a bare reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.compiler.fields import ENTRANCES, names
from app.compiler.reader import Reader
from app.compiler.shapes import ProgramShape
from app.compiler.source import Node
from app.engine.program import Keyword


@dataclass(frozen=True, slots=True)
class Entrances:
    """Dialled code -> screen, the SMS keywords, and the screen for a text that is a reference and nothing else."""

    codes: Mapping[str, str]
    keywords: tuple[Keyword, ...]
    bare_reference: str | None


def read_entrances(
    root: Node, reader: Reader, starts: Mapping[str, str], shapes: Mapping[str, ProgramShape]
) -> Entrances:
    """`starts` maps every program to its first screen."""

    def start(node: Node) -> str:
        if node.text not in starts:
            reader.wrong(node, "unknown-program", f"`{node.text}` is no program of this pack")
            return ""
        if shapes[node.text].takes or shapes[node.text].returns:
            reader.wrong(node, "not-an-entrance", f"`{node.text}` is a sub-menu: it takes values or returns")
        return starts[node.text]

    reader.only(root, names(ENTRANCES))
    codes = {key.text: start(node) for key, node in reader.pairs(reader.need(root, "ussd"), "`ussd`")}
    words: dict[str, tuple[str, ...]] = {}
    for key, node in reader.pairs(root.get("sms"), "`sms`"):
        screen = start(node)
        words[screen] = (*words.get(screen, ()), key.text.upper())
    bare = root.get("bare_reference")
    return Entrances(
        codes,
        tuple(Keyword(spelled, screen) for screen, spelled in words.items()),
        start(bare) if bare else None,
    )
