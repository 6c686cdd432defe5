"""What a citizen of the matrix writes down, for the checker sees nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.crash.caller import GO_ON, Caller

pytestmark = pytest.mark.anyio
OFFER, END = f"CON {GO_ON[0][0]} 1. Tsoela pele", "END Ref 7K4M-2PXQ8"


class Line:
    """A line that answers one thing after the other; None: it is cut."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)
        self.written: list[Any] = []

    async def post(self, kind: str, fields: dict[str, str]) -> httpx.Response:
        if (answer := self._answers.pop(0)) is None:
            raise httpx.ReadError("cut")
        return httpx.Response(200, text=answer)

    def clock(self) -> datetime:
        return datetime(2026, 11, 29, tzinfo=UTC)

    def write(self, exchange: Any) -> None:
        self.written.append(exchange)

    def caller(self, *, redials: bool) -> Caller:
        land: Any = SimpleNamespace(post=self.post, clock=self.clock)
        history: Any = SimpleNamespace(write=self.write)
        return Caller(land, 1, "+26650000101", redials, self.clock(), history, 0.0)


def sessions(line: Line) -> list[str]:
    return list(dict.fromkeys(one.session for one in line.written))


@pytest.mark.parametrize("redials", [False, True])
async def test_what_is_offered_once_more_is_noted_as_the_dialogue_before(redials: bool) -> None:
    line = Line("CON A?", END, None, OFFER, END)
    caller = line.caller(redials=redials)
    await caller._walk((("A?", "1"),), "", caller.code)
    await caller._walk((), "", caller.code)  # it goes on with what is offered
    first, *cut, last = sessions(line)
    assert len(cut) == int(redials), "one who redials begins a session with each dial"
    assert [one.fell for one in line.written if one.session == last if one.answer] == [first, ""]


async def test_a_fall_is_noted_with_the_next_dial_and_with_no_later_one() -> None:
    line = Line("CON A?", None, "CON A?", END, "CON A?", END)
    caller = line.caller(redials=True)
    await caller._walk((("A?", "1"),), "", caller.code)
    await caller._walk((("A?", "1"),), "", caller.code)
    first, second, third = sessions(line)
    fell = {one.session: one.fell for one in line.written if one.fell}
    assert fell == {second: first} and third not in fell
