"""What many tests start from and none of them changes, made once in a process: tables, and packs out of sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.compiler.pack import compile_pack
from app.pack import Pack
from integrations.database import migrate

PACKS_MAX = 40


def new_sqlite(path: Path) -> str:
    """The URL of a new SQLite file with all tables: a copy of one that was migrated, as that takes time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(_migrated_sqlite())
    return f"sqlite:///{path}"


def forgetful(url: str) -> str:
    """The same database, which waits for no disk: of tests that kill nothing but themselves."""
    return f"{url}?synchronous=off"


def compiled(sources: Mapping[str, str]) -> Pack:
    """What `compile_pack` makes of them; the same pack for whoever brings the same sources."""
    return _compiled(tuple(sources.items()))


@cache
def _migrated_sqlite() -> bytes:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "mohala.db"
        migrate(f"sqlite:///{path}")
        assert not path.with_name(f"{path.name}-wal").exists(), "else a copy of the file lacks what is in there"
        return path.read_bytes()


@lru_cache(maxsize=PACKS_MAX)
def _compiled(sources: tuple[tuple[str, str], ...]) -> Pack:
    return compile_pack(dict(sources))
