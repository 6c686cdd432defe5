"""What the fork server has done before it forks: whoever is born again has only what is its own to do.

Modules, the authorities that are trusted and the compiled menus are read-only and the same for every process; to make
them anew took nine tenths of a start.
"""

from __future__ import annotations

from collections.abc import Mapping

from app import main, wiring, worker
from app.compiler.pack import compile_published, version_of
from app.pack import Pack
from integrations.database import postgres
from integrations.http import _trusted
from tests.crash import instrument, pack

PREPARED = (main, worker, instrument, postgres)
_compiled: dict[str, Pack] = {}


def compiled(sources: Mapping[str, str]) -> Pack:
    """The published menus, which were compiled once."""
    version = version_of(sources)
    if version not in _compiled:
        _compiled[version] = compile_published(sources)
    return _compiled[version]


_trusted()
compiled(pack.sources())
wiring.compile_published = compiled
