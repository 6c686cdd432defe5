"""A handset on the wire to a running gateway and the sandbox's SMS centre."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.terminal.handset import Handset
from app.terminal.phones import Phones
from app.terminal.wire import Wire
from tests.story.country import SERVICE_CODE, Country, free_port, wait_for
from tests.terminal.parts import languages, new_id, new_number


def endings(country: Country, ending: str) -> float:
    lines = country.client.get(f"{country.gateway}/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("mohala_dialogues_ended") and f'ending="{ending}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


def apply_for_birth_certificate(mother: Handset) -> None:
    """Up to and without the last answer, which asks the registry."""
    mother.dial()
    for typed in ("1", "2", "5/3/2026", "6", "5"):
        mother.type(typed)


def test_a_dial_shows_the_first_page_and_the_line_is_up(phones: Phones) -> None:
    page = phones.citizen.dial()
    assert page and page.text.startswith("Rea u amohela!") and not page.final
    assert phones.citizen.is_up


def test_a_longer_code_walks_in_and_is_dialled_again_by_redial(phones: Phones) -> None:
    first = phones.citizen.dial("*384*26600*2#")
    assert first and first.text.startswith("Kenya nomoro ea kopo")
    assert phones.citizen.dial() == first


def test_the_last_page_takes_the_line_down_and_tells_the_gateway(phones: Phones, country: Country) -> None:
    before = endings(country, "completed")
    phones.citizen.dial("*384*26600*3*01234567897*50#")
    page = phones.citizen.type("2")
    assert page and page.final and not phones.citizen.is_up
    assert endings(country, "completed") == before + 1
    with pytest.raises(ServiceFailed, match=r"^The line is down: dial a code such as \*384\*26600#\.$"):
        phones.citizen.type("1")


def test_a_line_that_falls_is_told_to_the_gateway_once(phones: Phones, country: Country) -> None:
    before = endings(country, "dropped")
    phones.citizen.dial()
    phones.citizen.drop()
    assert not phones.citizen.is_up
    with pytest.raises(ServiceFailed, match="The line is down already"):
        phones.citizen.drop()
    assert endings(country, "dropped") == before + 1


def test_a_phone_that_is_put_away_hangs_up(phones: Phones, country: Country) -> None:
    before = endings(country, "dropped")
    phones.citizen.dial()
    phones.agent().dial()
    phones.put_away()
    assert endings(country, "dropped") == before + 2


def test_a_line_may_fall_while_the_gateway_waits_for_an_office(phones: Phones, country: Country) -> None:
    mother = phones.citizen
    apply_for_birth_certificate(mother)
    country.knob("civil-registry", silent=True)
    with ThreadPoolExecutor() as pool:
        page = pool.submit(mother.type, "012345678901")
        wait_for("the question to be out", lambda: mother.is_waiting)
        mother.drop()
        assert not mother.is_up and not page.done()
        assert page.result(10) is None
    assert mother.page is None


def test_a_text_is_answered_in_the_inbox_and_given_once(phones: Phones) -> None:
    phones.citizen.text("STATUS 7K4M-2PXQ9")
    [answer] = wait_for("an answer", phones.citizen.look)
    assert "STATUS 7K4M-2PXQ9" in answer.text
    assert phones.citizen.look() == ()
    assert phones.citizen.inbox == (answer,)


def test_what_stood_in_the_inbox_before_is_shown_but_is_not_new(phones: Phones, country: Country) -> None:
    phones.citizen.text("STATUS 7K4M-2PXQ9")
    [old] = wait_for("an answer", phones.citizen.look)
    wire = Wire(country.gateway, "dev", country.sandbox)
    later = Phones(wire, SERVICE_CODE, phones.citizen.number, new_number(), new_id, languages)
    with wire:
        assert later.citizen.look() == ()
        assert later.citizen.inbox == (old,)


def test_two_phones_have_lines_and_inboxes_of_their_own(phones: Phones) -> None:
    citizen, agent = phones.citizen, phones.agent()
    citizen.dial()
    agent.dial("*384*26600*2#")
    agent.drop()
    page = citizen.type("3")
    assert page and page.text.startswith("Reka motlakase.")
    agent.text("STATUS 7K4M-2PXQ9")
    assert len(wait_for("an answer", agent.look)) == 1
    assert citizen.look() == ()


def test_another_agent_is_another_phone(phones: Phones) -> None:
    first = phones.agent()
    first.dial()
    second = phones.agent(new_number())
    assert second is not first and phones.agent() is second and not second.is_up


def test_the_language_is_switched_through_the_menu_and_stays(phones: Phones) -> None:
    page = phones.switch_language(phones.citizen)
    assert page and page.text.startswith("Welcome to Mohala.")
    again = phones.citizen.dial()
    assert again and again.text == page.text
    back = phones.switch_language(phones.citizen)
    assert back and back.text.startswith("Rea u amohela!")
    with pytest.raises(ServiceFailed, match="There is no zu; there are st, en"):
        phones.switch_language(phones.citizen, "zu")


def test_a_wrong_secret_is_told(country: Country) -> None:
    with Wire(country.gateway, "guessed", country.sandbox) as wire:
        phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
        with pytest.raises(ServiceFailed, match=r"^Connection problem or invalid MMI code\. .*MOHALA_CALLBACK_SECRET"):
            phones.citizen.dial()
        assert not phones.citizen.is_up
        with pytest.raises(ServiceFailed, match=r"^The gateway did not take the SMS\. .*MOHALA_CALLBACK_SECRET"):
            phones.citizen.text("STATUS")


def test_a_gateway_and_an_sms_centre_that_are_not_there_are_told() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Wire(nowhere, "dev", nowhere) as wire:
        phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
        with pytest.raises(ServiceFailed, match=f"^No gateway answers at {nowhere} "):
            phones.citizen.dial()
        with pytest.raises(ServiceFailed, match=f"^No SMS centre answers at {nowhere}; "):
            phones.citizen.look()


def drip(listener: socket.socket) -> None:
    """Answer one request with a page that never ends, a letter at a time."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\nCON ")
        while not threading.Event().wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return


def test_a_gateway_that_drips_is_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Wire(address, "dev", address, answer_seconds=0.5) as wire:
            phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
            listener.settimeout(5)
            with pytest.raises(ServiceFailed, match=r"gave no answer within 0\.5 s\.$"):
                phones.citizen.dial()


@pytest.mark.parametrize("number", ["50123456", "+266", "+26650123456x"])
def test_a_number_without_its_country_code_is_told(phones: Phones, number: str) -> None:
    with pytest.raises(SettingsWrong, match="is no number with its country code"):
        phones.agent(number)
