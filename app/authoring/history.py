"""What `mohala menus list` says: the history of what was published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.publishing import Listed

_HEAD = ("", "version", "when (UTC)", "act", "pack", "open requests", "by", "note")


def as_text(listed: Sequence[Listed]) -> str:
    """A table, newest first; `*` marks what is current. Open requests stand beside a version's newest line only."""
    if not listed:
        return "Nothing is published yet: `mohala menus publish PACK`."
    rows, seen = [_HEAD], set[str]()
    for one in listed:
        publication = one.publication
        counted = "" if publication.version in seen else str(one.open_requests)
        seen.add(publication.version)
        rows.append(
            ("*" if one.current else "", publication.version, _moment(publication.at), publication.act.value,
             publication.pack, counted, publication.by, publication.note)
        )  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_json(listed: Sequence[Listed]) -> str:
    """A list of objects: `version`, `current`, `at`, `act`, `pack`, `open_requests`, `by`, `note`."""
    rows = [
        {
            "version": one.publication.version,
            "current": one.current,
            "at": one.publication.at,
            "act": one.publication.act.value,
            "pack": one.publication.pack,
            "open_requests": one.open_requests,
            "by": one.publication.by,
            "note": one.publication.note,
        }
        for one in listed
    ]
    return msgspec.json.format(msgspec.json.encode(rows)).decode()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
