"""The page around the phones: adding, removing, the address, the policy, small screens, the pictures."""

from __future__ import annotations

import re

import httpx
import pytest
import smsutil
from playwright.async_api import expect

from app.web.phone import inbox_seconds_max, septet_costs
from tests.browser.handset import MPHO, THABO, phone

pytestmark = pytest.mark.anyio


async def test_a_phone_is_added_and_kept_in_the_address(open_page):
    page = await open_page()
    await page.get_by_role("button", name="Add a phone").click()  # the next suggestion stands there already
    await expect(phone(page, THABO).locator(".typed")).to_be_focused()
    assert page.url.endswith("#26650123456,26662123456")
    await page.reload()
    await expect(phone(page, MPHO)).to_be_visible()
    await expect(phone(page, THABO)).to_be_visible()


async def test_a_phone_is_removed_from_the_table_and_the_address(open_page):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}")
    await phone(page, MPHO).get_by_role("button", name="Remove").click()
    await expect(phone(page, MPHO)).to_have_count(0)
    assert page.url.endswith("#26662123456")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("50123456", "A number needs its country code, such as +12025550123."),
        ("+266 nine", "A number needs its country code, such as +12025550123."),
        ("+266 5012 3456", "This phone is on the table already."),
    ],
)
async def test_a_number_that_cannot_be_a_phone_is_refused(open_page, typed, reason):
    page = await open_page()
    await page.get_by_label("Number of another phone").fill(typed)
    await page.get_by_role("button", name="Add a phone").click()
    await expect(page.locator("#add-trouble")).to_have_text(reason)
    await expect(page.locator(".station")).to_have_count(1)


async def test_an_address_of_nonsense_still_gives_a_phone(open_page):
    page = await open_page("#%zz,<b>,12")
    await expect(phone(page, MPHO)).to_be_visible()


async def test_nothing_is_kept_in_the_browser(open_page):
    page = await open_page()
    await phone(page).locator(".typed").fill("*384*26600#")
    await phone(page).locator(".typed").press("Enter")
    await expect(phone(page).locator(".lcd-page")).to_contain_text("Rea u amohela!")
    assert await page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


async def test_no_request_leaves_the_gateways_own_host(open_page, site):
    page = await open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await expect(phone(page)).to_be_visible()
    origin = site.removesuffix("/phone")
    assert asked and [url for url in asked if not url.startswith(origin)] == []


async def test_the_policy_stops_a_script_that_was_smuggled_in(open_page, faults):
    page = await open_page()
    ran = await page.evaluate(
        """async () => {
          const blocked = new Promise((done) => document.addEventListener("securitypolicyviolation", done));
          const script = document.createElement("script");
          script.textContent = "window.smuggled = true";
          document.body.append(script);
          await blocked;
          return window.smuggled === true;
        }"""
    )
    assert ran is False
    assert "Content Security Policy" in faults.pop()


@pytest.mark.parametrize(
    "path", ["", "/config.json", "/static/phone.js", "/static/phone.css", "/inbox?to=%2B26650123456"]
)
async def test_every_part_of_the_page_is_sent_with_its_guards(site, path):
    async with httpx.AsyncClient() as client:
        answer = await client.get(site + path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] in ("no-cache", "no-store")


@pytest.mark.parametrize(
    "path", ["/static/..%2Fphone.py", "/static/phone.py", "/static/%2e%2e/phone.py", "/static/none.js"]
)
async def test_only_the_pages_own_files_are_served(site, path):
    async with httpx.AsyncClient() as client:
        answer = await client.get(site + path)
    assert answer.status_code == 404


@pytest.mark.parametrize("to", ["", "GOVLS", "%2B266", "50123456"])
async def test_the_inbox_of_no_number_is_refused_without_asking_the_sms_centre(site, gateway, to):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{site}/inbox?to={to}")
    assert answer.status_code == 400
    assert answer.json() == {"reason": "That is not a phone number with its country code."}
    assert gateway.asked == []


async def test_a_silent_sms_centre_is_given_up_at_the_deadline(site, gateway):
    gateway.centre_silent = True
    async with httpx.AsyncClient(timeout=inbox_seconds_max + 3) as client:
        answer = await client.get(f"{site}/inbox?to=%2B26650123456")
    assert answer.status_code == 503
    assert answer.json() == {"reason": "The SMS centre does not answer."}


def test_the_table_of_septet_costs_agrees_with_another_counter_on_every_letter():
    costs = septet_costs()
    assert "\x1b" not in costs  # the escape is half of a letter, the other counter takes it for one
    assert "\x0c" not in costs  # nor is a page break a letter of any page of ours
    for letter in map(chr, [*range(0x0C), *range(0x0D, 0x1B), *range(0x1C, 0x3000)]):
        counted = len(smsutil.encode(letter)) if smsutil.is_valid_gsm(letter) else None
        assert costs.get(letter) == counted, f"U+{ord(letter):04X}"


async def test_the_page_fits_a_screen_360_pixels_wide(open_page):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}", viewport={"width": 360, "height": 740}, has_touch=True)
    await page.locator(".log summary").first.click()
    wide = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1] == 360
    sizes = (
        await page.locator(".phone")
        .first.locator(".key")
        .evaluate_all("keys => keys.map((key) => [key.offsetWidth, key.offsetHeight])")
    )
    assert len(sizes) == 19
    assert min(height for _, height in sizes) >= 44
    assert min(width for width, _ in sizes) >= 32


async def test_the_focus_can_be_seen_on_every_key(open_page):
    page = await open_page()
    await phone(page).locator(".typed").focus()
    for _ in range(17):  # five control keys that can be pressed and the twelve of the pad
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        await expect(focused).to_have_class(re.compile(r"\bkey\b"))
        await expect(focused).to_have_css("outline-style", "solid")


async def test_two_phones_stand_side_by_side(open_page, gateway):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}", viewport={"width": 1400, "height": 900})
    mpho, thabo = phone(page, MPHO), phone(page, THABO)
    await thabo.get_by_label("Text message").fill("BOEMO 7K4M-2PXQ9")
    await thabo.get_by_role("button", name="Send SMS").click()
    await expect(thabo.locator(".sms-list li")).to_have_count(2)
    for on, code in ((mpho, "*384*26600#"), (thabo, "*384*26600*2#")):
        await on.locator(".typed").fill(code)
        await on.locator(".typed").press("Enter")
        await expect(on.locator(".typed")).to_have_accessible_name("Answer")
    await mpho.get_by_role("button", name="Send the last hop again").click()
    await expect(mpho.locator(".again-result")).to_contain_text("Identical")
    await thabo.locator(".typed").fill("Palesa")
    left, right = await mpho.bounding_box(), await thabo.bounding_box()
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
