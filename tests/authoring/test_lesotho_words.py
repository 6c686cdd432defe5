"""What the shipped menus promise of their words: a receipt, a list of what to bring, what comes next and when."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from app.agent_phrases import say_fitting
from app.authoring.conversations.coverage import possible_outcomes
from app.authoring.conversations.player import Outcome
from app.catalogue import ServiceKind
from app.engine.program import Ask, Choose, Confirm, End, program_of
from app.engine.ways import targets
from app.house_services import ASKED, Show
from app.pack import Pack
from app.pack_files import read_named_pack
from app.values.rules import ValueType
from app.values.text import sms_parts
from app.wallets import PAY
from tests.lands import ROOT

ANSWERS = {"point", "fee", "complaint-by-sms"}
"""Programs that a text starts: their end is the answer itself, which says how to ask on."""
WHEN = {
    "st": r"\b(hosasane|kajeno|hona joale|hang ha|bolella hang|neng kapa neng|kamora|pele (?:ho|u|nako)|ho fihlela|"
    r"matsatsing a \d+|metsotsong|letsatsing|boemo bo fetoha)\b|letsatsi la mosebetsi|\{(until|proof_by)\}",
    "en": r"\b(tomorrow|today|now|at once|as soon as|at any time|before (?:then|you|it|its)|within \d+|working day|"
    r"in \d+ (?:days|weeks)|in an hour|when that changes)\b|\{(until|proof_by)\}",
}
"""How the pages of each language say when: a time, a day, or what it waits for."""


@cache
def lesotho() -> Pack:
    return read_named_pack(ROOT / "menus/lesotho")


def told(screen: End | Ask, language: str) -> str:
    return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in screen.text[language])


@pytest.mark.parametrize("language", ["st", "en"])
def test_every_last_page_says_when_something_comes_next(language: str) -> None:
    ends = [one for one in lesotho().program.screens.values() if isinstance(one, End)]
    silent = [
        one.name
        for one in ends
        if program_of(one.name) not in ANSWERS and not re.search(WHEN[language], told(one, language))
    ]
    assert len(ends) > 80 and silent == []


@pytest.mark.parametrize(
    ("language", "vague"),
    [
        ("st", "Kopo e amohetsoe. Ref: {reference}"), ("st", "Re lebohile pele, kopo e felile."),
        ("en", "Request received. Ref: {reference}"), ("en", "It was asked for before, and was ended."),
    ],
)  # fmt: skip
def test_a_page_that_names_no_time_is_not_taken_for_one_that_does(language: str, vague: str) -> None:
    assert not re.search(WHEN[language], vague)


def test_everything_that_is_filed_is_followed_by_an_sms() -> None:
    """That it was received, or its end: what is paid has its receipt then, what an agent says its answer."""
    services = lesotho().catalogue.services
    filed = {name: one for name, one in services.items() if one.kind is ServiceKind.FILE}
    assert len(filed) > 12 and [name for name, one in filed.items() if not {"received", "done"} & one.sms.keys()] == []


def test_no_wallet_is_asked_for_money_but_for_a_bill() -> None:
    """What a stage asked a wallet for by itself would be in no books."""
    services = lesotho().catalogue.services
    calls = [(name, work.call.operation) for name, one in services.items() for work in one.work if work.call]
    assert len(calls) > 12 and [name for name, operation in calls if operation == PAY] == []
    pushed = [one for one in services.values() if one.pushes_by]
    assert len(pushed) >= 3 and {one.wallet for one in services.values() if one.shows is Show.PUSH} == {
        "mpesa",
        "ecocash",
    }


def test_whatever_callers_change_of_their_own_is_followed_by_an_sms() -> None:
    changing = {Show.ERASE, Show.SUBSCRIBE, Show.UNSUBSCRIBE}
    services = [one for one in lesotho().catalogue.services.values() if one.shows in changing]
    assert {one.shows for one in services} == changing
    assert [one.name for one in services if ASKED not in one.sms] == []


def test_every_visit_of_what_to_bring_has_its_row() -> None:
    """Then neither call of `bring.yaml` can come to a row that is not there, which no conversation could show."""
    bring = {one for one in possible_outcomes(lesotho()) if one.screen.startswith("bring/")}
    assert {(one.screen, one.word) for one in bring} == {
        ("bring/look", "answered"), ("bring/text", "answered"), ("bring/text", "too_many"),
    }  # fmt: skip


def test_every_row_of_what_to_bring_is_led_to() -> None:
    program = lesotho().program
    rows = {key[0] for key in lesotho().lookups["bring"].rows}
    led: set[str] = set()
    for screen in program.screens.values():
        for target in targets(screen):
            if target.visit is not None and program_of(target.screen) == "bring":
                argument = target.visit.arguments["service"]
                choice = program.names[program_of(screen.name)].get(argument.name or "")
                led |= {argument.constant} if argument.name is None else set(choice.words if choice else ())
    assert rows == {"".join(letter for letter in one.lower() if letter.isalnum()) for one in led}


@pytest.mark.parametrize("language", ["st", "en"])
def test_whatever_is_typed_has_an_example_of_its_form(language: str) -> None:
    example = {"st": "mohlala", "en": "such as"}[language]
    asked = [one for one in lesotho().program.screens.values() if isinstance(one, Ask)]
    without = [
        one.name
        for one in asked
        if one.rule.type is not ValueType.SECRET
        and program_of(one.name) not in ANSWERS | {"agents", "assist"}
        and example not in told(one, language)
    ]
    assert len(asked) > 20 and without == []


def test_every_district_has_a_hospital() -> None:
    table = lesotho().lookups["hospitals"]
    assert len(table.rows) == len(lesotho().points.districts) == 10


def test_a_yes_is_1_and_a_no_is_2_wherever_something_is_confirmed() -> None:
    """Pages that confirm are numbered so by the house; a choice between the two is written in the same order."""
    program = lesotho().program
    assert any(isinstance(one, Confirm) for one in program.screens.values())
    for screen in program.screens.values():
        if isinstance(screen, Choose):
            words = {option.key: "".join(map(str, option.text["en"])).split(",")[0] for option in screen.options}
            if "Yes" in words.values():
                assert (words["1"], words["2"]) == ("Yes", "No"), screen.name


def test_a_receipt_that_is_picked_is_known_unless_some_payment_has_no_text() -> None:
    pack, unknown = lesotho(), Outcome("receipts/send", "unknown")
    assert unknown not in set(possible_outcomes(pack))
    service = pack.catalogue.services["electricity"]
    mute = replace(service, sms={occasion: text for occasion, text in service.sms.items() if occasion != "paid"})
    services = {**pack.catalogue.services, "electricity": mute}
    assert unknown in set(possible_outcomes(replace(pack, catalogue=replace(pack.catalogue, services=services))))


RECEIPT = {
    "bill": "4N3S3-MM4HJ", "service": "Passport, 32 pages", "total": "13500", "fee": "13000", "charge": "500",
    "point": "001 Naleli Example P", "agent": "014", "receipt": "TGYK5649K", "reference": "TGYK5649K",
}  # fmt: skip
NAMED = {"st": ("tefiso M130.00", "ts'ebeletso M5.00"), "en": ("fee M130.00", "charge M5.00")}


@pytest.mark.parametrize("language", NAMED)
def test_the_receipt_for_what_an_agent_took_names_fee_and_charge_wherever_that_is_one_sms(language: str) -> None:
    said = say_fitting(lesotho().program, "agent_receipt", language, **RECEIPT)
    assert all(named in said for named in NAMED[language]) and sms_parts(said) == 1
    assert all(told in said for told in ("M135.00", "001 Naleli Example P", "014", "TGYK-5649K", "*384*26600*5*4#"))


@pytest.mark.parametrize("language", NAMED)
def test_a_receipt_that_would_be_two_sms_says_the_same_by_signs(language: str) -> None:
    longest = {**RECEIPT, "total": "9999999999", "fee": "9999999500", "service": "Passport, 32 pages, mor"}
    said = say_fitting(lesotho().program, "agent_receipt", language, **longest)
    assert "M99,999,999.99=M99,999,995.00+M5.00" in said and sms_parts(said) == 1
