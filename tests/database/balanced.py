"""A house on either database, whose books must be sound when a test leaves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app.bookkeeping import examine
from app.messages import Answered
from integrations.database import DatabaseBooks
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish

SEARCHED = Answered({"note": "ho lokile"})
"""What the land office says of a plot."""


@asynccontextmanager
async def balanced_bench(
    sources: Mapping[str, str], directory: Path, url: str, *, is_published: bool = True
) -> AsyncIterator[Bench]:
    """One that serves the pack of these sources, which `is_published` as well unless a test does without."""
    async with open_bench(compiled(sources), directory, url) as bench:
        if is_published:
            await publish(bench, sources)
        yield bench
        assert (await examine(DatabaseBooks(bench.database._store))).faults == []
