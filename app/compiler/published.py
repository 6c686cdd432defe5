"""Option numbers for ever: what was published under a number may never mean something else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.compiler.reader import Reader
from app.compiler.scope import OPTION_NUMBER
from app.compiler.source import Node, quoted, read_yaml
from app.engine.branches import Target
from app.engine.program import Choose, Option, Program
from app.errors import Complaint, MenuRefused

_PLAIN = re.compile("[a-z][a-z0-9_-]*/[a-z0-9_-]+")
"""Names that YAML itself reads as text and nothing else; any other is quoted."""
_LEADS = " -> "
_THEN = ") then "


def published_numbers(program: Program, before: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Every option number of a program with what it means, after those that were published before."""
    numbers = {screen: dict(meanings) for screen, meanings in before.items()}
    for screen in program.screens.values():
        if isinstance(screen, Choose):
            meanings = numbers.setdefault(screen.name, {})
            meanings |= {option.key: meaning(option) for option in screen.options}
    return numbers


def meaning(option: Option, *, plainly: bool = False) -> str:
    """What an option stands for: where it leads, by every branch, and before that the value or language, if any.

    Of a sub-menu that is visited: with which constants, and where it goes on; `plainly` leaves that out, as it was once
    written. Conditions are no part of a meaning: a ministry may change a threshold.
    """
    leads = " or ".join(dict.fromkeys(_lead(branch.to, plainly) for branch in option.to))
    offered = option.offers.answer if option.offers else None
    chosen = option.value or offered or option.language
    return f"{chosen}{_LEADS}{leads}" if chosen else leads


def _lead(target: Target, plainly: bool) -> str:
    if target.visit is None or plainly:
        return target.screen
    constants = sorted((name, one.constant) for name, one in target.visit.arguments.items() if one.name is None)
    given = ", ".join(f"{name}={constant}" for name, constant in constants)
    then = ", ".join(dict.fromkeys(_lead(branch.to, plainly) for branch in target.visit.then))
    return f"{target.screen}({given}{_THEN}{then}"


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
    """Complain of every published number that now means something else, also on a screen that was only renamed."""
    kept = read_numbers(root, reader)
    for name, meanings in kept.items():
        screen = program.screens.get(name)
        if not isinstance(screen, Choose):
            screen = _successor(program, kept, meanings)
        for option in screen.options if screen else ():
            was = meanings.get(option.key)
            now = meaning(option, plainly=_THEN not in (was or ""))
            if screen and was is not None and not _same(was, now, meanings):
                on = f" on `{name}`, which this screen comes after," if screen.name != name else ""
                told = f"number {option.key} was published as `{was}`{on} and is now `{now}`"
                told += "; give this option a new number"
                reader.wrong(places[screen.name], "published-number", told, screen.name)


def _same(was: str, now: str, meanings: Mapping[str, str]) -> bool:
    """Where a value is chosen and all lead to one place, the value is the meaning: what comes after may change."""
    if was == now:
        return True
    told, arrow, _ = was.rpartition(_LEADS)
    led = {one.rpartition(_LEADS)[2] for one in meanings.values()}
    return bool(arrow) and told == now.rpartition(_LEADS)[0] and len(led) == 1


def _successor(program: Program, kept: Mapping[str, object], meanings: Mapping[str, str]) -> Choose | None:
    """The new screen that gives at least half of what a vanished one gave: it has only got another name."""
    was, best, most = set(meanings.values()), None, 0
    for screen in program.screens.values():
        if isinstance(screen, Choose) and screen.name not in kept:
            now = {meaning(option, plainly=plainly) for option in screen.options for plainly in (True, False)}
            shared = len(was & now)
            if 2 * shared >= len(was) and shared > most:
                best, most = screen, shared
    return best
