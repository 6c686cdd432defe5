"""`mohala menus diff`: reads both packs and the conversations, prints what differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from app.authoring.conversations.command import silence_logs, tell_complaints
from app.authoring.conversations.files import DEFAULT_DIRECTORY, read_files
from app.authoring.diff import as_json, as_text, compare
from app.errors import MenuRefused
from app.printable import printable
from app.publishing import pack_named
from app.settings import Settings


def show_difference(
    settings: Settings, old: str, new: str, conversations: Sequence[Path] = (), json: bool = False
) -> int:
    """Print what changed between two packs (directories or published versions); returns the exit status.

    Conversations are those in `tests/conversations` when none are named, and none if there is no such directory.
    """
    silence_logs()
    paths = conversations or tuple(path for path in (DEFAULT_DIRECTORY,) if path.is_dir())
    try:
        difference = compare(pack_named(settings, old), pack_named(settings, new), read_files(paths))
    except MenuRefused as refused:
        return tell_complaints(refused)
    for line in (as_json(difference),) if json else as_text(difference):
        typer.echo(printable(line))
    return 0
