"""All walks in one country and one Chromium: some at once, those without an SMS centre one after the other."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from tests.on_the_phone.handset import Handset
from tests.on_the_phone.land import SMS_CENTRE, Land
from tests.on_the_phone.texting import ByText, texted
from tests.on_the_phone.told import Told
from tests.on_the_phone.tongue import Tongue
from tests.on_the_phone.walk import Walk
from tests.on_the_phone.walking import Walker
from tests.story.country import Country

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu"]
AT_ONCE = 7
WALK_SECONDS = 420.0
FIRST_NUMBER = 55_310_001
"""Odd, as are all others: of those whose ID number ends in an odd digit a proof of life is due."""


async def go_out(
    chosen: Sequence[Walk | ByText], country: Country, chromium: str, seed: int, pictures: Path | None = None
) -> Sequence[Told | Exception]:
    """What became of each walk, in their order; `pictures` is where screens go."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 900, "height": 960})
        outing = _Outing(chosen, Land(country), context, seed, pictures)
        await outing.all()
        await browser.close()
    return [outing.results[one.task] for one in chosen]


class _Outing:
    def __init__(
        self, chosen: Sequence[Walk | ByText], land: Land, context: BrowserContext, seed: int, pictures: Path | None
    ) -> None:
        self._chosen, self._land, self._context = chosen, land, context
        self._seed, self._pictures = seed, pictures
        self._tongue, self._free = Tongue(), asyncio.Semaphore(AT_ONCE)
        self._held: dict[str, asyncio.Lock] = {}
        """A number's one phone, for agents' are used on several walks; an office, which one at a time makes late."""
        self.results: dict[str, Told | Exception] = {}

    async def all(self) -> None:
        numbered = list(enumerate(self._chosen))
        await asyncio.gather(*(self._one(place, walk) for place, walk in numbered if walk.office != SMS_CENTRE))
        for place, walk in numbered:
            if walk.office == SMS_CENTRE:
                await self._one(place, walk)

    async def _one(self, place: int, walk: Walk | ByText) -> None:
        """Whatever happens on it, the others go on."""
        number = walk.number or f"+266{FIRST_NUMBER + 2 * place}"
        phone, office = (self._held.setdefault(name, asyncio.Lock()) for name in (number, walk.office or number + "!"))
        async with phone, office, self._free:
            began = time.monotonic()
            handset = await Handset.switched_on(self._context, self._land.country, number, self._tongue)
            try:
                async with asyncio.timeout(WALK_SECONDS):
                    self.results[walk.task] = await self._walked(walk, handset)
            except Exception as error:
                traceback.print_exception(error, limit=-4)
                print(f"    seen: {[one.text for one in handset.shown[-4:]]}", file=sys.stderr)
                self.results[walk.task] = error
            await handset.page.close()
        word = "done" if isinstance(self.results[walk.task], Told) else "FAILED"
        count, took = f"{len(self.results)}/{len(self._chosen)}", time.monotonic() - began
        print(f"{count} {word}: {walk.task} ({took:.0f} s)", flush=True)

    async def _walked(self, walk: Walk | ByText, handset: Handset) -> Told:
        if isinstance(walk, ByText):
            return await texted(walk, handset, self._land)
        told = await Walker(walk, handset, self._land, self._seed).walk()
        if self._pictures and walk.picture:
            await handset.picture(self._pictures / f"tried-{walk.picture}.png")
        return told
