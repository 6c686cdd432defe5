"""How a phone switches its language: the digits to dial through, found in the pack or told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.engine.program import Choose, Option, Program, Screen
from app.errors import MohalaError, SettingsWrong


def read_languages(told: Sequence[str], pack: Path, service_code: str) -> dict[str, str]:
    """Language -> digits behind the service code, such as `8*2`: what was told as `en=8*2`, else the pack's.

    Empty when nothing was told and the pack cannot be read: a phone may dial a gateway whose menus are elsewhere.
    """
    if told:
        return dict(_told(pair) for pair in told)
    from app.pack_files import read_pack  # half a second of imports that a phone without this key need not wait for

    try:
        return find_digits(read_pack(pack).program, service_code)
    except MohalaError:
        return {}


def find_digits(program: Program, service_code: str) -> dict[str, str]:
    """The shortest way of menu choices, open to every caller, from the first screen to each language."""
    found: dict[str, str] = {}
    start = program.screen_for_code(service_code)
    waiting = deque([(start, "")] if start else [])
    seen = {start}
    while waiting:
        name, digits = waiting.popleft()
        screen = program.screens[name]
        for option in _always_there(screen):
            typed = f"{digits}*{option.key}" if digits else option.key
            if option.language:
                found.setdefault(option.language, typed)
            if len(option.to) == 1 and option.to[0].to.screen not in seen:
                seen.add(option.to[0].to.screen)
                waiting.append((option.to[0].to.screen, typed))
    return {language: found[language] for language in program.languages if language in found}


def next_language(languages: Mapping[str, str], now: str | None) -> str:
    """The one after `now`, round and round; with none chosen yet, the one after the base language."""
    names = list(languages)
    at = names.index(now) if now in names else 0
    return names[(at + 1) % len(names)]


def _always_there(screen: Screen) -> tuple[Option, ...]:
    """The options that every caller sees."""
    options = screen.options if isinstance(screen, Choose) else ()
    return tuple(option for option in options if option.when is None)


def _told(pair: str) -> tuple[str, str]:
    language, _, digits = pair.partition("=")
    if not language or not digits.replace("*", "").isdecimal():
        raise SettingsWrong(f"--language-digits {pair} is not usable: write it like en=8*2.")
    return language, digits
