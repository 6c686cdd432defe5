"""`mohala menus diff`: reads both packs and the conversations, prints what differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from app.authoring.conversations.command import read_named_pack, silence_logs, tell_complaints
from app.authoring.conversations.files import DEFAULT_DIRECTORY, read_files
from app.authoring.diff import as_json, as_text, compare
from app.errors import MenuRefused


def show_difference(old: Path, new: Path, conversations: Sequence[Path] = (), json: bool = False) -> int:
    """Print what changed between the packs in two directories; returns the exit status.

    Conversations are those in `tests/conversations` when none are named, and none if there is no such directory.
    """
    silence_logs()
    paths = conversations or tuple(path for path in (DEFAULT_DIRECTORY,) if path.is_dir())
    try:
        difference = compare(read_named_pack(old), read_named_pack(new), read_files(paths))
    except MenuRefused as refused:
        return tell_complaints(refused)
    for line in (as_json(difference),) if json else as_text(difference):
        typer.echo(line)
    return 0
