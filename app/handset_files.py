"""The phones of a pack, read without compiling it: a phone in a terminal has no second to wait for that."""

from __future__ import annotations

from pathlib import Path

from app import limits
from app.compiler.handsets import handsets_of
from app.compiler.source import Node, read_yaml
from app.handsets import Handsets


def handsets_in(directory: Path) -> Handsets:
    """What the pack in a directory says, as far as that can be read: a phone may dial another gateway."""
    return handsets_of(root_in(directory, "pack.yaml"), root_in(directory, "entrances.yaml"), lambda node, told: None)


def root_in(directory: Path, name: str) -> Node:
    """What a file of the pack holds; nothing, if it cannot be read."""
    try:
        with (directory / name).open("rb") as file:
            text = file.read(limits.pack_file_bytes_max).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return read_yaml(name, text, lambda complaint: None) or Node(name, 1, 1, "mapping")
