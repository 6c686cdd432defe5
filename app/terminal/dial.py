"""Starts the phone that fits: full-screen on a terminal, plain in a pipe."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from app.chance_texts import chance_texts_in
from app.errors import SettingsWrong
from app.handset_files import handsets_in
from app.printable import printable
from app.settings import Settings
from app.terminal.languages import read_languages
from app.terminal.phones import Phones
from app.terminal.plain import PlainPhone, read_line
from app.terminal.wire import Wire

DEVELOPMENT_SECRET = "dev"  # noqa: S105  # what `mohala run` uses when no secret is set


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for; `code` None leaves the choice to the person, or is the service code; `number`
    None is the pack's first.
    """

    code: str | None
    number: str | None
    url: str | None = None
    agent: str | None = None
    plain: bool = False
    record: Path | None = None
    language_digits: Sequence[str] = ()


def dial_from_terminal(settings: Settings, wanted: Wanted) -> int:
    """A phone until it is put away; returns an exit code. Raises `MohalaError` when there is nothing to dial."""
    gateway = (wanted.url or f"http://{settings.host}:{settings.port}").rstrip("/")
    secret = (settings.callback_secrets or (DEVELOPMENT_SECRET,))[0]
    handsets = handsets_in(settings.pack)
    code, number = settings.service_code or handsets.code, wanted.number or handsets.first
    with Wire(gateway, secret, settings.sandbox_url, network_of=handsets.network_of) as wire:
        agent = wanted.agent or handsets.other_than(number)
        languages = partial(read_languages, wanted.language_digits, settings.pack, code)
        phones = Phones(
            wire, code, number, agent, partial(secrets.token_hex, 16), languages, chance_texts_in(settings.pack)
        )
        if wanted.record:
            phones.record(wanted.record)
        try:
            return _use(phones, wanted)
        finally:
            phones.put_away()
            if phones.tape.is_running:
                typer.echo(printable(phones.stop_recording()), err=True)


def _use(phones: Phones, wanted: Wanted) -> int:
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if on_terminal and not wanted.plain:
        return _full_screen(phones, wanted)
    plain = PlainPhone(phones, read_line, stays=on_terminal or wanted.plain, forgives=on_terminal)
    return plain.run(wanted.code or phones.service_code)


def _full_screen(phones: Phones, wanted: Wanted) -> int:
    try:
        from app.terminal.screen import PhoneApp
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith("textual"):
            raise
        raise SettingsWrong(
            "The full-screen phone needs textual: run `pip install 'mohala[phone]'`, or use `mohala dial --plain`."
        ) from None
    app = PhoneApp(phones, code=wanted.code or "", with_agent=wanted.agent is not None, record=wanted.record)
    app.run()
    return app.return_code or 0
