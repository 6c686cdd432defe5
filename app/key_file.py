"""The file of sealing keys: made once, a new key put first, nothing ever removed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from app.errors import SettingsWrong
from app.keys import new_key_line, parse_keys


def add_key(path: Path) -> str:
    """Put a new key first, atomically and readable by its owner only; returns a sentence for the operator."""
    before = path.read_text("ascii") if path.exists() else ""
    names = {key.name for key in parse_keys(before)}
    stem = f"k{datetime.now(UTC):%Y%m%d}"
    name = next(candidate for candidate in (stem, *(f"{stem}x{n}" for n in range(1, 100))) if candidate not in names)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(new_key_line(name, os.urandom) + before)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return f"{path} now seals with {name}; restart the gateway and the worker, and keep a copy of the file."


def ensure_key_file(path: Path, sealed: Path | None) -> str | None:
    """Make the key file if there is none; refuses when `sealed` exists, for it was sealed with keys that are lost."""
    if path.exists():
        return None
    if sealed is not None and sealed.exists():
        raise SettingsWrong(f"{path} is missing, and {sealed} was sealed with it: put it back.")
    return add_key(path)
