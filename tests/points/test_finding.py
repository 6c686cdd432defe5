"""What a text means: districts, councils, villages, services and numbers, as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pack import Pack
from app.points.finding import Area, Found, search
from tests.points.conftest import Compiled, row

SERVICES = {
    "birth-certificate": ["birth certificate", "Lengolo la tsoalo", "Birth certificate"],
    "electricity": ["electricity", "Motlakase", "Electricity"],
}
LERIBE, BEREA = Area("Leribe"), Area("Berea")


def found(pack: Pack, words: str) -> Found:
    return search(words, pack.points, SERVICES)


@pytest.mark.parametrize(
    ("words", "area"),
    [
        ("LERIBE", LERIBE), ("leribe", LERIBE), ("  Leribe ", LERIBE), ("lerieb", LERIBE), ("Leribee", LERIBE),
        ("le ri be", LERIBE), ("hlotse", LERIBE), ("TY", BEREA), ("teyateyaneg", BEREA), ("mafeten", Area("Mafeteng")),
        ("Botha-Bothe", Area("Butha-Buthe")), ("butabute", Area("Butha-Buthe")),
        ("mohale s hoek", Area("Mohale's Hoek")),
        ("MOHALESHOEK", Area("Mohale's Hoek")), ("qachas nek", Area("Qacha's Nek")), ("thaba", Area("Thaba-Tseka")),
        ("Hleoheng", Area("Leribe", "Hleoheng")), ("leribe hleohen", Area("Leribe", "Hleoheng")),
        ("Ha Mohlala 12", Area("Maseru", "", "Ha Mohlala 12")),
        ("maseru ha mohlala 12", Area("Maseru", "", "Ha Mohlala 12")),
    ],
)  # fmt: skip
def test_an_area_is_found_however_it_is_written(lesotho: Pack, words: str, area: Area) -> None:
    assert found(lesotho, words) == Found(areas=(area,))


@pytest.mark.parametrize(
    ("words", "services", "unread"),
    [
        ("leribe birth", ("birth-certificate",), ""),
        ("BIRTH LERIBE", ("birth-certificate",), ""),
        ("leribe lengolo la tsoalo", ("birth-certificate",), ""),
        ("leribe motlakasi", ("electricity",), ""),
        ("leribe fishing", (), "fishing"),
        ("in leribe", (), ""),
    ],
)
def test_a_service_is_found_by_any_word_of_its_titles(
    lesotho: Pack, words: str, services: tuple[str, ...], unread: str
) -> None:
    assert found(lesotho, words) == Found(areas=(LERIBE,), services=services, unread=unread)


@pytest.mark.parametrize(
    ("words", "services"),
    [
        ("leribe passport", ("passport", "urgent-passport")),
        ("leribe urgent", ("urgent-passport",)),
        ("Leribe Passport, 32 pages", ("passport",)),
        ("leribe 32 passport pages", ("passport",)),
        ("Leribe Urgent passport, 32 pages", ("urgent-passport",)),
        ("leribe passport 32", ("passport", "urgent-passport")),
    ],
)
def test_of_several_services_the_one_is_meant_whose_whole_title_was_written(
    lesotho: Pack, words: str, services: tuple[str, ...]
) -> None:
    offered = {"passport": ["Passport 32 pages"], "urgent-passport": ["Urgent passport 32 pages"]}
    assert search(words, lesotho.points, offered) == Found(areas=(LERIBE,), services=services)


@pytest.mark.parametrize("words", ["014", "14", "14 ", "000014"])
def test_a_point_is_found_by_its_number(lesotho: Pack, words: str) -> None:
    expected = lesotho.points["014"] if words != "000014" else None
    assert found(lesotho, words).point == expected


def test_four_letters_of_a_name_are_enough_and_fewer_are_not(lesotho: Pack) -> None:
    assert found(lesotho, "mapo").areas == (Area("Berea", "Mapoteng"),)
    assert found(lesotho, "map").areas == ()


def test_the_same_name_in_two_districts_is_both_until_one_is_named(compiled: Compiled) -> None:
    pack = compiled(row("001", village="Ha Pula"), row("002", village="Ha Pula", district="Berea", council="Mapoteng"))
    leribe, berea = Area("Leribe", "", "Ha Pula"), Area("Berea", "", "Ha Pula")
    assert found(pack, "ha pula").areas == (berea, leribe)
    assert found(pack, "ha pula leribe").areas == (leribe,)


@pytest.mark.parametrize("words", ["", "gauteng", "x", "99999999", "!!", "\u0661\u0662", "la le li"])
def test_nothing_is_found_where_nothing_is_meant(lesotho: Pack, words: str) -> None:
    assert not found(lesotho, words).areas and found(lesotho, words).point is None


@given(st.text(max_size=80))
def test_no_text_raises(lesotho: Pack, words: str) -> None:
    meant = found(lesotho, words)
    assert set(meant.services) <= set(SERVICES) and all(
        area.district in lesotho.points.districts for area in meant.areas
    )
