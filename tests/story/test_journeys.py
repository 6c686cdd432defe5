"""The four journeys and the status text, on real parts from dial to SMS."""

from __future__ import annotations

import time

from tests.story.country import Country, Phone, reference_in, wait_for


def test_a_birth_certificate_is_applied_for_and_its_status_asked_by_text(country: Country, citizen: Phone) -> None:
    summary = citizen.apply_for_birth_certificate()
    assert "Ngoanana 05/03/2026" in summary and "Thaba-Tseka" in summary and "012345678901" in summary
    answer = citizen.type("1")
    assert answer.startswith("END ")
    reference = reference_in(answer)
    (receipt,) = wait_for("the receipt", lambda: country.sms(citizen.number))
    assert reference in receipt
    filed = wait_for(
        "the registry",
        lambda: country.births_of(reference),
    )
    assert len(filed) == 1

    for text in (f"STATUS {reference}", f"boemo {reference.replace('-', '').lower()}", reference):
        before = len(country.sms(citizen.number))
        country.text(citizen.number, text)
        reply = wait_for("the status", lambda before=before: country.sms(citizen.number)[before:])[0]
        assert reference in reply and "E ntse e sebetsoa" in reply


def test_the_office_moves_the_request_and_the_citizen_sees_it(country: Country, citizen: Phone) -> None:
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    row = wait_for(
        "the registry",
        lambda: country.births_of(reference),
    )[0]
    path = f"{country.sandbox}/civil-registry/applications/{row['application']}"
    country.client.post(path, json={"status": "ready", "where": "Leribe"}).raise_for_status()
    citizen.dial()
    page = citizen.type("2", reference)
    assert page == f"END Kopo {reference}\nLengolo la tsoalo\nBoemo: E se e loketse ho nkuoa\nLeribe"


def test_a_stranger_learns_nothing_about_a_reference(country: Country, citizen: Phone) -> None:
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    stranger = Phone(country, citizen.number.replace("+2665", "+2666"))
    for phone, asked in ((stranger, reference), (stranger, "7K4M-2PXQ8")):
        country.text(phone.number, f"STATUS {asked}")
    replies = wait_for("both replies", lambda: sms if len(sms := country.sms(stranger.number)) == 2 else None)
    assert sorted(replies) == sorted(
        f"Nomoro ena ea kopo ha e fumanehe: {asked}" for asked in (reference, "7K4M-2PXQ8")
    )
    stranger.dial()
    assert stranger.type("2", reference) == f"END Nomoro ena ea kopo ha e fumanehe: {reference}"


def test_electricity_is_bought_and_the_token_comes_by_sms(country: Country, citizen: Phone) -> None:
    citizen.dial()
    summary = citizen.type("3", "01234567897", "M50")
    assert "Motlakase M50.00" in summary and "Mong'a: " in summary
    reference = reference_in(citizen.type("1"))
    (receipt,) = wait_for("the token", lambda: country.sms(citizen.number))
    assert reference in receipt and "M50.00" in receipt and "Token " in receipt


def test_a_payment_that_is_refused_is_told_with_its_reason(country: Country, citizen: Phone) -> None:
    citizen.dial()
    citizen.type("3", "01234567897", "900", "1")
    (told,) = wait_for("the refusal", lambda: country.sms(citizen.number))
    assert "chelete ha e lekane" in told and "Ha ho chelete e nkiloeng" in told


def test_english_is_remembered_at_the_next_dial_and_in_texts(country: Country, citizen: Phone) -> None:
    citizen.dial()
    citizen.type("8", "2")
    assert citizen.dial().startswith("CON Welcome to Mohala.")
    country.text(citizen.number, "what is this?")
    assert wait_for("help", lambda: country.sms(citizen.number))[0].startswith("Mohala: text STATUS")


def test_a_text_that_is_not_understood_gets_help_once(country: Country, citizen: Phone) -> None:
    for text in ("hello?", "HELLO AGAIN", ""):
        country.text(citizen.number, text)
    country.text(citizen.number, "STATUS 7K4M-2PXQ8")
    wait_for("the last reply", lambda: [sms for sms in country.sms(citizen.number) if "7K4M-2PXQ8" in sms])
    assert len([sms for sms in country.sms(citizen.number) if sms.startswith("Mohala: romela STATUS")]) == 1


def test_a_text_delivered_many_times_is_answered_once(country: Country, citizen: Phone) -> None:
    for _ in range(10):
        country.text(citizen.number, "STATUS 7K4M-2PXQ8", id="one-and-the-same")
    country.text(citizen.number, "STATUS 7K4M-2PXR6")
    wait_for("the later reply", lambda: [sms for sms in country.sms(citizen.number) if "7K4M-2PXR6" in sms])
    assert len(country.sms(citizen.number)) == 2


def test_digits_dialled_behind_the_code_walk_in_but_never_past_a_confirmation(country: Country, citizen: Phone) -> None:
    page = citizen.dial("3*01234567897*50*1")
    assert page.startswith("CON Netefatsa:\nMotlakase M50.00")
    assert citizen.type("2") == "END Ha ho chelete e nkiloeng."


def test_a_service_point_is_found_with_hours_telephone_and_prices(country: Country, citizen: Phone) -> None:
    citizen.dial()
    councils = citizen.type("5", "2")
    assert councils.startswith("CON Leribe. Khetha k'hansele:\n1. Ka ts'ebeletso\n2. Hleoheng (3)")
    assert citizen.type("2").startswith("CON Litsi: 3. Khetha:\n1. Molapo Example Shop, lebenkele")
    page = citizen.type("1")
    assert page.startswith("CON 020 Molapo Example Shop, lebenkele\nHa Mohlala 20\nHo bu")
    assert "Mohala: 0000 0020" in page
    assert "ntle ho tefo" in citizen.type("99", "1")


def test_service_points_are_found_in_english_while_every_office_is_silent(country: Country, citizen: Phone) -> None:
    citizen.dial()
    citizen.type("8", "2")
    for office in ("civil-registry", "electricity", "wallet", "directory"):
        country.knob(office, silent=True)
    began = time.monotonic()
    page = citizen.dial("5*6*4*3")
    assert page.startswith("CON 079 Mahe Example Shop, shop\nHa Mohlala 79\n"), "the council's only point"
    assert time.monotonic() - began < 1.0


def test_a_text_for_the_points_of_a_district_is_answered_in_one_part(country: Country, citizen: Phone) -> None:
    country.text(citizen.number, "sebaka leribe")
    (told,) = wait_for("the answer", lambda: country.sms(citizen.number))
    assert told.startswith("Leribe: 020 Molapo Example Shop (Ha Mohlala 20)") and len(told) <= 160
