"""Any order of what can befall a dialogue: what a citizen sees and what is filed stay as a small model says."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.limits import turns_remembered_max
from app.messages import Reply
from app.pack import Pack
from app.telling import Hears
from app.values.text import septets
from sessions.clients import client_for
from sessions.embedded import EmbeddedValkey
from sessions.memory_store import MemorySessionStore
from sessions.recent import Recent
from sessions.redis_store import RedisSessionStore
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish

REFERENCE = re.compile(r"Ref: ([0-9A-Z]{4}-[0-9A-Z]{5})")
FORWARD = {
    "Rea u amohela!": "1",
    "Ngoana ke:": "2",
    "Letsatsi la tsoalo": "5/3/2026",
    "seterekeng sefe?": "1",
    "Nomoro ea ID": "012345678901",
    "U mang ho ngoana?": "1",
    "Netefatsa": "1",
    "U ne u e-s'o qete.": "1",
}
"""What leads on from a page, by words that stand on it."""
OTHERWISE = ("9", "0", "77", "6*5", " 1 ", "2")
BACK_OF_VERSION = ("9. Morao", "9. Khutla")
"""Every page from which one can go back tells by these words which menus it is from."""
NUMBERS = ("+26650123456", "+26662123456")


NOTHING = Reply("", True)
LEASE_ENDS_SECONDS = 2.0


@dataclass
class Line:
    """One dialogue as its handset sees it. `seen` are its pages by transcript, unless the session server lost them."""

    msisdn: str
    session: str
    typed: list[str] = field(default_factory=list)
    page: Reply = NOTHING
    seen: dict[str, Reply] = field(default_factory=dict)
    version: str = ""
    is_torn: bool = False

    @property
    def transcript(self) -> str:
        return "*".join(self.typed)


class Dying:
    """A session server whose gateway is killed when it commits: before that, or before it hears that it was done."""

    def __init__(self, store: Any, is_kept: bool) -> None:
        self._store = store
        self._is_kept = is_kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def abandon(self, *_: object) -> None:
        """Who was killed gives no lease back."""

    async def commit(self, *of: object) -> None:
        if self._is_kept:
            await self._store.commit(*of)
        raise KeyboardInterrupt

    def commit_dialled(self, *of: object) -> None:
        if self._is_kept:
            self._store.commit_dialled(*of[:-1], Hears(lambda told: None))
        raise KeyboardInterrupt

    def commit_recalled(self, *of: object) -> None:
        if self._is_kept:
            self._store.commit_recalled(*of[:-1], Hears(lambda told: None))
        raise KeyboardInterrupt


class Dialogues(RuleBasedStateMachine):
    pack: Pack
    sources: Mapping[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.closing = AsyncExitStack()
        self.directory = tempfile.TemporaryDirectory()
        self.bench: Bench = self.run(self.closing.enter_async_context(open_bench(self.pack, Path(self.directory.name))))
        self.lines: list[Line] = []
        self.references: set[str] = set()
        self.torn = 0
        self.deploys = 0

    def forget_sessions(self) -> None:
        self.bench.line.to = MemorySessionStore(self.bench.keyring, self.bench.time)

    def run(self, work):
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.closing.aclose())
        self.runner.close()
        self.directory.cleanup()

    @initialize()
    def first_deploy(self) -> None:
        self.deploy()

    def post(self, line: Line, transcript: str) -> Reply:
        reply: Reply = self.run(self.bench.hop(transcript, line.session, msisdn=line.msisdn))
        assert reply.text and septets(f"CON {reply.text}") <= 156
        self.references |= set(REFERENCE.findall(reply.text))
        return reply

    def answered(self, line: Line, reply: Reply) -> None:
        line.page = reply
        line.seen[line.transcript] = reply
        told = next((back for back in BACK_OF_VERSION if back in reply.text), "")
        assert not told or line.version in ("", told), "the menus changed under a live session"
        line.version = told or line.version

    @rule(number=st.sampled_from(NUMBERS))
    def dial(self, number: str) -> None:
        line = Line(number, f"s{len(self.lines)}")
        self.lines.append(line)
        self.answered(line, self.post(line, ""))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), on=st.integers(0, 9))
    def answer(self, data: st.DataObject, on: int) -> None:
        """Mostly what leads on, now and then something else."""
        line = data.draw(st.sampled_from(self.lines[-3:]))
        if line.page.final or line.is_torn:
            return
        forward = next((typed for words, typed in FORWARD.items() if words in line.page.text), "0")
        typed = forward if on else data.draw(st.sampled_from(OTHERWISE))
        if typed == "2" and "Qala bocha" in line.page.text:
            line.version = ""
        line.typed.append(typed)
        self.answered(line, self.post(line, line.transcript))

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A copy, also a late one of an old hop, gets the same bytes and moves nothing."""
        line = data.draw(st.sampled_from(self.lines))
        recent = list(line.seen)[-turns_remembered_max:]
        if recent:
            transcript = data.draw(st.sampled_from(recent))
            assert self.post(line, transcript) == line.seen[transcript]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def contradict(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.lines))
        if line.seen and line.typed:
            assert self.post(line, "*".join(["4", *line.typed])).final

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def reorder(self, data: st.DataObject) -> None:
        """After a loss the late copy of an old hop comes before anything else."""
        line = data.draw(st.sampled_from(self.lines))
        if line.page.final or line.is_torn or not line.typed:
            return
        self.lose()
        self.post(line, "*".join(line.typed[: data.draw(st.integers(0, len(line.typed) - 1))]))
        reply = self.post(line, line.transcript)
        if not any("*" in typed for typed in line.typed):  # else nobody can say any more what was one input
            assert reply == line.page or "Netefatsa" in reply.text
        self.answered(line, reply)

    @rule()
    def lose(self) -> None:
        """Everything in the session server."""
        self.forget_sessions()
        for line in self.lines:
            line.seen.clear()

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), is_repeated=st.booleans())
    def crash(self, data: st.DataObject, is_repeated: bool) -> None:
        """The gateway dies between what it did and its commit, or right after that, and with it all that it recalled.

        The aggregator posts the hop again when another has started, or gives the dialogue up.
        """
        line = data.draw(st.sampled_from(self.lines[-3:]))
        if line.page.final or line.is_torn:
            return
        store, is_kept = self.bench.line.to, data.draw(st.booleans())
        self.bench.line.to = Dying(store, is_kept)
        forward = next((typed for words, typed in FORWARD.items() if words in line.page.text), "0")
        line.typed.append(forward)
        self.run(self.bench.openings.write())  # as every quarter of a second
        with pytest.raises(KeyboardInterrupt):
            self.post(line, line.transcript)
        self.bench.line.to = store
        self.start_anew()
        if is_repeated:
            if forward == "2":
                line.version = ""
            self.bench.time.pass_(LEASE_ENDS_SECONDS)
            self.answered(line, self.post(line, line.transcript))
        else:
            line.is_torn = True
            self.torn += 1

    def start_anew(self) -> None:
        """A process that recalls nothing, on the same session server and the same database."""
        self.bench.line.to._recent = Recent()
        self.bench.forget_openings()
        self.bench.gateway._outage._until = float("-inf")

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.lines))
        self.run(self.bench.drop(line.session, msisdn=line.msisdn))

    @rule()
    def deploy(self) -> None:
        """Now these menus, now those."""
        self.deploys += 1
        words = "Morao" if self.deploys % 2 else "Emisa"  # as long: some pages are full
        pack = self.sources["pack.yaml"]
        assert "back: Morao" in pack
        self.run(publish(self.bench, {**self.sources, "pack.yaml": pack.replace("back: Morao", f"back: {words}")}))
        self.run(self.bench.editions.refresh())

    @rule(seconds=st.sampled_from([20, 200]))
    def wait(self, seconds: int) -> None:
        """Some sessions may end by that; a repeat of theirs is then answered anew."""
        self.bench.time.pass_(seconds)
        for line in self.lines:
            line.seen.clear()

    @invariant()
    def what_was_shown_is_filed_and_nothing_else(self) -> None:
        filed = sum(self.run(self.bench.database.archive.open_requests()).values())
        assert len(self.references) <= filed <= len(self.references) + self.torn


class OnServer(Dialogues):
    """On a real session server, whose own clock no test moves."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.client = client_for(self.url, deadline_seconds=20.0)
        self.bench.line.to = RedisSessionStore(self.client, self.bench.keyring)
        self.forget_sessions()

    def forget_sessions(self) -> None:
        self.run(self.client.call("FLUSHALL"))

    def teardown(self) -> None:
        self.run(self.client.close())
        super().teardown()


def hold(machine: type[Dialogues], dialogues: int, **given: Any) -> None:
    run_state_machine_as_test(
        type("OfLesotho", (machine,), given),
        settings=settings(
            max_examples=dialogues, phases=[Phase.generate], stateful_step_count=50, deadline=None, derandomize=True
        ),
    )


@pytest.mark.parametrize("dialogues", [10, pytest.param(60, marks=pytest.mark.hunt)])
def test_whatever_befalls_a_dialogue(lesotho: Pack, lesotho_sources: Mapping[str, str], dialogues: int) -> None:
    hold(Dialogues, dialogues, pack=lesotho, sources=lesotho_sources)


@pytest.mark.parametrize("dialogues", [5, pytest.param(60, marks=pytest.mark.hunt)])
def test_whatever_befalls_a_dialogue_on_a_real_session_server(
    lesotho: Pack,
    lesotho_sources: Mapping[str, str],
    dialogues: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.limits.turn_lease_seconds", 0.05)  # whoever died holds nobody up for long
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start(within_seconds=30)
    try:
        hold(OnServer, dialogues, pack=lesotho, sources=lesotho_sources, url=server.url)
    finally:
        server.stop()
