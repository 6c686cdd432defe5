"""`mohala history`: holds a run's history against the ledger and says which promises were kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import typer

from app.load.books import read_books
from app.load.case import Case, Rules
from app.load.command import AGGREGATOR
from app.load.history import read_history
from app.load.proof import as_json, as_text, prove
from app.settings import Settings
from app.wiring import read_keyring


@dataclass(frozen=True, slots=True)
class Wanted:
    """How `mohala history` was called; what is None follows from the settings."""

    directory: Path
    database: str | None = None
    keys: Path | None = None
    rules: Rules = field(default_factory=Rules)
    json: bool = False


def run_proof(settings: Settings, wanted: Wanted) -> bool:
    """Print the verdicts and leave them as `proof.json` beside the history; True if nothing is broken."""
    history = read_history(wanted.directory)
    keyring = read_keyring(wanted.keys or settings.keys)
    books = asyncio.run(read_books(history, wanted.database or settings.database, keyring, AGGREGATOR))
    verdicts = prove(Case(history, books, wanted.rules))
    machine = as_json(verdicts)
    (wanted.directory / "proof.json").write_bytes(machine + b"\n")
    for line in (machine.decode(),) if wanted.json else as_text(verdicts):
        typer.echo(line)
    return not any(verdict.broken for verdict in verdicts)
