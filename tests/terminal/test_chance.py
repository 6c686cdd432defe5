"""What the house texts by chance, as its packs word it, and that no recording holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.chance_texts import ChanceTexts, chance_texts_in
from app.pack_files import read_pack
from app.terminal.phones import Phones
from app.terminal.tape import Did
from app.values.text import fill_from
from tests.lands import FLAT, SHIPPED
from tests.story.country import Country

NAMES = ("travel_question", "question_thanks", "callback_question", "callback_yes", "callback_no", "back")


def texts_of(pack: Path, language: str) -> dict[str, str]:
    phrases = read_pack(pack).program.phrases
    return {name: fill_from(phrases[name][language], lambda slot: f"<{slot.name}>") for name in NAMES}


TEXTS = {language: texts_of(FLAT, language) for language in ("st", "en")}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("pack", [FLAT, SHIPPED], ids=lambda path: path.name)
def test_they_are_known_in_every_language_as_they_are_sent(pack: Path, language: str) -> None:
    chance, said = chance_texts_in(pack), texts_of(pack, language)
    assert chance.asks(said["travel_question"]) and chance.asks(said["callback_question"])
    assert all(chance.thanks_for(said[name]) for name in ("question_thanks", "callback_yes", "callback_no"))
    assert not any(chance.asks(said[name]) or chance.thanks_for(said[name]) for name in ("back",))
    assert not chance.asks(said["question_thanks"]) and not chance.thanks_for(said["travel_question"])


def test_where_there_is_no_pack_none_is_known(tmp_path: Path) -> None:
    assert chance_texts_in(tmp_path) == ChanceTexts()
    (tmp_path / "pack.yaml").write_text("phrases: {travel_question: 'Broken {', question_thanks: Thanks}")
    assert chance_texts_in(tmp_path).thanks_for("Thanks")


def test_a_question_its_answer_and_thanks_are_left_out_and_the_rest_stays(phones: Phones, country: Country) -> None:
    phone, said = phones.citizen, TEXTS["st"]
    phones.tape.start("asked by chance", {})
    phone.dial("*384*26600*2#")
    send(country, phones, said["travel_question"])
    phone.text("1")
    send(country, phones, said["question_thanks"])
    send(country, phones, "Mohala: Token 1")
    phone.text("2")
    recorded = phones.tape.stop()
    assert recorded is not None
    turns = {(turn.did, turn.what) for turn in recorded.turns}
    assert {(Did.RECEIVES, "Mohala: Token 1"), (Did.TEXTS, "2")} <= turns
    assert not turns & {(Did.RECEIVES, said["travel_question"]), (Did.RECEIVES, said["question_thanks"])}
    assert (Did.TEXTS, "1") not in turns


def send(country: Country, phones: Phones, text: str) -> None:
    """By the SMS centre, as the gateway has it sent; and the phone has looked."""
    form = {"username": "sandbox", "to": phones.citizen.number, "message": text}
    told = country.client.post(f"{country.sandbox}/version1/messaging", data=form, headers={"apikey": "sandbox"})
    assert told.is_success
    phones.citizen.look()
    assert text in [sms.text for sms in phones.citizen.inbox]
