"""SMS on the phone in the browser: coming in, being read, being sent."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.handset import MPHO, THABO, phone, until

pytestmark = pytest.mark.anyio


def cards(on: Locator) -> Locator:
    return on.locator(".sms-list li")


async def switched_on(gateway, *numbers: str) -> None:
    """Each phone has looked into its inbox twice, so that the first look is behind it."""
    for number in numbers:
        await until(lambda number=number: gateway.asked.count(number) >= 2)


async def test_a_new_sms_buzzes_and_is_marked_as_new_on_its_phone_only(open_page, gateway):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}")
    await switched_on(gateway, MPHO, THABO)
    await page.evaluate(
        """() => document.addEventListener("animationstart", (event) => {
          document.body.title = event.animationName + " " + event.target.closest("section").ariaLabel;
        })"""
    )
    gateway.send(THABO, "Kopo 7K4M-2PXQ9 e amohetsoe.")
    await expect(page.locator("body")).to_have_attribute("title", f"buzz Phone {THABO}")
    await expect(phone(page, THABO).locator(".phone")).not_to_have_class(re.compile("buzzing"))
    await expect(phone(page, THABO).locator(".envelope")).to_have_text("✉ 1")
    await expect(phone(page, THABO).locator(".unread")).to_have_text("1 new")
    await expect(cards(phone(page, THABO))).to_have_count(1)
    await expect(cards(phone(page, MPHO))).to_have_count(0)


async def test_the_newest_sms_stands_on_top(open_page, gateway):
    gateway.send(MPHO, "Ea pele")
    gateway.send(MPHO, "Ea bobeli")
    page = await open_page()
    await expect(cards(phone(page)).locator("p")).to_have_text(["Ea bobeli", "Ea pele"])
    await switched_on(gateway, MPHO)
    gateway.send(MPHO, "Ea boraro")
    await expect(cards(phone(page)).locator("p")).to_have_text(["Ea boraro", "Ea bobeli", "Ea pele"])


async def test_what_lay_in_the_inbox_before_is_not_new(open_page, gateway):
    gateway.send(MPHO, "Ea khale")
    page = await open_page()
    await expect(cards(phone(page))).to_have_count(1)
    await expect(phone(page).locator(".envelope")).to_have_text("")


async def test_reading_an_sms_on_the_screen_takes_its_mark_away(open_page, gateway):
    page = await open_page()
    await switched_on(gateway, MPHO)
    gateway.send(MPHO, "Token 1234 5678")
    await expect(phone(page).locator(".envelope")).to_have_text("✉ 1")
    await phone(page).get_by_role("button", name="Messages", exact=True).click()
    await expect(phone(page).locator(".lcd-page")).to_contain_text("Token 1234 5678")
    await expect(phone(page).locator(".envelope")).to_have_text("")
    await expect(phone(page).locator(".unread")).to_have_text("")


async def test_the_arrow_keys_walk_through_the_messages(open_page, gateway):
    gateway.send(MPHO, "Ea pele")
    gateway.send(MPHO, "Ea bobeli")
    page = await open_page()
    await expect(cards(phone(page))).to_have_count(2)
    await phone(page).get_by_role("button", name="Messages", exact=True).click()
    await expect(phone(page).locator(".lcd-page")).to_contain_text("1/2 GOVLS")
    await phone(page).locator(".typed").press("ArrowDown")
    await expect(phone(page).locator(".lcd-page")).to_contain_text("Ea pele")
    await phone(page).get_by_role("button", name="Up", exact=True).click()
    await expect(phone(page).locator(".lcd-page")).to_contain_text("Ea bobeli")


async def test_a_text_goes_to_the_service_and_its_answer_comes_back(open_page, gateway):
    page = await open_page()
    await switched_on(gateway, MPHO)
    await phone(page).get_by_label("Text message").fill("STATUS 7K4M-2PXQ9 & + š")
    await expect(phone(page).locator(".parts")).to_have_text("23 UCS-2 characters, 1 SMS")
    await phone(page).get_by_role("button", name="Send SMS").click()
    await expect(cards(phone(page)).first).to_contain_text("Re amohetse: STATUS 7K4M-2PXQ9 & + š")
    (sent,) = gateway.texts
    assert (sent["from"], sent["to"], sent["text"]) == (MPHO, "26600", "STATUS 7K4M-2PXQ9 & + š")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", sent["date"])
    assert sent["id"].startswith("ATXid_")


async def test_a_text_can_be_written_on_the_phone_itself(open_page, gateway):
    page = await open_page()
    on = phone(page)
    for name in ("Messages", "Write", "2 abc", "6 mno", "Send"):
        await on.get_by_role("button", name=name, exact=True).click()
    await expect(on.locator(".lcd-page")).to_have_text("Message sent.")
    assert [sms["text"] for sms in gateway.texts] == ["am"]


async def test_a_text_that_the_gateway_refuses_stays_written(open_page, gateway):
    gateway.refuses_texts = True
    page = await open_page()
    words = phone(page).get_by_label("Text message")
    await words.fill("BOEMO 7K4M2PXQ9")
    await words.press("Enter")
    await expect(phone(page).locator(".sms-trouble")).to_have_text("Not delivered. The gateway answered with HTTP 500.")
    await expect(words).to_have_value("BOEMO 7K4M2PXQ9")


async def test_a_silent_sms_centre_is_named_and_forgotten_when_it_is_back(open_page, gateway):
    gateway.centre_down = True
    page = await open_page()
    trouble = phone(page).locator(".sms-trouble")
    await expect(trouble).to_have_text("Messages cannot be fetched. The SMS centre does not answer.")
    gateway.centre_down = False
    await expect(trouble).to_have_text("")


async def test_a_removed_phone_looks_no_more(open_page, gateway):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}")
    await switched_on(gateway, MPHO, THABO)
    await phone(page, THABO).get_by_role("button", name="Remove").click()
    await expect(phone(page, THABO)).to_have_count(0)
    looks = gateway.asked.count(THABO)
    seen = gateway.asked.count(MPHO)
    await until(lambda: gateway.asked.count(MPHO) >= seen + 2)
    assert gateway.asked.count(THABO) <= looks + 1  # one may have been on its way
