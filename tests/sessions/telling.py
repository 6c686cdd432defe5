"""For tests, which wait for what a store would tell."""

from __future__ import annotations

import asyncio
from typing import Any

from app.errors import StoreUnavailable
from app.messages import Reply, Session
from app.ports import InWork, Keeping, Lost, Recalled, SessionKey, SessionStore, Won
from app.telling import Hears


async def commit_recalled(
    store: SessionStore,
    key: SessionKey,
    turn: bytes,
    recalled: Recalled,
    session: Session,
    reply: Reply,
    keeping: Keeping,
) -> Won | Lost | InWork:
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    store.commit_recalled(key, turn, recalled, session, reply, keeping, Hears(told.set_result))
    return _unless_away(await told)


async def commit_dialled(
    store: SessionStore, key: SessionKey, turn: bytes, session: Session, reply: Reply, keeping: Keeping, dials_max: int
) -> Won | Lost | InWork:
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    store.commit_dialled(key, turn, session, reply, keeping, dials_max, Hears(told.set_result))
    return _unless_away(await told)


def _unless_away(outcome: Won | Lost | InWork | StoreUnavailable) -> Won | Lost | InWork:
    if isinstance(outcome, StoreUnavailable):
        raise outcome
    return outcome
