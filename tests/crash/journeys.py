"""Twelve journeys from dial to end, and what must be true when each is over, whatever died on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.messages import Status
from tests.crash.caller import Answers, Caller
from tests.crash.points import passed

KNOWN = "012345678901"
UNKNOWN = "999999999999"
BIRTH: Answers = (
    ("Rea u amohela", "1"),
    ("Welcome", "1"),
    ("Lengolo la tsoalo.", "2"),
    ("Birth certificate.", "2"),
    ("Letsatsi", "5/3/2026"),
    ("When", "5/3/2026"),
    ("O tsoaletsoe", "1"),
    ("In which district", "1"),
    ("Nomoro ea ID", KNOWN),
    ("The mother's ID", KNOWN),
    ("U mang", "1"),
    ("Who are you", "1"),
    ("Netefatsa", "1"),
    ("Please confirm", "1"),
)
METER: Answers = (
    ("Rea u amohela", "3"),
    ("Reka motlakase", "01234567897"),
    ("Bokae", "50"),
    ("Netefatsa", "1"),
)
POINTS: Answers = (("Rea u amohela", "5"), ("Litsi tse haufi", "2"), ("Leribe. Khetha", "2"), ("Litsi: 3", "1"))
ENGLISH: Answers = (("Rea u amohela", "8"), ("Khetha puo", "2"))


@dataclass(frozen=True, slots=True)
class Journey:
    """`ends` is how a request of each service must end. `number_ends`: the last digits of its citizen's number."""

    name: str
    go: Callable[[Caller], Awaitable[None]]
    ends: Mapping[str, Status]
    number_ends: str = "1"


async def _file(caller: Caller) -> None:
    await caller.walk(BIRTH)


async def _file_in_english(caller: Caller) -> None:
    await caller.walk((*ENGLISH, *BIRTH))


async def _file_by_one_dial(caller: Caller) -> None:
    await caller.walk(BIRTH, f"1*2*05/03/2026*2*{KNOWN}*1")


async def _fall_and_go_on(caller: Caller) -> None:
    await caller.hang_up(BIRTH, 4)
    await caller.walk(BIRTH)


async def _file_while_the_registry_is_down(caller: Caller) -> None:
    await caller.land.knob("civil-registry", fail=True)
    await caller.walk(BIRTH)
    await _until_postponed(caller)
    await caller.land.knob("civil-registry", fail=False)


async def _file_with_an_unknown_mother(caller: Caller) -> None:
    """The registry is asked when it is well again, and says no."""
    await caller.land.knob("civil-registry", fail=True)
    unknown = tuple((page, UNKNOWN if typed == KNOWN else typed) for page, typed in BIRTH)
    await caller.walk(unknown)
    await _until_postponed(caller)
    await caller.land.knob("civil-registry", fail=False)


async def _buy(caller: Caller) -> None:
    await caller.walk(METER)


async def _buy_while_the_vendor_is_down(caller: Caller) -> None:
    await caller.land.knob("electricity", fail=True)
    await caller.walk(METER)
    await _until_postponed(caller)
    await caller.land.knob("electricity", fail=False)


async def _ask_how_it_stands(caller: Caller) -> None:
    await caller.walk(BIRTH)
    await caller.walk((), f"2*{caller.references[0]}")


async def _ask_by_text(caller: Caller) -> None:
    await caller.walk(BIRTH)
    before = len(await caller.texts())
    await caller.text(f"STATUS {caller.references[0]}")

    async def was_answered() -> bool:
        return len(await caller.texts()) > before

    await _until(was_answered)


async def _look_for_a_service_point(caller: Caller) -> None:
    """Nothing is filed: neither by looking, nor by a purchase that is not confirmed."""
    await caller.walk(POINTS)
    await caller.walk((*METER[:-1], ("Netefatsa", "2")))


JOURNEYS = (
    Journey("a birth certificate", _file, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("a birth certificate in English", _file_in_english, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("a birth certificate by one dial", _file_by_one_dial, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("a line that falls before the end", _fall_and_go_on, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("a registry that is down", _file_while_the_registry_is_down, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("a registry that refuses", _file_with_an_unknown_mother, {"birth-certificate": Status.REJECTED}),
    Journey("electricity", _buy, {"electricity": Status.DONE}),
    Journey("electricity, payment declined", _buy, {"electricity": Status.REJECTED}, number_ends="00"),
    Journey("electricity, vendor down", _buy_while_the_vendor_is_down, {"electricity": Status.DONE}),
    Journey("how it stands, by phone", _ask_how_it_stands, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("how it stands, by text", _ask_by_text, {"birth-certificate": Status.IN_PROGRESS}),
    Journey("service points, language, and no purchase", _look_for_a_service_point, {}),
)


async def _until_postponed(caller: Caller) -> None:
    def was_postponed() -> bool:
        return any(one.step.endswith("DatabaseOutbox.postpone") for one in passed(caller.land.steps))

    async def look() -> bool:
        return await asyncio.to_thread(was_postponed)

    await _until(look)


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await look():  # noqa: ASYNC110  # other processes do not tell
            await asyncio.sleep(0.02)
