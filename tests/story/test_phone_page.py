"""The same journeys through `/phone` in a real browser, on the real gateway."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.story.country import Country, reference_in

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu"]
MPHO, THABO = "+26650123456", "+26662123456"
PATIENCE_MILLISECONDS = 15_000


@pytest.fixture(scope="module")
def page(country: Country) -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        told = "NO CHROMIUM: the phone was not tried in a browser; install Debian's package `chromium`"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 960})
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{country.gateway}/phone")
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        yield page
        browser.close()
    assert faults == []


def phone(page: Page, number: str) -> Locator:
    return page.get_by_role("region", name=f"Phone {number}")


def screen(page: Page, number: str) -> Locator:
    return phone(page, number).locator(".lcd-page")


def dial(page: Page, number: str, *typed: str) -> None:
    """By keyboard only: the code, Enter, and an answer with Enter for each page."""
    on = phone(page, number)
    on.locator(".typed").focus()
    for text in ("*384*26600#", *typed):
        before = on.locator(".log li").count()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(on.locator(".log li").nth(before)).to_be_attached(timeout=PATIENCE_MILLISECONDS)


def test_three_journeys_and_a_status_text_by_keyboard(page: Page, country: Country) -> None:
    dial(page, MPHO, "1", "2", "5/3/2026", "6", "5", "012345678901", "1")
    expect(screen(page, MPHO)).to_contain_text("Ngoanana 05/03/2026")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(screen(page, MPHO)).to_contain_text("Ref: ", timeout=PATIENCE_MILLISECONDS)
    reference = reference_in(screen(page, MPHO).inner_text())
    expect(phone(page, MPHO)).to_contain_text(f"Ref {reference}", timeout=PATIENCE_MILLISECONDS)

    page.keyboard.press("Escape")
    dial(page, MPHO, "3", "01234567897", "50", "1")
    expect(phone(page, MPHO)).to_contain_text(re.compile(r"Token [0-9]{20}"), timeout=PATIENCE_MILLISECONDS)

    page.keyboard.press("Escape")
    dial(page, MPHO, "2", reference)
    expect(screen(page, MPHO)).to_contain_text("Boemo: E ntse e sebetsoa")

    phone(page, MPHO).get_by_placeholder("Text message").fill(f"STATUS {reference}")
    phone(page, MPHO).get_by_role("button", name="Send SMS").click()
    expect(phone(page, MPHO)).to_contain_text(f"Kopo {reference}\nLengolo la tsoalo", timeout=PATIENCE_MILLISECONDS)


def test_two_phones_side_by_side_and_the_septets_of_a_page(page: Page, country: Country) -> None:
    page.get_by_label("Number of another phone").fill(THABO)
    page.get_by_role("button", name="Add a phone").click()
    page.keyboard.press("Escape")
    dial(page, THABO, "8", "2")
    expect(screen(page, THABO)).to_contain_text("Welcome to Mohala. Choose:")
    shown = "CON " + screen(page, THABO).evaluate("page => page.textContent")
    expect(phone(page, THABO).locator(".gauge-words")).to_have_text(f"{len(shown)} of 160 septets")
    phone(page, THABO).get_by_role("button", name="Send the last hop again").click()
    expect(phone(page, THABO)).to_contain_text("Identical")
    if pictures := os.environ.get("MOHALA_PICTURES"):
        page.screenshot(path=f"{pictures}/phones.png")
