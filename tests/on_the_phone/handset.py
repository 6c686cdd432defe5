"""One citizen's phone in Chromium, by keyboard only, and what must be true of every page on it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from playwright.async_api import BrowserContext, Page

from app.limits import reply_septets_max
from tests.on_the_phone.tongue import Tongue
from tests.story.country import Country

CODE = "*384*26600#"
NO_ANSWER = "Connection problem or invalid MMI code."
CALL_ENDED = "Call ended."
SMS_SECONDS = 150.0
SPEAKING = """() => {
    const view = document.querySelector("main .station").dataset.view;
    return view === "asking" || view === "told" || view === "idle";
}"""
_GAUGE = re.compile(r"([0-9]+) of 160 septets")
T = TypeVar("T")


async def until(what: str, look: Callable[[], Awaitable[T]], seconds: float = SMS_SECONDS) -> T:
    """The first true answer; an assertion that names `what` if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        await asyncio.sleep(0.1)
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as the phone has it; `is_end`: nothing can be answered."""

    text: str
    is_end: bool


@dataclass(slots=True)
class Handset:
    """`shown` is every page since the phone was switched on, `longest` the septets of the longest."""

    page: Page
    number: str
    tongue: Tongue
    shown: list[Shown] = field(default_factory=list)
    longest: int = 0

    @classmethod
    async def switched_on(cls, browser: BrowserContext, country: Country, number: str, tongue: Tongue) -> Handset:
        page = await browser.new_page()
        page.set_default_timeout(20_000)
        await page.goto(f"{country.gateway}/phone#{number[1:]}")
        await page.wait_for_selector(f'section[aria-label="Phone {number}"] .typed:focus')
        return cls(page, number, tongue)

    async def dial(self, code: str = CODE) -> Shown:
        """Whatever is on the screen is put away first."""
        await self.page.keyboard.press("Escape")
        return await self._entered(code)

    async def answers(self, text: str) -> Shown:
        assert not self.shown[-1].is_end, f"{text!r} cannot be answered to an end: {self.shown[-1].text!r}"
        return await self._entered(text)

    async def drops(self) -> None:
        """The line falls while a page is read."""
        await self.page.keyboard.press("Escape")
        assert await self._text() == CALL_ENDED, "the line fell"

    async def drops_after(self, text: str) -> None:
        """The line falls when the gateway has heard what was sent: what is answered to it is never read."""
        await self.page.keyboard.type(text)
        async with self.page.expect_response(lambda one: one.request.method == "POST"):
            await self.page.keyboard.press("Enter")
        await self.page.keyboard.press("Escape")

    async def texts(self, words: str) -> None:
        """Write an SMS to the service, and go back to the keys."""
        await self.page.keyboard.press("F6")
        await self.page.keyboard.type(words)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_function("() => document.querySelector('.compose textarea').value === ''")
        await self.page.keyboard.press("Escape")

    async def texts_twice(self, words: str) -> None:
        """The SMS, and then the same once more under the same id, as an aggregator sends what it believes was lost."""
        async with self.page.expect_request(lambda one: one.method == "POST" and one.url.endswith("/sms")) as sent:
            await self.texts(words)
        request = await sent.value
        headers = {"content-type": request.headers["content-type"]}
        again = await self.page.request.post(request.url, data=request.post_data or "", headers=headers)
        assert again.ok, f"the copy of {words!r} was answered with {again.status}"

    async def inbox(self) -> Sequence[str]:
        """What came by SMS, the oldest first."""
        return list(reversed(await self.page.locator(".sms-list li.theirs p").all_inner_texts()))

    async def receives(self, pattern: str, seconds: float = SMS_SECONDS, count: int = 1) -> str:
        """The newest SMS of this pattern, once there are so many of them."""

        async def look() -> str:
            found = [text for text in await self.inbox() if re.search(pattern, text)]
            return found[-1] if len(found) >= count else ""

        try:
            return await until(f"an SMS with {pattern!r}", look, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {await self.inbox()}") from None

    async def picture(self, path: Path) -> None:
        """Of its screen; without the grain of its glass, which would make the file ten times as large."""
        await self.page.locator(".lcd").evaluate(
            "glass => { glass.style.background = '#bccb8f'; glass.style.boxShadow = 'none' }"
        )
        await self.page.locator(".lcd").screenshot(path=str(path))

    async def _entered(self, text: str) -> Shown:
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_function(SPEAKING)
        shown = Shown(await self._text(), await self._view() == "told")
        await self._check(shown)
        self.shown.append(shown)
        return shown

    async def _check(self, shown: Shown) -> None:
        assert shown.text != NO_ANSWER, await self.page.locator(".reason").inner_text()
        gauge = _GAUGE.fullmatch(await self.page.locator(".gauge-words").inner_text())
        assert gauge, f"no page of GSM letters that fits: {shown.text!r}"
        assert int(gauge[1]) <= reply_septets_max, f"{gauge[1]} septets: {shown.text!r}"
        self.longest = max(self.longest, int(gauge[1]))
        self.tongue.check(shown.text)

    async def _text(self) -> str:
        return await self.page.locator(".lcd-page").evaluate("page => page.textContent")

    async def _view(self) -> str:
        return await self.page.locator("main .station").evaluate("station => station.dataset.view")
