"""The file of sealing keys: made once, rotated with two live, and the old one dropped when nothing needs it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from app.errors import SettingsWrong
from app.keys import LOOKUP, Key, KeyFile, lookup_secret, new_key_line, parse_key_file, write_key_file
from app.replacing import replace_text


def read_key_file(path: Path) -> KeyFile:
    """Raises `SettingsWrong` if there is none, or if it is no key file."""
    try:
        return parse_key_file(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The key file {path} cannot be read; `mohala keys` makes one.") from None


def make_key(path: Path) -> str:
    """Add a new key behind the others: it opens, and seals nothing yet; that of a new file seals. Returns its name.

    What look-ups are made with stands on a line of its own from then on, whichever key is the last.
    """
    file = read_key_file(path) if path.exists() else KeyFile(())
    names = {key.name for key in file.keys} | {LOOKUP}
    stem = f"k{datetime.now(UTC):%Y%m%d}"
    name = next(candidate for candidate in (stem, *(f"{stem}x{n}" for n in range(1, 100))) if candidate not in names)
    (key,) = parse_key_file(new_key_line(name, os.urandom)).keys
    _write(path, KeyFile((*file.keys, key), lookup_secret(file) if file.keys else None))
    return name


def use_key(path: Path, name: str) -> None:
    """Let a key seal from now on. Every process must know it by now, or it could not open what this one seals."""
    file = read_key_file(path)
    others = tuple(key for key in file.keys if key.name != name)
    _write(path, KeyFile((_named(file, name), *others), lookup_secret(file)))


def drop_key(path: Path, name: str) -> None:
    """Take a key out of the file. The look-up secret stays, from which no key can be made again."""
    file = read_key_file(path)
    dropped = _named(file, name)
    if dropped is file.keys[0]:
        raise SettingsWrong(f"{name} is the key that seals; `mohala keys rotate` puts another in its place.")
    _write(path, KeyFile(tuple(key for key in file.keys if key is not dropped), lookup_secret(file)))


def _named(file: KeyFile, name: str) -> Key:
    found = next((key for key in file.keys if key.name == name), None)
    if found is None:
        raise SettingsWrong(f"No key is called {name}; there are {', '.join(key.name for key in file.keys)}.")
    return found


def _write(path: Path, file: KeyFile) -> None:
    """Atomically, and readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_text(path, write_key_file(file), mode=0o600)


def ensure_key_file(path: Path, sealed: Path | None) -> str | None:
    """Make the key file if there is none; refuses when `sealed` exists, for it was sealed with keys that are lost."""
    if path.exists():
        return None
    if sealed is not None and sealed.exists():
        raise SettingsWrong(f"{path} is missing, and {sealed} was sealed with it: put it back.")
    return make_key(path)
