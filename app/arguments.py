"""What stands on the command line, checked before any work is done: whatever is wrong is a sentence and status 2."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from app.errors import FileUnfit
from app.printable import printable, shortened
from app.replacing import check_replaceable

letters_max = 200  # of a word, and of a note that the history keeps
shown_letters_max = 60


def path(text: str) -> Path:
    """A path that can be looked at, whether or not something is there."""
    told = os.fspath(text)
    if not told:
        raise typer.BadParameter("is empty; name a file or a directory, or leave it away")
    try:
        os.lstat(told)  # of the text as it was given
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path"
        raise typer.BadParameter(f"{_shown(told)} cannot be looked at ({why}); name another one") from None
    return Path(told)


def directory(text: str) -> Path:
    """A path at which no file stands."""
    found = path(text)
    if found.exists() and not found.is_dir():
        raise typer.BadParameter(f"{_shown(str(found))} is no directory; name one")
    return found


def file(text: str) -> Path:
    """A path of a plain file that may be replaced, or of one that is new."""
    found = path(text)
    try:
        check_replaceable(found)
    except FileUnfit as unfit:
        raise typer.BadParameter(printable(str(unfit))) from None
    return found


def name(text: str) -> str:
    """A directory, a version or `current`, as `app.publishing.pack_named` takes them."""
    path(text)
    return text


def word(text: str) -> str:
    """A text that says something: an empty one is mostly a variable that was never set."""
    if not text.strip():
        raise typer.BadParameter("is empty; write something, or leave it away")
    return note(text)


def note(text: str) -> str:
    """One line, which may be empty, and which everybody can read in a list."""
    if len(text) > letters_max:
        raise typer.BadParameter(f"has {len(text)} letters; {letters_max} are allowed")
    if not text.isprintable():
        raise typer.BadParameter(f"`{_shown(text)}` holds letters that cannot be seen; write plain text on one line")
    return text


def _shown(text: str) -> str:
    return printable(shortened(text, shown_letters_max)).replace("\n", "\\n")
