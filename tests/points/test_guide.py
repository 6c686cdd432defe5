"""What citizens are told of points: within their bounds in every language, and true at the moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from app import limits
from app.catalogue import examples_in
from app.compiler.pack import compile_pack
from app.engine.program import Declared
from app.house_services import FIND_TAKES, Find
from app.pack import Pack
from app.points.guide import GIVES, Guide, Speech
from app.values.text import fit, septets
from tests.points.conftest import Compiled, row, with_example

NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def guide(pack: Pack, language: str = "en", now: datetime = NOON) -> Guide:
    program = pack.program
    speech = Speech(program.phrases, program.formats, program.currency)
    return Guide(pack.points, pack.catalogue.services, speech, language, pack.points.there(now))


def fees(pack: Pack) -> list[str]:
    return [fee["price"] for fee in json.loads(guide(pack).point("014", "")["fees"])]


def test_a_price_is_what_is_paid_in_all_and_says_whose_it_is(compiled: Compiled) -> None:
    fee = '{amount: "130", source: Gazette, as_of: "2026-11-23"}'
    charge = '{amount: "5", source: the rules, as_of: "2026-11-23"}'
    assert fees(compiled(row("014"), fee=f"fee: {fee}")) == ["M130.00", "no set fee"]
    assert fees(compiled(row("014"), fee=f"fee: {fee}\n    charge: {charge}"))[0] == "M135.00 (M130.00+M5.00)"
    assert fees(compiled(row("014")))[0] == "free"


def test_a_price_that_nobody_has_published_says_so(lesotho_sources: Mapping[str, str]) -> None:
    pack = compile_pack(with_example(lesotho_sources))
    thirty_two, sixty_four = (pack.catalogue.services[f"passport-{pages}"] for pages in (32, 64))
    assert guide(pack).price(thirty_two) == "M135.00 (M130.00+M5.00) (example)"
    assert guide(pack, "st").price(thirty_two) == "M135.00 (M130.00+M5.00) (mohlala)"
    assert guide(pack).price(sixty_four) == "M305.00 (M300.00+M5.00)"
    assert examples_in(pack.catalogue) == ["passport-32"]


def test_only_the_price_that_is_asked_for_is_told(compiled: Compiled) -> None:
    assert guide(compiled(row("014"))).point("014", "electricity")["prices"] == "Electricity: no set fee"


@pytest.mark.parametrize(
    ("moment", "state", "is_open"),
    [
        ("2026-11-24T10:00", "Open until 17:00", True),
        ("2026-11-24T05:59", "Opens today 08:00", False),
        ("2026-11-28T15:00", "Opens Monday 08:00", False),
    ],
)
def test_it_says_until_when_it_is_open_by_the_clock_of_the_country(
    compiled: Compiled, moment: str, state: str, is_open: bool
) -> None:
    pack, now = compiled(row("014")), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert guide(pack, now=now).point("014", "")["state"] == state
    assert pack.points.is_open("014", now) is is_open


def test_the_hours_are_told_in_the_packs_words_for_days(compiled: Compiled) -> None:
    pack = compiled(row("014"))
    assert guide(pack).point("014", "")["hours"] == "Monday-Friday 08:00-17:00, Saturday 08:00-13:00"
    assert guide(pack, "st").point("014", "")["hours"] == "Mantaha-Labohlano 08:00-17:00, Moqebelo 08:00-13:00"


def test_what_does_not_exist_is_empty(lesotho: Pack) -> None:
    told = guide(lesotho)
    assert told.councils("Gauteng", "") == {"councils": "[]"}
    assert told.offered("Gauteng") == {"services": "[]"}
    assert told.listed("Leribe", "Moteng", "") == {"points": "[]", "only": ""}
    assert set(told.point("999", "").values()) == {"", "[]"}
    assert told.search("999")["id"] == ""


def test_a_filter_by_service_leaves_only_those_that_have_it(compiled: Compiled) -> None:
    pack = compiled(row("001"), row("002", services="electricity"), row("003", council="Litjotjela"))
    told = guide(pack)
    labels = [entry["label"] for entry in json.loads(told.councils("Leribe", "birth-certificate")["councils"])]
    assert labels == ["Hleoheng (1)", "Litjotjela (1)"]
    listed = told.listed("Leribe", "Hleoheng", "birth-certificate")
    assert listed["only"] == "001" and [one["id"] for one in json.loads(listed["points"])] == ["001"]


def test_one_text_for_several_asks_which(compiled: Compiled) -> None:
    pack = compiled(row("001", village="Ha Pula"), row("002", village="Ha Pula", district="Berea", council="Mapoteng"))
    assert guide(pack).search("ha pula")["candidates"] == "Ha Pula, Berea; Ha Pula, Leribe"
    assert guide(pack).search("leribe pasepoto")["candidates"] == "Leribe Birth certificate; Leribe Electricity"


def test_more_than_an_answer_holds_is_counted(lesotho: Pack) -> None:
    told = guide(lesotho).search("maseru")
    listed = told["points"].split("; ")
    assert septets(told["points"]) <= limits.point_answer_septets_max
    assert int(told["left"]) + len(listed) == len(lesotho.points.within("Maseru"))


@pytest.mark.parametrize("language", ["st", "en"])
def test_nothing_that_is_told_is_longer_than_the_compiler_measured(lesotho: Pack, language: str) -> None:
    told, points = guide(lesotho, language), lesotho.points
    names = [one.key for one in points.districts.values()] + [one.village for one in points.values()]
    texts = [*names, *(f"{name} {word}" for name in names for word in ("birth", "motlakase", "thaba")), *points, "ha"]
    asked = {
        Find.COUNCILS: [(one, service) for one in points.districts for service in ("", "electricity")],
        Find.SERVICES: [(one,) for one in points.districts],
        Find.POINTS: [(one.district, one.council, "") for one in points.values()],
        Find.POINT: [(id, service) for id in points for service in ("", "birth-certificate")],
        Find.SEARCH: [(text,) for text in texts],
    }
    for find, every in asked.items():
        service = next(one for one in lesotho.catalogue.services.values() if one.find is find)
        for arguments in every:
            answer = told.answer(find, dict(zip(FIND_TAKES[find], arguments, strict=True)))
            assert set(answer) == set(GIVES[find])
            for name, value in answer.items():
                given = service.gives[name]
                entries = json.loads(value) if given.fields else [{name: value}]
                assert len(entries) <= max(1, given.most)
                for entry in entries:
                    for field, text in entry.items():
                        bound = given.fields[field] if given.fields else given
                        assert bound.type == "word" or septets(fit(text, None)) <= bound.longest, (find, name, text)


def test_what_a_menu_shows_of_it_is_declared(lesotho: Pack) -> None:
    declared: Declared = lesotho.program.names["service-points"]["points"]
    assert declared.most == max(len(lesotho.points.within(*place)) for place in {
        (one.district, one.council) for one in lesotho.points.values()
    })  # fmt: skip
