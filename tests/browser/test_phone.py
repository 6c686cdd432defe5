"""Dialogues of the phone over the aggregator's own wire: what goes out, what comes back, what it costs."""

from __future__ import annotations

import re

import pytest
import smsutil
from playwright.async_api import expect

from tests.browser.handset import (
    MPHO,
    NO_ANSWER,
    THABO,
    WELCOME,
    answer,
    dial,
    line,
    phone,
    press,
    screen,
    shows,
    until,
)

pytestmark = pytest.mark.anyio


async def test_what_is_dialled_behind_the_code_is_the_first_hops_text(open_page, gateway):
    page = await open_page()
    await dial(phone(page), "*384*26600*1*7K4M2PXQ9#")
    await shows(phone(page), "Kopo 7K4M-2PXQ9\nBoemo: e ntse e sebetsoa.\nKea leboha.")
    assert [hop["text"] for hop in gateway.hops] == ["1*7K4M2PXQ9"]
    assert gateway.hops[0]["serviceCode"] == "*384*26600#"


async def test_an_agents_code_is_dialled_as_another_service(open_page, gateway):
    page = await open_page()
    await dial(phone(page), "*384*26601*1*7K4M2PXQ9#")
    await shows(phone(page), "Kopo 7K4M-2PXQ9\nBoemo: e ntse e sebetsoa.\nKea leboha.")
    assert [(hop["serviceCode"], hop["text"]) for hop in gateway.hops] == [("*384*26601#", "1*7K4M2PXQ9")]


async def test_the_wire_carries_number_network_and_one_session_id_a_dial(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await answer(on, "1")
    await expect(screen(on)).to_contain_text("Kenya nomoro")
    await press(on, "Cancel")
    await dial(on)
    await shows(on, WELCOME)
    first, second, third = (hop["sessionId"] for hop in gateway.hops)
    assert first == second != third
    assert {(hop["phoneNumber"], hop["networkCode"]) for hop in gateway.hops} == {(MPHO, "65101")}


async def test_an_asterisk_and_an_empty_answer_go_out_as_they_are(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await answer(on, "*")
    await until(lambda: len(gateway.hops) == 2)
    await answer(on, "")
    await until(lambda: len(gateway.hops) == 3)
    assert [hop["text"] for hop in gateway.hops] == ["", "*", "**"]


async def test_an_end_is_followed_by_the_end_of_session_event(open_page, gateway):
    page = await open_page()
    await dial(phone(page))
    await answer(phone(page), "1")
    await answer(phone(page), "7K4M2PXQ9")
    await until(lambda: gateway.ends)
    (event,) = gateway.ends
    assert (event["status"], event["hopsCount"], event["input"]) == ("Success", "3", "1*7K4M2PXQ9")
    assert event["lastAppResponse"].startswith("END Kopo 7K4M-2PXQ9")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", event["date"])
    assert 0 <= int(event["durationInMillis"]) < 60_000


async def test_hanging_up_while_the_gateway_thinks_tells_it_so(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await answer(on, "slow")
    await shows(on, "USSD code running …")
    await page.keyboard.press("Escape")
    await shows(on, "Call ended.")
    gateway.go_on.set()
    await until(lambda: gateway.ends)
    (event,) = gateway.ends
    assert (event["status"], event["hopsCount"]) == ("Incomplete", "2")
    assert event["lastAppResponse"].startswith("CON Rea u amohela!")
    await shows(on, "Call ended.")


async def test_sending_the_last_hop_again_says_that_the_bytes_are_the_same(open_page, gateway):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await shows(on, WELCOME)
    await press(on, "Send the last hop again")
    await expect(on.locator(".again-result")).to_have_text(f"Identical: the same {len(WELCOME) + 4} bytes.")
    assert gateway.hops[0] == gateway.hops[1]
    await shows(on, WELCOME)


async def test_sending_again_says_when_the_bytes_differ(open_page):
    page = await open_page()
    on = phone(page)
    await dial(on, "*384*26600*3#")
    await shows(on, "Letšoao 1")
    await press(on, "Send the last hop again")
    await expect(on.locator(".again-result")).to_have_text("Different from the first answer.")
    await shows(on, "Letšoao 1")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("7", "The gateway answered with HTTP 500; only 200 is an answer."),
        ("8", 'The answer begins neither with “CON ” nor with “END ”: “"CON quoted"”.'),
        ("9", "The answer begins neither with “CON ” nor with “END ”: “\ufeffCON marked”."),
    ],
)
async def test_a_broken_answer_is_shown_as_a_handset_does_with_its_reason_beside(open_page, gateway, typed, reason):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await answer(on, typed)
    await shows(on, NO_ANSWER)
    await expect(on.locator(".reason")).to_have_js_property("textContent", reason)
    await until(lambda: gateway.ends)
    assert (gateway.ends[0]["status"], gateway.ends[0]["errorMessage"]) == ("Failed", reason)


async def test_a_gateway_that_cannot_be_reached_is_a_connection_problem(open_page):
    page = await open_page()
    await page.route("**/ussd", lambda route: route.abort())
    await dial(phone(page))
    await shows(phone(page), NO_ANSWER)
    await expect(phone(page).locator(".reason")).to_have_text("The gateway could not be reached.")


async def test_a_number_of_somebody_else_is_not_dialled(open_page, gateway):
    page = await open_page()
    await dial(phone(page), "*111#")
    await shows(phone(page), NO_ANSWER)
    await expect(phone(page).locator(".reason")).to_contain_text("This gateway answers *384*26600#")
    assert gateway.hops == []


@pytest.mark.parametrize("typed", ["", "1", "5", "6"])
async def test_the_gauge_counts_septets_as_the_handset_does(open_page, typed):
    page = await open_page()
    on = phone(page)
    await dial(on, f"*384*26600{'*' if typed else ''}{typed}#")
    await expect(line(on)).to_have_accessible_name("Answer")
    whole = "CON " + await screen(on).evaluate("element => element.textContent")
    septets = len(smsutil.encode(whole))
    over = ": some networks cut this" if septets > 160 else ""
    await expect(on.locator(".gauge-words")).to_have_text(f"{septets} of 160 septets{over}")


async def test_a_letter_outside_gsm_turns_the_gauge_to_ucs2(open_page):
    page = await open_page()
    await dial(phone(page), "*384*26600*4#")
    await shows(phone(page), "Ts'ebeletso: Tšitoe")
    expected = f"{len('CON ') + len('Ts`ebeletso: Tšitoe')} of 70 UCS-2 characters (š is no GSM letter)"
    await expect(phone(page).locator(".gauge-words")).to_have_text(expected)


async def test_two_phones_hold_two_dialogues_at_once(open_page, gateway):
    page = await open_page(f"#{MPHO[1:]},{THABO[1:]}")
    await dial(phone(page, MPHO))
    await dial(phone(page, THABO), "*384*26600*2#")
    await answer(phone(page, MPHO), "1")
    await answer(phone(page, THABO), "Thabo")
    await expect(screen(phone(page, MPHO))).to_contain_text("Kenya nomoro")
    await shows(phone(page, THABO), "Rea leboha, Thabo.")
    by_number = {
        number: [hop["text"] for hop in gateway.hops if hop["phoneNumber"] == number] for number in (MPHO, THABO)
    }
    assert by_number == {MPHO: ["", "1"], THABO: ["2", "2*Thabo"]}
    assert {hop["networkCode"] for hop in gateway.hops if hop["phoneNumber"] == THABO} == {"65102"}


async def test_every_hop_stands_in_the_log_with_what_was_sent_and_what_came(open_page):
    page = await open_page()
    on = phone(page)
    await dial(on)
    await answer(on, "1")
    await expect(screen(on)).to_contain_text("Kenya nomoro")
    await on.get_by_text("Hops").click()
    newest = on.locator(".log li").first
    await expect(newest.locator(".log-head")).to_have_text(re.compile(r"^hop 2 · HTTP 200 · [0-9]+ ms$"))
    await expect(newest.locator(".log-sent")).to_have_text("text=1")
    await expect(newest.locator(".log-came")).to_contain_text("CON Kenya nomoro ea kopo:")
