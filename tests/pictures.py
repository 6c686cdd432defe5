"""Pictures of the shipped menus as a phone shows them, for the documentation.

Usage: python -m tests.pictures [DIRECTORY]    the ten most used screens, in Sesotho; default: docs/images/lesotho

Starts a country of its own on free ports, dials in the browser's phone (Chromium, by keyboard) and takes its screen.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.lands import ROOT, SHIPPED
from tests.story.country import Country, free_port, wait_for

NUMBER = "+26655678901"
"""The number that the pretend ID office has for 012345678901, so that its code comes to this very phone."""
CODE = "CODE"
"""In the place of an input: the code that was texted."""
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu"]
PATIENCE_MILLISECONDS = 20_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A file's name, what its screen is, and what is typed on the way to it."""

    name: str
    title: str
    typed: tuple[str, ...] = ()


PICTURES = (
    Picture("01-main", "The main page"),
    Picture("02-documents", "Documents", ("1",)),
    Picture("03-pay", "What can be paid", ("2",)),
    Picture("04-electricity", "Electricity, before it is paid", ("2", "1", "04123456784", "50")),
    Picture("05-paid", "Electricity, what happens next", ("2", "1", "04123456784", "50", "1")),
    Picture("06-birth", "A birth, before it is sent", ("1", "1", "1", "1", "2", "5/3/2026", "1", "012345678901", "1")),
    Picture("07-passport", "What an urgent passport costs", ("1", "4", "2", "1", "2")),
    Picture("08-code", "A pension: who is asking", ("4", "1", "012345678901")),
    Picture("09-pension", "A pension: when it was paid, and where", ("4", "1", "012345678901", "1", CODE)),
    Picture("10-mine", "What is the caller's own", ("5", "5")),
)


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "lesotho"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine (Debian: apt install chromium).")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        country = _country(Path(home) / "home")
        country.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                page = browser.new_page(viewport={"width": 1400, "height": 960})
                page.set_default_timeout(PATIENCE_MILLISECONDS)
                for place, picture in enumerate(PICTURES):
                    number = f"+266502000{place:02}" if CODE not in picture.typed else NUMBER
                    _take(page, country, number, picture, directory)
                browser.close()
        finally:
            country.stop()


def _country(home: Path) -> Country:
    port, sandbox_port = free_port(), free_port()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MOHALA_")}
    ours = {"MOHALA_HOME": str(home), "MOHALA_PORT": str(port), "MOHALA_SANDBOX_PORT": str(sandbox_port)}
    ours |= {"PYTHONPATH": str(ROOT), "MOHALA_PACK": str(SHIPPED)}
    return Country(home, port, sandbox_port, kept | ours, home.with_suffix(".log"))


def _take(page: Page, country: Country, number: str, picture: Picture, directory: Path) -> None:
    """On a phone of its own, for one that left something unfinished is asked about that first."""
    page.goto(f"{country.gateway}/phone")
    page.get_by_label("Number of another phone").fill(number)
    page.get_by_role("button", name="Add a phone").click()
    on = page.get_by_role("region", name=f"Phone {number}")
    on.locator(".typed").focus()
    page.keyboard.press("Escape")
    for text in ("*384*26600#", *picture.typed):
        before = on.locator(".log li").count()
        page.keyboard.type(_code(country) if text == CODE else text)
        page.keyboard.press("Enter")
        expect(on.locator(".log li").nth(before)).to_be_attached(timeout=PATIENCE_MILLISECONDS)
    page.wait_for_function("() => !document.querySelector('.lcd-page[aria-busy=true]')")
    # The grain of the glass would make each file ten times as large.
    on.locator(".lcd").evaluate("glass => { glass.style.background = '#bccb8f'; glass.style.boxShadow = 'none' }")
    on.locator(".lcd").screenshot(path=str(directory / f"{picture.name}.png"))
    print(f"{picture.name}: {picture.title}")


def _code(country: Country) -> str:
    def look() -> list[str]:
        return [found[1] for text in country.sms(NUMBER) if (found := re.search(r"\b([0-9]{6})\b", text))]

    return wait_for("the code", look)[-1]


if __name__ == "__main__":
    main()
