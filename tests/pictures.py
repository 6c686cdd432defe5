"""Pictures of the ten most used tasks as a phone shows them, for the documentation.

Usage: python -m tests.pictures [DIRECTORY]    one strip a task, in Sesotho; default: docs/images/lesotho

Starts a country of its own on free ports, does each task in the browser's phone (Chromium, by keyboard), takes its
screen after every input, and its SMS, and lays them out in reading order.
"""

from __future__ import annotations

import base64
import html
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from app.authoring.conversations.files import read_files
from tests.lands import ROOT, SHIPPED
from tests.on_the_phone.walk import CODE, DAY, ID, REFERENCE, Walk
from tests.on_the_phone.walks import CONVERSATIONS, walks
from tests.story.country import Country, free_port, wait_for

NUMBER = "+26655678901"
CITIZEN = "012345678901"
"""The number that the pretend ID office has for this ID number, so that its code comes to this very phone."""
BIRTH = ("*384*26600*1*1*1*1*2*5/3/2026*1*012345678901*1#", "1")
"""An application is filed before somebody asks how it stands."""
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu"]
PATIENCE_MILLISECONDS = 20_000
WIDTH = 1200
"""Of a strip, in pixels: five screens beside one another at their own size."""
STYLE = """
body { margin: 0; padding: 10px; width: 1180px; font: 15px/1.35 "DejaVu Sans Mono", monospace; background: #fff }
h1 { margin: 0 0 8px; font-size: 17px }
ol { display: flex; flex-wrap: wrap; gap: 10px 5px; margin: 0; padding: 0; list-style: none }
li { width: 232px }
p { margin: 0 0 3px; overflow-wrap: anywhere }
img { display: block; width: 232px }
.sms { box-sizing: border-box; padding: 8px; border: 1px solid #555; border-radius: 10px; white-space: pre-wrap }
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture of the screen, as PNG, after something was `typed`; or an SMS, which has no picture."""

    typed: str
    picture: bytes = b""
    sms: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """A task with its rank, and the file that shows it."""

    rank: int
    walk: Walk

    @property
    def name(self) -> str:
        return f"{self.rank:02}-{re.sub('[^a-z]+', '-', self.walk.task.lower())}.png"


def strips() -> Sequence[Strip]:
    """The tasks with a rank in the recorded conversations, first to last."""
    tasks = [one.task for one in read_files(sorted(CONVERSATIONS.glob("tasks*.yaml"))) if one.task is not None]
    walked = {walk.task: walk for walk in walks()}
    ranked = [Strip(task.most_used.rank, walked[task.title]) for task in tasks if task.most_used is not None]
    return sorted(ranked, key=lambda strip: strip.rank)


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
                page = browser.new_page(viewport={"width": 1400, "height": 960}, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE_MILLISECONDS)
                for strip in strips():
                    taken = list(_taken(page, country, strip))
                    (directory / strip.name).write_bytes(_laid_out(browser, strip, taken))
                    print(f"{strip.name}: {len(taken)} pictures")
                browser.close()
        finally:
            country.stop()


def _country(home: Path) -> Country:
    port, sandbox_port = free_port(), free_port()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MOHALA_")}
    ours = {"MOHALA_HOME": str(home), "MOHALA_PORT": str(port), "MOHALA_SANDBOX_PORT": str(sandbox_port)}
    ours |= {"PYTHONPATH": str(ROOT), "MOHALA_PACK": str(SHIPPED)}
    return Country(home, port, sandbox_port, kept | ours, home.with_suffix(".log"))


def _taken(page: Page, country: Country, strip: Strip) -> Iterator[Taken]:
    """On a phone of its own, for one that left something unfinished is asked about that first."""
    walk = strip.walk
    number = NUMBER if CODE in walk.typed else f"+266502000{strip.rank:02}"
    on = _phone(page, country, number)
    reference = ""
    if walk.before:
        for text in BIRTH:
            _type(page, on, text)
        reference = _reference(on.locator(".lcd-page").inner_text())
    before = len(country.sms(number))
    for text in (walk.code, *walk.typed):
        typed = {ID: CITIZEN, REFERENCE: reference, DAY: _coming_day()}.get(text, text)
        if text == CODE:
            sms = _texts(country, number, before, 1)[-1]
            yield Taken("", sms=sms)
            typed = re.findall(r"\b[0-9]{6}\b", sms)[-1]
            before += 1
        _type(page, on, typed)
        yield Taken(typed, on.locator(".lcd").screenshot(animations="disabled"))
    # What comes later, such as the registry's own number, is not waited for.
    if not walk.before and (walk.meanwhile or walk.receives):
        yield Taken("", sms=_texts(country, number, before, 1)[0])


def _phone(page: Page, country: Country, number: str) -> Locator:
    page.goto(f"{country.gateway}/phone")
    page.get_by_label("Number of another phone").fill(number)
    page.get_by_role("button", name="Add a phone").click()
    on = page.get_by_role("region", name=f"Phone {number}")
    on.locator(".typed").focus()
    # The grain of the glass would make each file ten times as large.
    on.locator(".lcd").evaluate("glass => { glass.style.background = '#bccb8f'; glass.style.boxShadow = 'none' }")
    return on


def _type(page: Page, on: Locator, text: str) -> None:
    """An input, or a dial after whatever the last one showed, and wait for the page."""
    if text.startswith("*"):
        page.keyboard.press("Escape")
    before = on.locator(".log li").count()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(on.locator(".log li").nth(before)).to_be_attached(timeout=PATIENCE_MILLISECONDS)
    page.wait_for_function("() => !document.querySelector('.lcd-page[aria-busy=true]')")


def _reference(shown: str) -> str:
    found = re.search(r"Ref:? ?([0-9A-Z-]+)", shown)
    assert found, shown
    return found[1]


def _coming_day() -> str:
    return f"{date.today() + timedelta(days=10):%d/%m/%Y}"  # noqa: DTZ011  # the day of whoever takes the pictures


def _texts(country: Country, number: str, before: int, count: int) -> Sequence[str]:
    """At least `count` SMS after those `before`."""

    def look() -> Sequence[str]:
        texts = country.sms(number)[before:]
        return texts if len(texts) >= count else ()

    return wait_for("the SMS", look)


def _laid_out(browser: Browser, strip: Strip, taken: Sequence[Taken]) -> bytes:
    page = browser.new_page(viewport={"width": WIDTH, "height": 100})
    shown = "".join(_item(one) for one in taken)
    page.set_content(f"<style>{STYLE}</style><h1>{html.escape(strip.walk.task)}</h1><ol>{shown}</ol>")
    try:
        return page.screenshot(full_page=True)
    finally:
        page.close()


def _item(one: Taken) -> str:
    if one.sms:
        return f'<li><p>SMS</p><div class="sms">{html.escape(one.sms)}</div></li>'
    data = base64.b64encode(one.picture).decode()
    return f'<li><p>{html.escape(one.typed)}</p><img src="data:image/png;base64,{data}"></li>'


if __name__ == "__main__":
    main()
