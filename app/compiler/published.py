"""Option numbers for ever: what was published under a number may never mean something else."""

from __future__ import annotations

from collections.abc import Mapping

from app.compiler.reader import Reader
from app.compiler.source import Node, read_yaml
from app.engine.program import Choose, Option, Program


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
    for screen in sorted(screen for screen, meanings in numbers.items() if meanings):
        lines.append(f"{screen}:")
        lines += [f'  {key}: "{text}"' for key, text in sorted(numbers[screen].items(), key=lambda one: int(one[0]))]
    return "\n".join(lines) + "\n"


def kept_numbers(text: str) -> dict[str, dict[str, str]]:
    """The numbers in the text of a `published.yaml` that compiled."""
    root = read_yaml("published.yaml", text, lambda complaint: None) if text else None
    return read_numbers(root, Reader(lambda complaint: None, "", {}))


def read_numbers(root: Node | None, reader: Reader) -> dict[str, dict[str, str]]:
    return {key.text: reader.words(node, "this") for key, node in reader.pairs(root, "this file")}


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
