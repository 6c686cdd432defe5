"""What the fork server has done before it forks: whoever is born again has only what is its own to do.

Modules, the authorities that are trusted and the compiled menus are read-only and the same for every process; to make
them anew took nine tenths of a start.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from app import main, worker
from app.compiler.pack import compile_published, version_of
from app.measures import Measures
from app.pack import Pack
from app.web.desk import desk_router
from app.web.wallets import wallets_router
from app.wiring import now_utc, offices
from integrations.database import postgres
from integrations.http import OutboundHttp
from tests.crash import instrument, pack

PREPARED = (main, worker, instrument, postgres)
_compiled: dict[str, Pack] = {}


def compiled(sources: Mapping[str, str]) -> Pack:
    """The published menus, which were compiled once."""
    version = version_of(sources)
    if version not in _compiled:
        _compiled[version] = compile_published(sources)
    return _compiled[version]


def rehearse() -> None:
    """What imports more when it is first used, and what keeps what it has found out."""
    nobody = cast("Any", None)
    import_module("anyio._backends._asyncio")
    OutboundHttp("http://127.0.0.1:1", {})
    desk_router(nobody, nobody, now_utc)
    wallets_router(nobody, nobody, Measures(), now_utc)
    uvicorn.Config(FastAPI(), http="httptools", lifespan="off").load()


compiled(pack.sources())
offices.compile_published = compiled
rehearse()
gc.collect()
gc.freeze()  # else each process looks through all of it once, and so gets a copy of its own
