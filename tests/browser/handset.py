"""What a test does with a phone in the browser: find it, dial, answer, press keys, wait for what it shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from playwright.async_api import Locator, Page, expect

MPHO, THABO = "+26650123456", "+26662123456"
WELCOME = "Rea u amohela! Khetha:\n1. Boemo ba kopo\n2. Lengolo la tsoalo\n3. Motlakase\n0. English"
NO_ANSWER = "Connection problem or invalid MMI code."


def phone(page: Page, msisdn: str = MPHO) -> Locator:
    return page.get_by_role("region", name=f"Phone {msisdn}")


def screen(on: Locator) -> Locator:
    return on.locator(".lcd-page")


def line(on: Locator) -> Locator:
    return on.locator(".typed")


async def shows(on: Locator, text: str) -> None:
    await expect(screen(on)).to_have_js_property("textContent", text)


async def dial(on: Locator, code: str = "*384*26600#") -> None:
    await line(on).fill(code)
    await line(on).press("Enter")


async def answer(on: Locator, typed: str) -> None:
    await expect(line(on)).to_have_accessible_name("Answer")
    await line(on).fill(typed)
    await line(on).press("Enter")


async def press(on: Locator, *names: str) -> None:
    for name in names:
        await on.get_by_role("button", name=name, exact=True).click()


async def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 8
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
