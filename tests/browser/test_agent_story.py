"""The whole story at `/phone` by keyboard only: a citizen dials, an agent confirms by SMS, both are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from tests.browser.handset import MPHO, THABO, line, phone, screen
from tests.story.conftest import new_country  # noqa: F401  # a fixture
from tests.story.country import Country

pytestmark = pytest.mark.anyio
BILL = "[0-9A-Z]{5}-[0-9A-Z]{5}"


@dataclass(frozen=True)
class Tongue:
    """What is typed and read in one language; `choice` is its option on the screen of languages."""

    choice: str
    pages: str
    bill: str
    ask: str
    code: str
    confirm: str
    paid: str
    receipt: str
    end: str
    float: str
    balance: str
    help: str


SESOTHO = Tongue(
    "1", "Tefo ea pasa. Pasa ke ea:", "Lefa M135.00", "LEFA", "Araba E ", "E", "M135.00 e lefiloe", "moemeli DEMO",
    "ofisi ea lipasa e amohetse tefo", "BALANSE", "Mohala: balanse M9,",
    "joale E khoutu kapa CHE",
)  # fmt: skip
ENGLISH = Tongue(
    "2", "Passport fee. The passport has:", "Pay M135.00", "PAY", "Reply YES ", "YES", "M135.00 is paid", "agent DEMO",
    "the passport office has noted the fee", "FLOAT", "Mohala: float M9,", "then YES code or NO",
)  # fmt: skip


@pytest.fixture(scope="module")
def country(new_country: Callable[..., Country]) -> Iterator[Country]:  # noqa: F811
    country = new_country()
    country.start()
    yield country
    country.stop()


@pytest.fixture
def site(country: Country) -> str:
    """In the place of the small gateway: the country as `make run` starts it."""
    return f"{country.gateway}/phone"


async def answer(page: Page, msisdn: str, typed: str, then: str) -> None:
    """Type on the line that has the focus, and see what the phone shows."""
    on = phone(page, msisdn)
    await expect(line(on)).to_be_focused()
    await expect(line(on)).to_have_accessible_name("Answer")
    await page.keyboard.type(typed)
    await page.keyboard.press("Enter")
    await expect(screen(on)).to_contain_text(then)


async def text(page: Page, msisdn: str, words: str) -> None:
    """Write an SMS on the phone in hand, and go back to its keys."""
    await page.keyboard.press("F6")
    await expect(phone(page, msisdn).get_by_label("Text message")).to_be_focused()
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")
    await expect(phone(page, msisdn).get_by_label("Text message")).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(line(phone(page, msisdn))).to_be_focused()


async def comes(page: Page, msisdn: str, words: str) -> str:
    """The newest SMS that a phone got with these words."""
    card = phone(page, msisdn).locator(".sms-list li.theirs p").filter(has_text=words).first
    await expect(card).to_be_visible(timeout=20_000)
    return await card.inner_text()


def found(pattern: str, words: str) -> str:
    match = re.search(pattern, words)
    assert match is not None, words
    return match[match.re.groups]


@pytest.mark.parametrize("tongue", [SESOTHO, ENGLISH], ids=["Sesotho", "English"])
async def test_a_citizen_pays_an_agent_and_both_are_told_by_keyboard_only(open_page, tongue: Tongue) -> None:
    page = await open_page()
    await expect(phone(page, MPHO)).to_be_visible()
    await expect(phone(page, THABO).locator(".owner")).to_have_text("Thabo, agent")
    await page.keyboard.type("*384*26600#")
    await page.keyboard.press("Enter")
    await answer(page, MPHO, "8", "Khetha puo / Choose language:")
    await answer(page, MPHO, tongue.choice, "Lengolo la tsoalo" if tongue is SESOTHO else "Birth certificate")
    await answer(page, MPHO, "8", "Tefo ea pasa / Passport fee")
    await answer(page, MPHO, "4", tongue.pages)
    await answer(page, MPHO, "1", "6-12")
    await answer(page, MPHO, "1234567", "M135")
    await answer(page, MPHO, "1", "Ref: ")
    bill = found(f"{BILL}$", await comes(page, MPHO, tongue.bill))

    await page.keyboard.press("F3")
    await expect(line(phone(page, THABO))).to_be_focused()
    await text(page, THABO, "PUO ST" if tongue is SESOTHO else "LANG EN")
    await comes(page, THABO, tongue.help)
    await text(page, THABO, f"{tongue.ask} {bill} M135")
    code = found(f"{tongue.code}([0-9]{{4}})$", await comes(page, THABO, bill))
    await text(page, THABO, f"{tongue.confirm} {code}")
    assert bill in await comes(page, THABO, f"{bill} {tongue.paid}")
    await text(page, THABO, tongue.float)
    assert found(f"{tongue.balance}([0-9]{{3}})", await comes(page, THABO, tongue.balance))

    receipt = await comes(page, MPHO, tongue.receipt)
    assert "M130.00" in receipt and "M5.00" in receipt and "Naleli Example" in receipt
    assert "PF-" in await comes(page, MPHO, tongue.end)


async def test_f3_goes_round_the_phones_and_escape_leaves_a_message(open_page) -> None:
    page = await open_page()
    for msisdn in (THABO, MPHO):
        await page.keyboard.press("F3")
        await expect(line(phone(page, msisdn))).to_be_focused()
    await page.keyboard.press("F6")
    await page.keyboard.press("F3")
    await expect(line(phone(page, THABO))).to_be_focused()
