"""Who somebody is, by a code, on real parts: a dial, the SMS to the registered phone, a filing with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.story.country import Country, Phone, reference_in, wait_for
from tests.work.identity import sources

ASKED = "Kenya linomoro tse 6"
CODE = re.compile("code is ([0-9]{6})")


@pytest.fixture(scope="module")
def land(new_country: Callable[..., Country], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """A country whose menus verify who renews a card."""
    pack = tmp_path_factory.mktemp("identity-pack")
    for name, text in sources().items():
        (pack / name).parent.mkdir(exist_ok=True)
        (pack / name).write_text(text, "utf-8")
    country = new_country(MOHALA_PACK=str(pack))
    country.start()
    yield country
    country.stop()


def sent(land: Country, id: str) -> list[str]:
    """The codes that the registered phone of an ID number got, oldest first."""
    return [found[1] for text in land.sms(f"+2665{id[-7:]}") if (found := CODE.search(text))]


def secrets(land: Country) -> list[str]:
    return [(land.home / "secrets" / f"identity-{name}-key").read_text("ascii") for name in ("licence", "api")]


def everything_kept(land: Country) -> bytes:
    """Every byte that the house keeps or logs; what the pretend country keeps for its testers is another's."""
    ours = [
        path
        for path in land.home.rglob("*")
        if path.is_file() and path.relative_to(land.home).parts[0] not in ("secrets", "sandbox-identity")
        and not path.name.startswith("sandbox.db")
    ]  # fmt: skip
    scraped = land.client.get(f"{land.gateway}/metrics").content
    return b"".join([*(path.read_bytes() for path in ours), land.log.read_bytes(), scraped])


def test_a_card_is_renewed_by_whoever_holds_the_registered_phone(land: Country) -> None:
    phone = Phone(land, "+26650123401")
    phone.dial()
    assert ASKED in phone.type("7", "012345670001")
    (code,) = sent(land, "012345670001")
    assert land.sms(phone.number) == [], "the code goes to the registered number, whoever asks"
    reference = reference_in(phone.type(code))
    wait_for("the text", lambda: any(reference in text for text in land.sms(phone.number)))


def test_a_gateway_that_is_killed_between_the_two_steps_sends_no_second_code(land: Country) -> None:
    phone = Phone(land, "+26650123402")
    phone.dial()
    page = phone.type("7", "012345670002")
    land.forget_sessions()
    assert phone.hop() == page and len(sent(land, "012345670002")) == 1
    land.kill("serve")
    wait_for("the gateway", land.is_ready)
    assert "Ref " in phone.type(*sent(land, "012345670002"))
    assert len(sent(land, "012345670002")) == 1


def test_a_code_that_comes_late_is_good(land: Country) -> None:
    land.knob("identity", delay_s=2.9)
    phone = Phone(land, "+26650123403")
    phone.dial()
    assert "Khoutu e ka lieha." in phone.type("7", "012345670003")
    land.knob("identity", delay_s=0)
    (code,) = wait_for("the code", lambda: sent(land, "012345670003"))
    assert "Ref " in phone.type(code)


def test_an_office_that_is_down_is_told(land: Country) -> None:
    land.knob("identity", fail=True)
    phone = Phone(land, "+26650123404")
    phone.dial()
    assert "Khoutu e ka lieha." in phone.type("7", "012345670004"), "a 503 says nothing of what was done before it"
    land.knob("identity", fail=False)
    assert "felletsoe" in phone.type("123456"), "nothing was sent, so nothing can be right"


def test_a_card_is_renewed_by_two_texts(land: Country) -> None:
    number, id = "+26650123405", "012345670005"
    land.text(number, f"NETEFATSA {id}")
    wait_for("the question", lambda: any(ASKED in text for text in land.sms(number)))
    (code,) = sent(land, id)
    land.text(number, f"CODE {int(code) ^ 1:06}")
    wait_for("the answer", lambda: any("fosahetse" in text for text in land.sms(number)))
    land.text(number, f"CODE {code}")
    wait_for("the reference", lambda: any("Ref " in text for text in land.sms(number)))


def test_no_code_no_id_number_and_no_key_is_kept_or_logged_in_clear(land: Country) -> None:
    phone = Phone(land, "+26650123406")
    phone.dial()
    phone.type("7", "012345670006", "975310")
    (code,) = sent(land, "012345670006")
    assert "Ref " in phone.type(code)
    kept = wait_for("log lines", lambda: everything_kept(land))
    assert len(kept) > 100_000
    codes = [code for number in range(1, 7) for code in sent(land, f"01234567000{number}")]
    ids = [f"01234567000{number}" for number in range(1, 7)]
    for canary in (*secrets(land), *ids, "975310"):
        assert canary.encode() not in kept, canary
    for code in codes:  # six digits may stand in any number: only by themselves do they say anything
        assert not re.search(rb"(?<![0-9a-fA-F.])%s(?![0-9a-fA-F])" % code.encode(), kept)


def test_the_keys_are_made_at_set_up_and_only_their_owner_reads_them(land: Country) -> None:
    for path in (*(land.home / "secrets").iterdir(), *(land.home / "sandbox-identity").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
