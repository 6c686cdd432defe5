"""Keys by which a service says which of the things that the house itself does it is; the house knows the rest of it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from app.catalogue import ServiceKind
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Node

Known = TypeVar("Known", bound=StrEnum)


def read_house_key(
    node: Node,
    key: str,
    kinds: Collection[ServiceKind],
    known: type[Known] | None,
    reader: Reader,
    name: str,
    wrong: str,
) -> Known | None:
    """What stands under a key that services of some `kinds` need; `known` None: this one, `node`, is of another kind.

    `wrong` is what is said of a word that is none of the known ones.
    """
    written = node.get(key)
    if known is None:
        if written is not None:
            of, first = " or ".join(kinds), next(iter(kinds))
            told = f"`{key}` is for services of kind {of}; remove it, or write `kind: {first}`"
            reader.wrong(written, "unknown-key", told, name)
        return None
    if (takes := node.get("takes")) is not None:
        reader.wrong(takes, "unknown-key", "what it takes, the house knows; remove `takes`", name)
    found = reader.scalar(reader.need(node, key, name))
    if found in tuple(known):
        return known(found)
    if written is not None:
        reader.wrong(written, "unknown-kind", f"`{found}` {wrong}; known are {enumerated(known)}", name)
    return None
