"""A choice in an SMS about a request: the citizen's word, in the citizen's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import run_conversations
from app.compiler.pack import compile_pack, compile_published, examine
from app.engine.program import Choose
from app.engine.rendering import show
from app.values.rules import ValueType
from tests.compiler.broken import BASE

Sources = dict[str, str]
TAKES = "takes: {sex: text, born: date, district: text, mother_id: identity, informant: text}"
CONVERSATION = """\
conversations:
  a birth is told in the words that were chosen:
    dial: "*384*26600*1*1*05/03/2026*5*012345678901*1*1#"
    language: {language}
    offices: {{civil-registry.person: answered, civil-registry.register-birth: {{answered: {{application: N1}}}}}}
    turns:
      - types: "1"
      - receives: "{told}"
"""


@pytest.fixture
def sources(lesotho_sources: Sources) -> Sources:
    """The shipped pack, whose SMS about a birth says the child's sex and district."""
    services, english = lesotho_sources["services.yaml"], lesotho_sources["languages/en.yaml"]
    taken = TAKES.replace("sex: text", "sex: choice").replace("district: text", "district: choice")
    before = '      received: "Mohala: kopo ea lengolo'
    assert TAKES in services and before in services and "received: " in english
    services = services.replace(TAKES, taken)
    return {
        **lesotho_sources,
        "services.yaml": _reworded(services, before, '      received: "{sex} {district}"'),
        "languages/en.yaml": _reworded(
            english, '      received: "Mohala: your birth', '      received: "{sex}: {district}"'
        ),
    }


def _reworded(text: str, begins: str, line: str) -> str:
    return "\n".join(line if old.startswith(begins) else old for old in text.split("\n"))


def complaints(sources: Sources) -> list[str]:
    return [f"{complaint.rule}: {complaint.text}" for complaint in examine(sources)[1]]


@pytest.mark.parametrize(("language", "told"), [("st", "Moshanyana Botha-Bothe"), ("en", "Boy: Butha-Buthe")])
def test_an_sms_says_the_word_in_the_language_of_the_filing(
    sources: Sources, tmp_path: Path, language: str, told: str
) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_text(CONVERSATION.format(language=language, told=told))
    run = run_conversations(compile_pack(sources), read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))


def test_the_office_still_gets_the_value(sources: Sources) -> None:
    service = compile_pack(sources).catalogue.services["birth-certificate"]
    assert service.takes["district"] is ValueType.CHOICE
    assert service.work[0].call.arguments["district"] == "district"
    assert service.sms_names["district"].words.keys() >= {"Butha-Buthe", "Qacha's Nek"}


def test_the_longest_word_counts_for_the_length_of_an_sms(sources: Sources) -> None:
    long = sources["services.yaml"].replace('"{sex} {district}"', f'"{"x" * 137} {{sex}} {{district}}"')
    [told] = complaints({**sources, "services.yaml": long})
    assert told == "too-long: sms `received` can be 162 septets in `st`; one part is 160"


def test_a_choice_taken_as_a_text_may_not_be_named(sources: Sources) -> None:
    text = {**sources, "services.yaml": sources["services.yaml"].replace("district: choice", "district: text")}
    [told] = complaints(text)
    assert told.startswith("choice-as-text: sms `received` names `district`, which is given from a choice")


def test_one_value_may_not_have_two_words(sources: Sources) -> None:
    program = sources["birth-certificate.yaml"].replace("{text: Moshanyana,", "{text: Mosali,")
    told = complaints({**sources, "again.yaml": program})
    assert any("`male` of `sex`; give it the same everywhere" in line for line in told), told


NAMED = BASE["main.yaml"].replace("{office: id, office_name: name}", "{office: name, office_name: id}")


def test_a_value_in_an_sms_is_as_long_as_the_longest_that_a_screen_gives() -> None:
    services = BASE["services.yaml"].replace("name: {from: name, longest: 20}", "name: {from: name, longest: 30}")
    pack, _ = examine({**BASE, "main.yaml": NAMED, "services.yaml": services})
    assert pack is not None
    office = pack.catalogue.services["visit"].sms_names["office"]
    assert show(pack.program, office, "The post office of Mohale's H.", "en") == "The post office of Mohale's H."


def test_an_sms_is_proven_with_the_longest_that_a_screen_gives() -> None:
    services = BASE["services.yaml"].replace("name: {from: name, longest: 20}", "name: {from: name, longest: 120}")
    complaints = examine({**BASE, "main.yaml": NAMED, "services.yaml": services})[1]
    assert any(one.rule == "too-long" and one.screen == "visit" for one in complaints)


def test_an_amount_that_the_worker_is_given_is_counted_as_long_as_it_is_shown() -> None:
    services = BASE["services.yaml"].replace(
        "takes: [office]\n", "takes: [office]\n        results: {paid: {from: paid, type: amount, longest: 9}}\n"
    )
    services = services.replace("stuck: ", 'done: "{paid} was paid"\n      stuck: ')
    pack, complaints = examine({**BASE, "services.yaml": services})
    assert pack is not None and {complaint.rule for complaint in complaints} <= {"missing-translation"}
    longest = max(len(formats.money(999_999_999, pack.program.currency)) for formats in pack.program.formats.values())
    assert pack.catalogue.services["visit"].sms_names["paid"].longest == longest > len("M1,234.56")


def test_other_pages_call_a_choice_by_its_word_and_the_page_itself_by_its_text() -> None:
    where = BASE["where.yaml"].replace("{text: Maseru, value", "{text: Go to Maseru, word: Maseru town, value")
    program = compile_published({**BASE, "where.yaml": where}).program
    declared = program.names["main"]["district"]
    assert [show(program, declared, value, "en") for value in ("maseru", "leribe")] == ["Maseru town", "Leribe"]
    page = program.screens["where/district"]
    assert isinstance(page, Choose)
    assert [option.text["en"] for option in page.options] == [("Go to Maseru",), ("Leribe",)]
