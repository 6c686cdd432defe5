"""What stands in data files of a pack, each row with its source and day, and how services of kind `lookup` answer.

The house itself answers, out of the pack: no office is asked, so it works while all of them are away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.house_services import COUNT, Lookup
from app.points.finding import plain

AS_OF, SOURCE, STALE = "as_of", "source", "stale"
"""What every lookup gives: the day of the oldest row that was found, who says so, and whether that is long ago."""
YES, NO = "yes", "no"
"""The two values of `stale`."""
Key = tuple[str, ...]
Answer = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DataRow:
    """One row: the canonical value of each column in each language, who says so and when that was read."""

    values: Mapping[str, Mapping[str, str]]
    source: str
    as_of: date
    line: int = 0

    def value(self, column: str, language: str) -> str:
        """Source and day are columns too."""
        if column in self.values:
            return self.values[column][language]
        return {SOURCE: self.source, AS_OF: self.as_of.isoformat()}.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one service by their keys, in the order of the file."""

    lookup: Lookup
    rows: Mapping[Key, tuple[DataRow, ...]]

    @property
    def every(self) -> tuple[DataRow, ...]:
        return tuple(row for rows in self.rows.values() for row in rows)

    def answer(self, arguments: Mapping[str, str], language: str, today: date) -> Answer | None:
        """What the rows of a key say; None if a single one is asked for and there is none. `today` is the citizens'."""
        found = self.rows.get(key_of(arguments[name] for name in self.lookup.by), ())
        if not found and not self.lookup.listed:
            return None
        told = {AS_OF: "", SOURCE: "", **self._about(found, today)}
        if not self.lookup.listed:
            return {**{name: found[0].value(name, language) for name in self.lookup.gives}, **told}
        entries = self.entries(found, language)
        listed = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
        return {self.lookup.listed: listed, COUNT: str(len(entries)), **told}

    def entries(self, rows: Iterable[DataRow], language: str) -> list[dict[str, str]]:
        """Rows of which nothing differs that is given are one entry: so a list of districts comes out of clinics."""
        every = [{name: row.value(name, language) for name in self.lookup.gives} for row in rows]
        return list({tuple(entry.values()): entry for entry in every}.values())

    def _about(self, rows: tuple[DataRow, ...], today: date) -> dict[str, str]:
        """Of several rows the oldest day, and whoever says any of it."""
        days = self.lookup.stale_days
        if not rows:
            return {STALE: NO} if days else {}
        oldest = min(row.as_of for row in rows)
        stale = {STALE: YES if (today - oldest).days > days else NO} if days else {}
        return {AS_OF: oldest.isoformat(), SOURCE: sources_of(rows), **stale}


def sources_of(rows: Iterable[DataRow]) -> str:
    return "; ".join(dict.fromkeys(row.source for row in rows))


def key_of(values: Iterable[str]) -> Key:
    """As people type: capitals, accents, blanks and marks count for nothing."""
    return tuple(plain(value) for value in values)
