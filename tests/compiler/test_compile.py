"""A pack is refused whole, with every complaint at its place."""

from __future__ import annotations

import pytest

from app.compiler.pack import compile_pack, examine
from app.errors import MenuRefused
from app.pack import Pack

Sources = dict[str, str]


def complaints(sources: Sources) -> list[str]:
    return [str(complaint) for complaint in examine(sources)[1]]


def changed(sources: Sources, file: str, before: str, after: str) -> Sources:
    assert before in sources[file], "the fault must really be planted"
    return {**sources, file: sources[file].replace(before, after, 1)}


def test_the_shipped_pack_compiles_in_both_languages(lesotho: Pack) -> None:
    assert lesotho.program.languages == ("st", "en")
    assert lesotho.program.base == "st"


def test_the_version_is_the_hash_of_the_sources(lesotho: Pack, lesotho_sources: Sources) -> None:
    assert compile_pack(lesotho_sources).program.version == lesotho.program.version
    other = changed(lesotho_sources, "welcome.yaml", "Khetha:", "Khetha ’me:")
    assert compile_pack(other).program.version != lesotho.program.version


FAULTS = [
    ("welcome.yaml", "to: birth-certificate", "to: nowhere", "unknown-screen"),
    ("welcome.yaml", "to: birth-certificate", "to: birth-certificate/nowhere", "unknown-screen"),
    ("welcome.yaml", "8: {text", "9: {text", "reserved-key"),
    ("welcome.yaml", "8: {text", "08: {text", "option-number"),
    ("welcome.yaml", "8: {text", "1: {text", "duplicate-key"),
    ("welcome.yaml", "language: en", "language: fr", "unknown-language"),
    ("welcome.yaml", "start: start\n", "start: begin\n", "unknown-screen"),
    ("welcome.yaml", "Rea u amohela! Khetha:", "Rea u amohela " * 9, "too-long"),
    ("status.yaml", "{title}", "{heading}", "unknown-name"),
    ("status.yaml", "{title}", "{title!r}", "bad-placeholder"),
    ("status.yaml", "late: later", "latest: later", "unknown-key"),
    ("status.yaml", "    late: later\n", "", "uncovered-outcome"),
    ("status.yaml", "      unknown: unknown\n", "      lost: unknown\n", "uncovered-outcome"),
    ("status.yaml", "      unknown: unknown\n", "      unknown: unknown\n      lost: unknown\n", "unknown-outcome"),
    ("status.yaml", "call: request-status", "call: fortune", "unknown-service"),
    ("status.yaml", "with: {reference: reference}", "with: {number: reference}", "missing-argument"),
    ("status.yaml", "with: {reference: reference}", "with: {number: reference}", "unknown-argument"),
    ("status.yaml", "title: title", "colour: title", "unknown-result"),
    ("status.yaml", "type: reference", "type: refrence", "unknown-type"),
    ("status.yaml", "into: reference", "into: Reference", "bad-name"),
    ("status.yaml", "title: title", "title: reference", "name-twice"),
    ("status.yaml", "    to: look\n", "", "missing-key"),
    ("status.yaml", "    end: |-", "    ends: |-", "screen-kind"),
    ("electricity.yaml", "least: 10", "least: 0", "reserved-key"),
    ("electricity.yaml", "most: 1000", "most: plenty", "wrong-shape"),
    ("birth-certificate.yaml", '"1920-01-01"', '"1920-13-01"', "wrong-shape"),
    ("birth-certificate.yaml", "late: informant", "late: known", "call-loop"),
    ("birth-certificate.yaml", "no: stopped", "no: done", "unreachable"),
    ("services.yaml", "kind: status", "kind: state", "unknown-kind"),
    ("services.yaml", "operation: vend\n", "operation: sell\n", "unknown-operation"),
    ("services.yaml", "with: {application: application}}", "with: {}}", "wrong-arguments"),
    ("services.yaml", "office: wallet", "office: purse", "unknown-office"),
    ("services.yaml", "then: done", "then: finished", "unknown-status"),
    ("services.yaml", "{kwh} kWh", "{power} kWh", "unknown-name"),
    ("services.yaml", "Token {token}", "Token " + "{token} " * 5, "too-long"),
    ("services.yaml", ', source: "UNICEF and press: first certificate free"', "", "missing-key"),
    ("services.yaml", "longest: 24", "longest: long", "wrong-shape"),
    ("services.yaml", "type: word", "type: nonsense", "unknown-type"),
    ("services.yaml", "{from: application, longest: 20}", "{from: application}", "missing-key"),
    ("services.yaml", "      stuck: ", "      done: ", "missing-text"),
    ("services.yaml", "title: Motlakase", 'title: "Motlakase {meter}"', "bad-placeholder"),
    ("services.yaml", "operation: person,", "operation: person, patience: 3,", "unknown-key"),
    ("pack.yaml", 'back: "9"', 'back: "b"', "reserved-key"),
    ("pack.yaml", "Africa/Maseru", "Africa/Nowhere", "unknown-timezone"),
    ("pack.yaml", 'back: "9"', 'back: "0"', "reserved-key"),
    ("pack.yaml", "languages: [st, en]", "languages: [st, en, en]", "duplicate-key"),
    ("pack.yaml", "busy: Re ntse", 'busy: "{x}" #', "bad-placeholder"),
    ("welcome.yaml", "text: Reka motlakase", 'text: "Reka {amount}"', "bad-placeholder"),
    ("electricity.yaml", "least: 10", "least: 2000", "empty-range"),
    ("entrances.yaml", "STATUS: status", "STATUS: standing", "unknown-program"),
    ("pack.yaml", "  back: Morao\n", "", "missing-key"),
    ("pack.yaml", "languages: [st, en]", "languages: [st, en, zu]", "missing-file"),
    ("pack.yaml", "languages: [st, en]", "languages: [st]", "unknown-file"),
    ("languages/en.yaml", "  back: Back\n", "", "missing-translation"),
    ("languages/en.yaml", "  back: Back\n", "  back: Back\n  backwards: Back\n", "unknown-translation"),
    ("languages/en.yaml", "    stopped: {text: No money", "    stop: {text: No money", "unknown-translation"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "rule"), FAULTS)
def test_a_planted_fault_is_complained_of_by_its_rule(
    lesotho_sources: Sources, file: str, before: str, after: str, rule: str
) -> None:
    found = complaints(changed(lesotho_sources, file, before, after))
    assert any(f" {rule}:" in complaint for complaint in found), found


def test_a_complaint_names_file_line_column_rule_screen_and_remedy(lesotho_sources: Sources) -> None:
    found = complaints(changed(lesotho_sources, "status.yaml", "call: request-status", "call: fortune"))
    told = "status.yaml:11:11: unknown-service: [look] `fortune` is not in services.yaml; known are birth-certificate, "
    assert any(one.startswith(told) and one.endswith(" more") for one in found)


def test_all_faults_are_told_at_once(lesotho_sources: Sources) -> None:
    sources = changed(lesotho_sources, "status.yaml", "call: request-status", "call: fortune")
    sources = changed(sources, "electricity.yaml", "most: 1000", "most: plenty")
    sources = changed(sources, "services.yaml", "kind: status", "kind: state")
    files = {complaint.partition(":")[0] for complaint in complaints(sources)}
    assert files >= {"status.yaml", "electricity.yaml", "services.yaml"}


def test_a_missing_file_is_a_complaint(lesotho_sources: Sources) -> None:
    sources = {name: text for name, text in lesotho_sources.items() if name != "services.yaml"}
    assert complaints(sources) == ["services.yaml:1:1: missing-file: is missing from the pack; add it"]


def test_a_missing_text_falls_back_to_the_base_language_and_is_complained_of(lesotho_sources: Sources) -> None:
    sources = changed(lesotho_sources, "languages/en.yaml", "  back: Back\n", "")
    program = compile_pack(sources).program
    assert program.phrases["back"]["en"] == program.phrases["back"]["st"]
    assert [complaint.partition(": ")[2].split(":")[0] for complaint in complaints(sources)] == ["missing-translation"]


def test_a_pack_with_a_fault_that_citizens_would_meet_is_refused(lesotho_sources: Sources) -> None:
    with pytest.raises(MenuRefused):
        compile_pack(changed(lesotho_sources, "status.yaml", "call: request-status", "call: fortune"))
