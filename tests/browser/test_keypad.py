"""Using the phone by keyboard, mouse and finger."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.handset import (
    WELCOME,
    dial,
    line,
    phone,
    press,
    screen,
    shows,
)

pytestmark = pytest.mark.anyio


async def stop_clock(page: Page) -> None:
    """From here on the page's time moves only when a test moves it, however slow the machine is."""
    await page.clock.install(time="2026-11-23T10:00:00Z")
    await page.clock.pause_at("2026-11-23T11:00:00Z")


async def test_a_whole_dialogue_by_keyboard_alone(open_page, gateway):
    page = await open_page()
    await page.keyboard.type("*384*26600#")
    await page.keyboard.press("Enter")
    await shows(phone(page), WELCOME)
    await page.keyboard.type("2")
    await page.keyboard.press("Enter")
    await expect(screen(phone(page))).to_contain_text("Lebitso la ngoana:")
    await page.keyboard.type("Lineo Mokoena")
    await page.keyboard.press("Enter")
    await shows(phone(page), "Rea leboha, Lineo Mokoena.")
    await page.keyboard.press("Enter")
    await expect(line(phone(page))).to_have_accessible_name("Number to dial")
    assert [hop["text"] for hop in gateway.hops] == ["", "2", "2*Lineo Mokoena"]


async def test_a_whole_dialogue_by_mouse_alone(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await press(on, "star", "3 def", "8 tuv", "4 ghi", "star", "2 abc", "6 mno", "6 mno", "0 space", "0 space", "hash")
    await press(on, "Call")
    await shows(on, WELCOME)
    await press(on, "1", "Send")
    await expect(screen(on)).to_contain_text("Kenya nomoro")
    await press(on, "End")
    await shows(on, "Call ended.")
    assert [hop["text"] for hop in gateway.hops] == ["", "1"]


async def test_a_finger_on_the_keys_opens_no_keyboard_and_dials(open_page, gateway):
    page = await open_page(has_touch=True, viewport={"width": 390, "height": 844})
    on = phone(page)
    await on.get_by_role("button", name="Call", exact=True).tap()  # puts the code there, as redial does
    await expect(line(on)).to_have_value("*384*26600#")
    await on.get_by_role("button", name="Call", exact=True).tap()
    await shows(on, WELCOME)
    await on.get_by_role("button", name="2 abc", exact=True).tap()
    await on.get_by_role("button", name="Send", exact=True).tap()
    await expect(screen(on)).to_contain_text("Lebitso la ngoana:")
    await expect(line(on)).to_have_attribute("inputmode", "none")
    assert [hop["text"] for hop in gateway.hops] == ["", "2"]


async def test_letters_come_from_the_keypad_by_pressing_again(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await dial(on, "*384*26600*2#")
    await expect(screen(on)).to_contain_text("Lebitso la ngoana:")
    await stop_clock(page)
    await press(on, "hash", "hash", "6 mno")  # 123, abc, ABC
    await press(on, "hash", "hash", "7 pqrs", "4 ghi", "4 ghi", "4 ghi", "6 mno", "6 mno", "6 mno")
    await expect(line(on)).to_have_value("Mpio")
    await press(on, "Clear", "Clear", "4 ghi", "4 ghi", "Down", "6 mno", "6 mno", "6 mno", "Send")
    await shows(on, "Rea leboha, Mpho.")


async def test_after_a_pause_the_same_key_begins_a_new_letter(open_page):
    page = await open_page()
    on = phone(page)
    await dial(on, "*384*26600*2#")
    await expect(line(on)).to_have_accessible_name("Answer")
    await stop_clock(page)
    await press(on, "hash", "2 abc")
    await page.clock.run_for(1_001)
    await press(on, "2 abc")
    await page.clock.run_for(999)
    await press(on, "2 abc")
    await expect(line(on)).to_have_value("ab")


async def test_a_key_held_down_types_its_own_sign(open_page):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await expect(line(on)).to_have_accessible_name("Answer")
    await stop_clock(page)
    await on.get_by_role("button", name="hash", exact=True).hover()
    await page.mouse.down()
    await page.clock.run_for(600)
    await page.mouse.up()
    await expect(line(on)).to_have_value("#")
    await expect(on.locator(".mode")).to_have_text("123")
