"""Published menus: each version's sources once and for ever, and the history of what was made current."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from app.audit import AuditEntry
from app.errors import VersionUnusable
from app.messages import ARROWS, Act, Publication
from integrations.database.audit import append
from integrations.database.limits import publications_listed_max, sources_bytes_max
from integrations.database.store import Store, Work, insert_into, insert_or_leave
from integrations.database.tables import menu_versions, publications, requests

_FINAL = [status for status, arrows in ARROWS.items() if not arrows]


class _Overtaken(Exception):
    """A newer publication is there; raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseArchive:
    """`app.ports.Archive` in the ledger's database. Menus name no citizen, so nothing of them is sealed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def publish(
        self, publication: Publication, sources: Mapping[str, str], *, after: Publication | None
    ) -> Publication | None:
        """Make a version current, keeping its sources if they are new; returns the publication with its number.

        `after` is the publication that its author saw as the newest, None for none. Returns None, with nothing done,
        when there is a newer one by now. Raises `VersionUnusable` when other sources stand under this version.
        """
        kept = {"version": publication.version, "pack": publication.pack, "kept_at": publication.at}
        packed = zlib.compress(msgspec.json.encode(dict(sources)))

        def work(connection: Connection) -> int:
            new = insert_or_leave(connection, menu_versions)
            connection.execute(new, {**kept, "sources": packed})
            if _sources(connection, publication.version) != dict(sources):
                told = f"Other files stand under {publication.version}: change any text and publish that."
                raise VersionUnusable(told)
            return _add(connection, publication, after)

        return await self._added(publication, work)

    async def roll_back(self, publication: Publication, *, after: Publication | None) -> Publication | None:
        """Make a version current again; `after` and None are those of `publish`.

        Raises `VersionUnusable` if the version was never published here.
        """

        def work(connection: Connection) -> int:
            known = select(menu_versions.c.version).where(menu_versions.c.version == publication.version)
            if connection.execute(known).first() is None:
                told = f"Version {publication.version} was never published here; see `mohala menus list`."
                raise VersionUnusable(told)
            return _add(connection, publication, after)

        return await self._added(publication, work)

    async def _added(self, publication: Publication, work: Work[int]) -> Publication | None:
        try:
            return replace(publication, number=await self._store.write(work))
        except _Overtaken:
            return None

    async def current(self) -> Publication | None:
        listed = await self.publications(1)
        return listed[0] if listed else None

    async def publications(self, limit: int = publications_listed_max) -> tuple[Publication, ...]:
        """Newest first."""
        query = (
            select(publications, menu_versions.c.pack)
            .join(menu_versions, menu_versions.c.version == publications.c.version)
            .order_by(publications.c.number.desc())
            .limit(limit)
        )
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return tuple(map(_publication, rows))

    async def sources(self, version: str) -> Mapping[str, str] | None:
        return await self._store.read(lambda connection: _sources(connection, version))

    async def open_requests(self) -> Mapping[str, int]:
        """How many requests of each version are not at their end yet."""
        query = (
            select(requests.c.version, func.count())
            .where(requests.c.status.not_in(_FINAL))
            .group_by(requests.c.version)
        )  # fmt: skip
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return dict(tuple(row) for row in rows)

    async def close(self) -> None:
        await self._store.close()


def _sources(connection: Connection, version: str) -> dict[str, str] | None:
    query = select(menu_versions.c.sources).where(menu_versions.c.version == version)
    packed = connection.execute(query).scalar()
    if packed is None:
        return None
    try:
        text = zlib.decompressobj().decompress(packed, sources_bytes_max)
        return msgspec.json.decode(text, type=dict[str, str])
    except (zlib.error, msgspec.MsgspecError):
        return {}  # altered; whoever compares it with its version finds out


def _add(connection: Connection, publication: Publication, after: Publication | None) -> int:
    """Takes the number after the newest one that was seen: of two that saw the same, only one can have it."""
    seen = after.number if after else 0
    if connection.execute(select(func.max(publications.c.number))).scalar() != (seen or None):
        raise _Overtaken
    values = {name: getattr(publication, name) for name in ("version", "act", "at", "by", "note", "numbers")}
    new = insert_into(connection, publications).on_conflict_do_nothing().returning(publications.c.number)
    number: int | None = connection.execute(new, {**values, "number": seen + 1}).scalar()
    if number is None:
        raise _Overtaken
    actor = f"operator:{publication.by}"
    append(connection, AuditEntry(publication.at, actor, publication.act, publication.version, publication.note))
    return number


def _publication(row: Row[Any]) -> Publication:
    return Publication(row.number, row.version, row.pack, Act(row.act), row.at, row.by, row.note, row.numbers)
