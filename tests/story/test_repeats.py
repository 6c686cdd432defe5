"""The same callback twice, and twenty copies at once: the same bytes, one request, one SMS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.story.country import Country, Phone, reference_in, wait_for


def requests_of(country: Country, reference: str) -> int:
    return len(country.births_of(reference))


def test_a_repeat_gets_the_same_bytes_and_does_nothing_more(country: Country, citizen: Phone) -> None:
    citizen.apply_for_birth_certificate()
    first = citizen.type("1")
    assert [citizen.hop() for _ in range(3)] == [first] * 3
    reference = reference_in(first)
    wait_for("the registry", lambda: requests_of(country, reference))
    wait_for("the receipt", lambda: country.sms(citizen.number))
    assert citizen.hop() == first
    assert requests_of(country, reference) == 1 and len(country.sms(citizen.number)) == 1


def test_twenty_copies_at_once_are_one_turn(country: Country, citizen: Phone) -> None:
    citizen.apply_for_birth_certificate()
    citizen.typed.append("1")
    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(lambda _: citizen.hop(), range(20)))
    assert len(answers) == 1
    reference = reference_in(answers.pop())
    wait_for("the registry", lambda: requests_of(country, reference))
    wait_for("the receipt", lambda: country.sms(citizen.number))
    other = Phone(country, citizen.number)
    other.apply_for_birth_certificate()
    other.type("1")
    wait_for("a later receipt", lambda: len(country.sms(citizen.number)) > 1)
    assert requests_of(country, reference) == 1
    assert len([sms for sms in country.sms(citizen.number) if reference in sms]) == 1


def test_twenty_first_dials_at_once_are_one_page(country: Country, citizen: Phone) -> None:
    citizen.session_id = "one-session-dialled-twice"
    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(lambda _: citizen.hop(), range(20)))) == 1


def test_hops_that_come_again_out_of_order_get_their_own_pages_and_move_nothing(
    country: Country, citizen: Phone
) -> None:
    heard = {"": citizen.dial()}
    for typed in ("1", "2", "5/3/2026", "6"):
        page = citizen.type(typed)
        heard["*".join(citizen.typed)] = page
    for transcript in reversed(heard):
        citizen.typed = transcript.split("*") if transcript else []
        assert citizen.hop() == heard[transcript]
    citizen.typed = ["1", "2", "5/3/2026", "6"]
    assert citizen.type("5").startswith("CON Nomoro ea ID")


def test_a_transcript_that_contradicts_the_dialogue_moves_nothing(country: Country, citizen: Phone) -> None:
    citizen.dial()
    page = citizen.type("1", "2")
    citizen.typed = ["3", "2", "1"]
    assert citizen.hop() == "END Puisano e felile. Letsetsa hape."
    citizen.typed = ["1", "2"]
    assert citizen.hop() == page


def test_an_asterisk_that_a_citizen_types_is_data(country: Country, citizen: Phone) -> None:
    citizen.dial()
    there = citizen.type("1", "2")
    wrong = citizen.type("5*3*2026")
    assert wrong == there.replace("CON ", "CON Letsatsi le fosahetse. Leka hape.\n")
    assert citizen.type("5/3/2026").startswith("CON O tsoaletsoe")


def test_an_empty_input_is_an_input(country: Country, citizen: Phone) -> None:
    citizen.dial()
    page = citizen.type("1")
    assert citizen.type("") == page.replace("CON ", "CON Khetho e fosahetse. Leka hape.\n")
    assert citizen.type("2").startswith("CON Letsatsi la tsoalo")


def test_after_the_end_there_is_only_a_polite_end(country: Country, citizen: Phone) -> None:
    citizen.dial("3*01234567897*50")
    ended = citizen.type("2")
    assert citizen.type("1") == "END Puisano e felile. Letsetsa hape."
    citizen.typed.pop()
    assert citizen.hop() == ended
