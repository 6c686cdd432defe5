"""`mohala test`: read, play, report; the exit status says how it went."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
import typer

from app.authoring.conversations.files import DEFAULT_DIRECTORY
from app.authoring.conversations.report import as_json, as_text
from app.authoring.conversations.run import choose, run_conversations, update_files
from app.errors import MenuRefused
from app.pack_files import read_named_pack
from app.printable import printable


@dataclass(frozen=True, slots=True)
class Options:
    """How `mohala test` was called. `paths` empty: `tests/conversations`."""

    paths: Sequence[Path] = ()
    only: str | None = None
    update: bool = False
    json: bool = False
    require_coverage: bool = False


def run_tests(directory: Path, options: Options) -> int:
    """Test the pack in a directory and print the report; returns the exit status."""
    silence_logs()
    paths = options.paths or (DEFAULT_DIRECTORY,)
    try:
        pack = read_named_pack(directory)
        conversations = choose(paths, options.only)
        if options.update:
            changed = update_files(pack, conversations)
            typer.echo(f"{changed} values rewritten.", err=True)
            conversations = choose(paths, options.only)
        run = run_conversations(pack, conversations)
    except MenuRefused as refused:
        return tell_complaints(refused)
    for line in (as_json(run),) if options.json else as_text(run, options.require_coverage):
        typer.echo(printable(line))
    missing = options.require_coverage and options.only is None and not run.coverage.whole
    return 1 if run.failed or missing else 0


def tell_complaints(refused: MenuRefused) -> int:
    """Print the complaints; returns the exit status."""
    typer.echo(str(refused))
    typer.echo(f"{len(refused.complaints)} complaints.", err=True)
    return 1


def silence_logs() -> None:
    """The house logs each turn; in a tool's report those lines would only be in the way."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
