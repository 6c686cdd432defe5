"""A run of conversations: each played, judged, and together held against the pack."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app import limits
from app.authoring.conversations.agents import check_agents
from app.authoring.conversations.coverage import Coverage, cover
from app.authoring.conversations.files import read_files
from app.authoring.conversations.floor import make_template
from app.authoring.conversations.judging import Failure, judge
from app.authoring.conversations.model import Conversation
from app.authoring.conversations.player import Played, play
from app.authoring.conversations.rewriting import rewrite_files, rewrites
from app.authoring.conversations.scripts import check_scripts
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack


@dataclass(frozen=True, slots=True)
class Run:
    """What became of each conversation, in their order, and what none of them reached."""

    conversations: tuple[Conversation, ...]
    failures: tuple[Failure | None, ...]
    coverage: Coverage

    @property
    def failed(self) -> int:
        return sum(failure is not None for failure in self.failures)


def play_all(pack: Pack, conversations: Sequence[Conversation]) -> tuple[Played, ...]:
    """Play conversations, a few at once, each on a database of its own. Blocks: call it outside an event loop.

    Raises `MenuRefused` when a pattern takes too long on what came.
    """
    with tempfile.TemporaryDirectory(prefix="mohala-") as directory:
        template = make_template(Path(directory))

        async def play_each() -> tuple[Played, ...]:
            slots = asyncio.Semaphore(limits.conversations_at_once_max)

            async def play_one(conversation: Conversation) -> Played:
                async with slots:
                    return await play(pack, conversation, template)

            return tuple(await asyncio.gather(*map(play_one, conversations)))

        return asyncio.run(play_each())


def run_conversations(pack: Pack, conversations: Sequence[Conversation]) -> Run:
    """Play and judge; raises `MenuRefused` when offices are told to answer what this pack's never could, or agents
    stand where it has no point.

    It raises the same when a pattern takes too long on what came.
    """
    conversations = [one.on(pack.handsets) for one in conversations]
    complaints: list[Complaint] = []
    check_scripts(conversations, pack.catalogue, complaints.append)
    check_agents(conversations, pack, complaints.append)
    if complaints:
        raise MenuRefused(tuple(sorted(complaints)))
    played = play_all(pack, conversations)
    failures = tuple(map(judge, conversations, played))
    return Run(tuple(conversations), failures, cover(pack, played))


def update_files(pack: Pack, conversations: Sequence[Conversation]) -> int:
    """Put what is seen now into the files; returns how many values changed."""
    played = play_all(pack, conversations)
    changes = [change for one, seen in zip(conversations, played, strict=True) for change in rewrites(one, seen)]
    return rewrite_files(changes)


def choose(paths: Sequence[Path], only: str | None) -> tuple[Conversation, ...]:
    """The conversations in these paths, or the one of them with this name; raises `SettingsWrong` if there is none."""
    conversations = read_files(paths)
    if only is not None:
        conversations = tuple(one for one in conversations if one.name == only)
    if not conversations:
        where = ", ".join(map(str, paths))
        raise SettingsWrong(f"There is no conversation {f'named `{only}` ' if only else ''}in {where}.")
    return conversations
