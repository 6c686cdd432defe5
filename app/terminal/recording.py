"""Writes a recorded conversation into a file of conversations, beside those that stand there already."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml

from app.compiler.source import quoted
from app.errors import SettingsWrong
from app.replacing import check_replaceable, replace_text
from app.terminal.references import with_captures
from app.terminal.tape import Conversation, Did, Turn

file_bytes_max = 1_000_000
TOP = "conversations:\n"
PLAIN_NAME = re.compile(r"[A-Za-z]+(?: [A-Za-z0-9'-]+)+")
OFFICES = """\
# A phone does not see the offices: write here what each one answered, in order. Then `mohala test --update` puts in
# the pages of the run that it plays; {reference} stands for what that run shows. One of an earlier day is not known."""


def append(path: Path, conversation: Conversation) -> str:
    """Add to the file or make it; returns the name it got there. Raises `SettingsWrong`, with the file as it was."""
    text, names, indent = read_conversations(path)
    name = _unique(conversation.name, names)
    whole = text + ("\n" if text != TOP else "") + render(conversation, name, indent)
    _parsed(path, whole)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsWrong(f"The recording cannot be written to {path}: {error.strerror}.") from None
    replace_text(path, whole)
    return name


def read_conversations(path: Path) -> tuple[str, frozenset[str], int]:
    """The file's text, ending with a line end, the names in it, and how far they are indented.

    A file that is not there, or has no conversation yet, is one with `conversations:` alone. Raises `SettingsWrong`
    for a file to which nothing can be added at its end.
    """
    check_replaceable(path)
    return _parsed(path, _read(path)) if path.exists() else (TOP, frozenset(), 2)


def _parsed(path: Path, text: str) -> tuple[str, frozenset[str], int]:
    if len(text.encode()) > file_bytes_max:
        raise SettingsWrong(f"{path} is longer than {file_bytes_max} bytes; record into another file.")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise SettingsWrong(f"{path} is not YAML, so nothing can be added to it: {_first_line(error)}.") from None
    if root is None:
        return f"{text}{TOP}", frozenset(), 2
    last = root.value[-1] if isinstance(root, yaml.MappingNode) and root.value and not root.flow_style else None
    if last is None or last[0].value != "conversations" or not _can_grow(last[1]):
        raise SettingsWrong(f"{path} does not end with a block of `conversations:`; record into another file.")
    names = [key for key, _ in last[1].value] if isinstance(last[1], yaml.MappingNode) else []
    return text, frozenset(key.value for key in names), names[0].start_mark.column if names else 2


def render(conversation: Conversation, name: str, indent: int) -> str:
    """The lines of one conversation, its name indented by `indent` spaces."""
    conversation = replace(conversation, turns=with_captures(conversation.turns))
    lines = [f"{_name(name)}:", *(f"  {line}" for line in _head(conversation))]
    several = len({turn.number for turn in conversation.turns}) > 1
    for place, turn in enumerate(conversation.turns):
        fields = _fields(turn, is_first=place == 0)
        if several and fields:
            fields.insert(0, f"number: {quoted(turn.number)}")
        rows = "\n".join(fields).split("\n")
        lines += [f"    {'- ' if row_place == 0 else '  '}{row}" for row_place, row in enumerate(rows)]
    return "".join(f"{' ' * indent}{line}\n" if line.strip() else "\n" for line in lines)


def _head(conversation: Conversation) -> list[str]:
    first = conversation.turns[0]
    head = [f"dial: {quoted(first.what)}"] if first.did is Did.DIALS else []
    head.append(f"number: {quoted(first.number)}")
    if conversation.language:
        head.append(f"language: {conversation.language}")
    if conversation.began_at:
        head.append(f"at: {quoted(_stamp(conversation.began_at))}")
    return [*head, *OFFICES.splitlines(), "offices: {}", "turns:"]


def _fields(turn: Turn, *, is_first: bool) -> list[str]:
    fields = []
    if turn.did is Did.DROPS:
        fields.append("drops: true")
    elif turn.did is Did.WAITS:
        fields.append(f"waits: {turn.what} s")
    elif not (is_first and turn.did is Did.DIALS):
        fields.append(f"{turn.did}: {_block(turn.what)}")
    if turn.page is not None:
        fields.append(f"shows: {_block(turn.page)}")
    if turn.ends:
        fields.append("ends: true")
    return fields


def _block(text: str) -> str:
    """A text as a YAML value: several lines as a block, unless a block would lose some of its letters."""
    lines = text.split("\n")
    safe = all(line.isprintable() and (line.strip() or not line) for line in lines)
    fits = len(lines) > 1 and safe and lines[0][:1].strip() and lines[-1]
    return "\n".join(["|-", *(f"  {line}" for line in lines)]) if fits else quoted(text)


def _name(name: str) -> str:
    return name if PLAIN_NAME.fullmatch(name) else quoted(name)


def _unique(name: str, names: frozenset[str]) -> str:
    unique, count = name, 1
    while unique in names:
        count += 1
        unique = f"{name} {count}"
    return unique


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _can_grow(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return not node.value
    return isinstance(node, yaml.MappingNode) and not node.flow_style


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(file_bytes_max + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"{path} cannot be read ({type(error).__name__}); record into another file.") from None
    return text if text.endswith("\n") or not text else f"{text}\n"


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
