"""Services that tell what stands in a data file of the pack: what they give, measured and in every language."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.catalogue import Result
from app.compiler.pack import compile_pack, examine, version_of
from app.limits import lookup_listed_max
from app.lookups import Answer
from app.values.rules import ValueType
from tests.compiler.broken import BASE

SERVICES = """\
  clinics:
    title: Clinics
    kind: lookup
    from: data/clinics.csv
    by: [district]
    gives: [name, what, source]
    list: clinics
    stale_days: 90
  clinic:
    title: Clinic
    kind: lookup
    from: data/clinics.csv
    by: [name]
    gives: [what, telephone, fee]
    types: {fee: amount}
    stale_days: 90
  districts: {title: Districts, kind: lookup, from: data/clinics.csv, gives: [district], list: districts}
"""
TITLES = "services:\n  clinics: {title: Cliniques}\n  clinic: {title: Clinique}\n  districts: {title: Districts}\n"
CLINICS = """\
# source: Ministry of Health, list of facilities
# as_of: 2026-10-02
district,name,what.en,what.fr,telephone,fee,source,as_of
leribe,Example Clinic,"Births, vaccinations","Naissances, vaccins",+000 0001,15,,2026-11-24
leribe,Sample Clinic,Vaccinations,Vaccins,,2.50,,
maseru,Model Clinic,Births,Naissances,0000 0003,,City of Maseru,2026-11-24
"""
PACK = {
    **BASE,
    "services.yaml": BASE["services.yaml"] + SERVICES,
    "languages/fr.yaml": BASE["languages/fr.yaml"].replace("services:\n", TITLES),
    "data/clinics.csv": CLINICS,
}
TODAY = date(2026, 11, 29)


def told(service: str, language: str = "en", today: date = TODAY, **arguments: str) -> Answer | None:
    return compile_pack(PACK).lookups[service].answer(arguments, language, today)


def test_the_pack_of_these_tests_is_right() -> None:
    assert [str(one) for one in examine(PACK)[1]] == []


def test_one_row_is_told_by_its_key_in_the_language_of_who_asks() -> None:
    row = {"telephone": "+000 0001", "fee": "1500", "as_of": "2026-11-24", "stale": "no"}
    source = {"source": "Ministry of Health, list of facilities"}
    assert told("clinic", name="Example Clinic") == {"what": "Births, vaccinations", **row, **source}
    assert told("clinic", "fr", name="Example Clinic") == {"what": "Naissances, vaccins", **row, **source}


@pytest.mark.parametrize("typed", ["example clinic", "EXAMPLE-CLINIC", " Éxample  Clinic "])
def test_a_key_is_found_as_people_type_it(typed: str) -> None:
    assert (told("clinic", name=typed) or {})["fee"] == "1500"


def test_a_row_that_is_not_there_is_refused_and_a_list_is_empty() -> None:
    assert told("clinic", name="No Clinic") is None
    empty = {"clinics": "[]", "count": "0", "as_of": "", "source": "", "stale": "no"}
    assert told("clinics", district="quthing") == empty


def test_a_list_has_all_rows_of_its_key_in_the_order_of_the_file_with_the_oldest_day() -> None:
    answer = told("clinics", "fr", district="leribe") or {}
    ministry = "Ministry of Health, list of facilities"
    assert json.loads(answer["clinics"]) == [
        {"name": "Example Clinic", "what": "Naissances, vaccins", "source": ministry},
        {"name": "Sample Clinic", "what": "Vaccins", "source": ministry},
    ]
    assert (answer["count"], answer["as_of"], answer["source"]) == ("2", "2026-10-02", ministry)


def test_rows_that_are_told_alike_are_one_entry() -> None:
    answer = told("districts") or {}
    assert json.loads(answer["districts"]) == [{"district": "leribe"}, {"district": "maseru"}]
    assert answer["source"] == "Ministry of Health, list of facilities; City of Maseru"


@pytest.mark.parametrize(("today", "stale"), [(date(2026, 12, 31), "no"), (date(2027, 1, 1), "yes")])
def test_what_is_older_than_its_stale_days_is_told_to_be(today: date, stale: str) -> None:
    assert (told("clinic", today=today, name="Sample Clinic") or {})["stale"] == stale
    assert (told("clinics", today=today, district="leribe") or {})["stale"] == stale


def test_every_value_is_as_long_as_the_longest_of_its_column_in_any_language() -> None:
    services = compile_pack(PACK).catalogue.services
    gives = services["clinic"].gives
    assert gives["what"] == Result(ValueType.TEXT, len("Births, vaccinations"))
    assert gives["fee"] == Result(ValueType.AMOUNT, len("M 15.00"))
    listed = services["clinics"].gives["clinics"]
    assert (listed.most, (listed.fields or {})["name"].longest) == (2, len("Example Clinic"))


def test_a_page_that_a_longer_row_would_not_fit_is_complained_of() -> None:
    shown = """\
  clinic:
    call: clinic
    with: {name: {always: Example Clinic}}
    results: {what: what}
    answered: told
    refused: {unknown: bye}
  told:
    end: "You get there: {what}"
"""
    main = BASE["main.yaml"].replace("to: read}", "to: clinic}") + shown
    french = PACK["languages/fr.yaml"].replace("  main:\n", '  main:\n    told: {text: "La: {what}"}\n')
    pack = {**PACK, "main.yaml": main.replace("  read:\n    page: A long text\n    to: start\n", "")}
    pack["languages/fr.yaml"] = french.replace("    read: {text: Un long texte}\n", "")
    assert not [one for one in examine(pack)[1] if one.rule == "too-long"]
    pack["data/clinics.csv"] = CLINICS.replace("Births,", f"{'Births ' * 22},")
    assert {one.file for one in examine(pack)[1] if one.rule == "too-long"} == {"main.yaml"}


def test_the_file_is_part_of_the_version() -> None:
    changed = {**PACK, "data/clinics.csv": CLINICS.replace("0000 0003", "0000 0004")}
    assert version_of(changed) != version_of(PACK) == compile_pack(PACK).program.version


def test_a_sheet_with_a_byte_order_mark_and_lines_of_windows_is_read() -> None:
    as_written = "\ufeff" + CLINICS.replace(
        "# source: Ministry of Health, list of facilities\n", '"# source: Ministry of Health, list of facilities",,,\n'
    ).replace("\n", "\r\n")
    read = compile_pack({**PACK, "data/clinics.csv": as_written}).lookups["clinic"].rows
    assert read == compile_pack(PACK).lookups["clinic"].rows


def test_no_office_closes_a_lookup_and_a_call_of_it_is_never_late() -> None:
    pack = compile_pack(PACK)
    assert not {"clinic", "clinics"} & set(pack.catalogue.opens)
    assert pack.catalogue.services["clinic"].refused == ("unknown",)
    assert pack.catalogue.services["clinics"].refused == ()


def test_a_list_may_be_as_long_as_the_limit_and_no_longer() -> None:
    rows = [f"quthing,Clinic {number},Births,Naissances,,,,\n" for number in range(lookup_listed_max + 1)]
    services = PACK["services.yaml"].replace("gives: [name, what, source]", "gives: [name]")
    fine = {**PACK, "services.yaml": services, "data/clinics.csv": CLINICS + "".join(rows[:-1])}
    assert compile_pack(fine).catalogue.services["clinics"].gives["clinics"].most == lookup_listed_max
    found = examine({**fine, "data/clinics.csv": CLINICS + "".join(rows)})[1]
    assert [one.rule for one in found] == ["too-many-rows"]
