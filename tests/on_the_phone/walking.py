"""One walk: from the dial to the receipt, with a wrong key, a wrong input, a line that falls and a late office."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from app.wiring import now_utc
from tests.on_the_phone.handset import SMS_SECONDS, Handset, Shown, until
from tests.on_the_phone.land import BILL, RECEIPT, REFERENCES, SMS_CENTRE, Land
from tests.on_the_phone.told import Told
from tests.on_the_phone.walk import CODE, DAY, ID, MANDATE, NUMBER, REFERENCE, Clerk, Walk

WRONG_KEY = "7"
"""No page of choices has it, as the pack's rules say."""
OPTION = re.compile(r"^[1-8]\. ", re.MULTILINE)
GREETING = "Lumela! English: 8"
ID_BEGINS = "01234"
SECRET = r"\b([0-9]{6})\b"
OFFICE_TEXT = r"code is [0-9]{6}"
QUIET_SECONDS = 1.5
END_LOST = Shown("", True)
"""The last page, when the line fell before it was seen."""


class Walker:
    """`plan` decides what differs from seed to seed: which menu gets the wrong key, where the line falls, and how."""

    def __init__(self, walk: Walk, handset: Handset, land: Land, seed: int) -> None:
        self._walk = walk
        self._on = handset
        self._land = land
        self._told = Told(walk.task)
        self._values: dict[str, str] = {}
        self._plan = Random(f"{seed} {walk.task}")  # it shall be the same again
        self._seed = seed
        self._is_away, self._ill_at = False, 0.0
        self._reference, self._codes, self._read = "", 0, 0
        self._slips = self._slipped()
        self._falls: int | None = self._falling_place()
        self._loses_answer = self._may_lose_answer() and self._plan.random() < 0.5
        self._starts_again = bool(self._seed) and self._plan.random() < 0.3

    async def walk(self) -> Told:
        walk, on = self._walk, self._on
        self._values = dict(await self._land.before(walk.before, walk.citizen or on.number))
        self._read = await self._caught_up()
        before = [await self._land.rows(path, self._value(needle)) for path, needle in walk.filed]
        async with self._land.alone(walk.office):
            end = await self._through()
            if self._is_away and end is not END_LOST and not re.search(walk.ends, end.text):
                await self._well()
                end = await self._answered()
            assert end is END_LOST or re.search(walk.ends, end.text), f"no {walk.ends!r} in {end.text!r}"
            self._told.end = end.text
            await self._meanwhile(end)
            await self._well()
        await self._afterwards()
        assert not self._slips and self._falls is None, "everything that was to go wrong has gone wrong"
        for count, (path, needle) in zip(before, walk.filed, strict=True):
            assert await self._land.rows(path, self._value(needle)) == count + 1, f"{path}: not filed exactly once"
        await self._check_texts()
        self._told.pages, self._told.longest = len(on.shown), on.longest
        return self._told

    async def _meanwhile(self, end: Shown) -> None:
        """What the citizen hears, and is told when they ask, before the office is back."""
        self._note_reference(end.text)
        for pattern in self._walk.meanwhile:
            self._note_reference(await self._on.receives(pattern))
        if self._walk.pays:
            bill = BILL.search(await self._on.receives("Nomoro ea tefo"))
            assert bill
            await self._land.pays_bill(self._on.number, bill[0])
        if self._is_away and self._reference:
            self._told.seen = (await self._status()).text
        if self._is_away:
            await asyncio.sleep(max(0.0, self._ill_at + self._walk.away - time.monotonic()))

    async def _afterwards(self) -> None:
        for pattern in self._walk.receives:
            self._note_reference(await self._on.receives(pattern, count=self._walk.receives.count(pattern)))
        for pattern in self._walk.hears:
            await self._land.texted(self._walk.citizen, pattern)
        if self._walk.clerk:
            await self._clerks(self._walk.clerk)
        if self._walk.decided:
            await self._land.registry_decides(self._reference)
        if self._walk.stands:
            await self._stands()
        if self._walk.decided:
            await self._on.receives(self._walk.decided)

    async def _caught_up(self) -> int:
        """How many SMS there are before anything is done; all of those that were sent are shown by then."""
        sent = await asyncio.to_thread(self._land.country.sms, self._on.number)

        async def look() -> bool:
            return len(await self._on.inbox()) >= len(sent)

        await until(f"the {len(sent)} SMS from before", look)
        return len(await self._on.inbox())

    async def _answered(self) -> Shown:
        """The end of a further try, once the office is back: until it has answered somebody it is taken to be away."""
        end = END_LOST

        async def again() -> bool:
            nonlocal end
            await self._land.lets_in(self._walk.office)
            end = await self._through()
            return end is END_LOST or re.search(self._walk.ends, end.text) is not None

        await until(f"an answer of {self._walk.office}", again)
        return end

    # --- the way ------------------------------------------------------------------------------------------------

    async def _through(self) -> Shown:
        """From the dial to the end, or to the page of an office that is away; whatever goes wrong does so once."""
        shown = await self._on.dial(self._walk.code)
        assert self._walk.number or shown.text.startswith(GREETING), "a number that nobody knows is greeted in Sesotho"
        for place, typed in enumerate(self._walk.typed):
            if self._walk.office and place == self._walk.at and not self._told.late:
                await self._ill()
            if place in self._slips:
                await self._slip(shown, self._slips.pop(place))
            if place == self._falls:
                self._falls = None
                shown, is_heard = await self._fall(place, shown)
                if is_heard:
                    continue
            shown = await self._on.answers(await self._input(typed))
            if self._is_away and place == self._walk.at:
                assert re.search(self._walk.sees, shown.text), f"no {self._walk.sees!r} in {shown.text!r}"
                self._told.seen = shown.text
                if shown.is_end:
                    return shown
        return shown

    def _slipped(self) -> dict[int, str]:
        """Wrong inputs, and a wrong key at one of the pages of choices."""
        menus = [place for place, text in enumerate(self._walk.typed) if len(text) == 1]
        return {**self._walk.slips, self._plan.choice(menus): WRONG_KEY}

    def _falling_place(self) -> int:
        first, last = self._walk.resumes or 1, len(self._walk.typed) - 1
        return self._plan.randint(min(first, last), last) if self._seed else last

    def _may_lose_answer(self) -> bool:
        """Not where nobody could know of it, for no SMS says so; nor where a code is typed, which is good once."""
        place = self._falls
        assert place is not None
        is_last = place == len(self._walk.typed) - 1
        tells = bool(self._walk.stands and (self._walk.meanwhile or self._walk.receives))
        is_odd = self._walk.typed[place] in (CODE, MANDATE) or place == self._walk.agrees or place == self._walk.at
        return bool(self._seed) and not is_odd and (tells or not is_last)

    async def _slip(self, shown: Shown, wrong: str) -> None:
        """Something wrong is typed: the same page comes again, under a remark."""
        again = await self._on.answers(wrong)
        plain = shown.text
        remark, _, below = again.text.partition("\n")
        # A remark may push the last entries of a list to the next page; nothing else may change.
        left = [line for line in below.split("\n") if not line.startswith("99. ")]
        is_same = below == plain or ("\n99. " in below and set(left) <= set(plain.split("\n")))
        assert not again.is_end and is_same, f"after {wrong!r}: {again.text!r}"
        self._told.wrong.append((wrong, remark))

    async def _fall(self, place: int, shown: Shown) -> tuple[Shown, bool]:
        """The line falls, and the citizen dials again; the page where they go on, and whether it is already the answer
        to what was typed at this place.
        """
        plain = _without_remark(shown, self._on.shown)
        if self._loses_answer:
            await self._on.drops_after(await self._input(self._walk.typed[place]))
        else:
            await self._on.drops()
        again = await self._on.dial(self._walk.code)
        if self._loses_answer and place == len(self._walk.typed) - 1 and self._is_first(again):
            self._told.fell = f"{_first_line(plain)} (the answer was never seen)"
            return END_LOST, True
        if self._walk.resumes is not None and place >= self._walk.resumes:
            assert again.text == self._on.tongue.fell, "the page after a line that fell names nothing"
            starts_again = not self._loses_answer and self._starts_again
            again = await self._on.answers("2" if starts_again else "1")
            if not starts_again:
                self._told.fell = f"{_first_line(plain)} (offered again, gone on)"
                is_same = _is_masked_or_same(again.text, plain)
                is_heard = self._loses_answer and not is_same
                assert is_heard or is_same, f"{again.text!r} is not {plain!r}"
                return again, is_heard
        again = await self._from_the_start(place, again)
        self._told.fell = f"{_first_line(plain)} (typed again from the start)"
        assert again.text == plain, f"{again.text!r} is not {plain!r}"
        return again, False

    async def _from_the_start(self, place: int, shown: Shown) -> Shown:
        assert self._is_first(shown), f"from the start again, not {shown.text!r}"
        for before, typed in enumerate(self._walk.typed[:place]):
            if before != self._walk.agrees:
                shown = await self._on.answers(await self._input(typed))
        return shown

    def _is_first(self, shown: Shown) -> bool:
        return shown.text == self._on.shown[0].text

    async def _input(self, typed: str) -> str:
        if typed == CODE:
            return await self._code()
        if typed == MANDATE:
            self._codes += 1
            return (await self._land.texted(self._walk.citizen, r"Khoutu ([0-9]{4}):", self._codes))[1]
        return self._value(typed)

    def _value(self, typed: str) -> str:
        if typed == ID:
            return f"{ID_BEGINS}{self._on.number[-7:]}"
        if typed == DAY:
            return f"{now_utc() + timedelta(days=9):%d/%m/%Y}"
        if typed == NUMBER:
            return self._on.number.removeprefix("+")
        return self._values.get(typed, typed)

    async def _code(self) -> str:
        """The newest; a code that came before was for another try."""
        self._codes += 1
        found = re.search(SECRET, await self._on.receives(SECRET, count=self._codes))
        assert found
        return found[1]

    # --- offices ------------------------------------------------------------------------------------------------

    async def _ill(self) -> None:
        faults = ("late", "silent", "down") if self._walk.office != SMS_CENTRE else ("down",)
        fault = faults[0] if not self._seed else self._plan.choice(faults)
        told = await self._land.ill(self._walk.office, fault)
        self._told.late = f"`{self._walk.office}` {told}"
        self._is_away, self._ill_at = True, time.monotonic()

    async def _well(self) -> None:
        if self._is_away:
            await self._land.well(self._walk.office)
            self._is_away = False
            self._told.late += f", for {time.monotonic() - self._ill_at:.0f} s"

    async def _clerks(self, clerk: Clerk) -> None:
        """Nobody answers until the promised day is over; then somebody does."""
        await self._land.day_passes(self._reference)
        let = f"the clerks of `{clerk.office}` let their day pass"
        self._told.late = "; ".join(filter(None, (self._told.late, let)))
        await self._on.receives(clerk.late)
        self._told.seen = (await self._status()).text
        await self._land.clerk(clerk.office, self._reference, clerk.status, clerk.filled)
        await self._on.receives(clerk.told)

    async def _stands(self) -> None:
        async def look() -> bool:
            return re.search(self._walk.stands, (await self._status()).text) is not None

        await until(f"a status with {self._walk.stands!r}", look, SMS_SECONDS)
        self._told.end = self._on.shown[-1].text
        expected = 2 if self._walk.before in ("birth", "token", "bill") else 1
        assert self._land.filed_by(self._reference) == expected, "filed exactly once"

    async def _status(self) -> Shown:
        await self._on.dial()
        await self._on.answers("3")
        await self._on.answers("2")
        shown = await self._on.answers(self._reference)
        assert self._reference in shown.text, shown.text
        return shown

    def _note_reference(self, text: str) -> None:
        found = REFERENCES.search(RECEIPT.sub("", BILL.sub("", text)))
        if found and self._walk.stands:
            assert self._reference in ("", found[0]), f"{found[0]} and {self._reference}: one request, one reference"
            self._reference = self._values[REFERENCE] = found[0]

    # --- texts --------------------------------------------------------------------------------------------------

    async def _check_texts(self) -> None:
        """In Sesotho, and none twice."""
        await asyncio.sleep(QUIET_SECONDS)
        # What the ID office texts is its own affair, and in both languages.
        texts = [text for text in (await self._on.inbox())[self._read :] if not re.search(OFFICE_TEXT, text)]
        for text in texts:
            self._on.tongue.check(text)
        assert self._walk.repeats or len(set(texts)) == len(texts), f"a text came twice: {texts}"
        self._told.texts = texts


def _without_remark(shown: Shown, before: Sequence[Shown]) -> str:
    """The page without a complaint on top, which is not said again after a fall."""
    return next((one.text for one in reversed(before) if shown.text.endswith(one.text)), shown.text)


def _first_line(page: str) -> str:
    return page.partition("\n")[0]


def _is_masked_or_same(page: str, before: str) -> bool:
    """What tells of people is not shown in clear to whoever goes on."""
    return len(page) == len(before) and all(one in (other, "x") for one, other in zip(page, before, strict=True))
