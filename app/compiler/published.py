"""Option numbers for ever: what was published under a number may never mean something else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.compiler.reader import Reader
from app.compiler.scope import OPTION_NUMBER
from app.compiler.source import Node, quoted, read_yaml
from app.engine.program import Choose, Option, Program
from app.errors import Complaint, MenuRefused

_PLAIN = re.compile("[a-z][a-z0-9_-]*/[a-z0-9_-]+")
"""Names that YAML itself reads as text and nothing else; any other is quoted."""


def published_numbers(program: Program, before: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Every option number of a program with what it means, after those that were published before."""
    numbers = {screen: dict(meanings) for screen, meanings in before.items()}
    for screen in program.screens.values():
        if isinstance(screen, Choose):
            meanings = numbers.setdefault(screen.name, {})
            meanings |= {option.key: meaning(option) for option in screen.options}
    return numbers


def meaning(option: Option) -> str:
    """What an option stands for: the value that it answers, the language that it chooses, or where it leads."""
    return option.value or option.language or option.to[-1].to.screen


def numbers_file(numbers: Mapping[str, Mapping[str, str]]) -> str:
    """The text of `published.yaml`."""
    lines = [
        "# Option numbers that citizens may have learnt by heart; written when a version is published.",
        "# `mohala check` complains when one of them comes to mean something else. Never give one away again.",
    ]
    kept = sorted(screen for screen, meanings in numbers.items() if meanings)
    for screen in kept:
        lines.append(f"{screen if _PLAIN.fullmatch(screen) else quoted(screen)}:")
        meanings = sorted(numbers[screen].items(), key=lambda one: int(one[0]))
        lines += [f"  {key}: {quoted(text)}" for key, text in meanings]
    return "\n".join(lines if kept else [*lines, "{}"]) + "\n"


def kept_numbers(text: str | None) -> dict[str, dict[str, str]]:
    """The numbers in the text of a `published.yaml`, None if there is none; raises `MenuRefused`.

    What cannot be read is never taken for nothing: whoever writes the file anew would lose what was promised.
    """
    if text is None:
        return {}
    complaints: list[Complaint] = []
    root = read_yaml("published.yaml", text, complaints.append)
    numbers = read_numbers(root, Reader(complaints.append, "", {}))
    if complaints:
        raise MenuRefused(tuple(sorted(set(complaints))))
    return numbers


def read_numbers(root: Node | None, reader: Reader) -> dict[str, dict[str, str]]:
    """Screen -> number -> meaning; complains of what is none."""
    kept = {}
    for screen, node in reader.pairs(root, "this file"):
        for number, _ in reader.pairs(node, "this"):
            if not re.fullmatch(OPTION_NUMBER, number.text):
                told = f"`{number.text}` is no number of an option, 1 to 99; take back what was written here"
                reader.wrong(number, "option-number", told, screen.text)
        kept[screen.text] = {number.text: reader.scalar(value) for number, value in node.pairs}
    return kept


def check_numbers(program: Program, root: Node | None, places: Mapping[str, Node], reader: Reader) -> None:
    """Complain of every published number that now means something else."""
    for name, meanings in read_numbers(root, reader).items():
        screen = program.screens.get(name)
        if not isinstance(screen, Choose):
            continue
        for option in screen.options:
            was, now = meanings.get(option.key), meaning(option)
            if was is not None and was != now:
                told = f"number {option.key} was published as `{was}` and is now `{now}`; give this option a new number"
                reader.wrong(places[name], "published-number", told, name)
