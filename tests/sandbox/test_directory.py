"""The pretend directory of service points."""

import re

import pytest

from integrations.sandbox.directory import POINTS
from integrations.sandbox.districts import DISTRICTS


def points(client, district):
    return client.get("/directory/service-points", params={"district": district})


def test_a_district_has_a_bare_list_of_its_points(client):
    listed = points(client, "Leribe").json()
    assert listed[0] == {
        "id": "SP-009",
        "name": "Thaba",
        "kind": "shop",
        "district": "Leribe",
        "village": "Ha Mohlala 9",
        "hours": "08:00-18:00",
        "telephone": "00000009",
    }
    assert [point["kind"] for point in listed] == ["shop", "post_office", "school", "shop"]


def test_every_point_stands_in_exactly_one_of_the_ten_districts(client):
    assert len(DISTRICTS) == 10
    listed = [point["id"] for district in DISTRICTS for point in points(client, district).json()]
    assert sorted(listed) == [point.id for point in POINTS]


def test_one_district_has_none_and_says_so_with_an_empty_list(client):
    answer = points(client, "Qacha's Nek")
    assert (answer.status_code, answer.json()) == (200, [])
    assert [district for district in DISTRICTS if not points(client, district).json()] == ["Qacha's Nek"]


@pytest.mark.parametrize("spelt", ["Mohale's Hoek", "mohales hoek", "MOHALE\u2019S-HOEK"])
def test_a_district_may_be_spelt_in_several_ways(client, spelt):
    assert {point["district"] for point in points(client, spelt).json()} == {"Mohale's Hoek"}


def test_the_sesotho_spelling_is_known(client):
    assert points(client, "Botha-Bothe").json() == points(client, "Butha-Buthe").json() != []


@pytest.mark.parametrize("path", ["", "?district=", "?districts=Leribe"])
def test_a_question_without_a_district_is_told_what_to_send(client, path):
    refused = client.get(f"/directory/service-points{path}")
    assert (refused.status_code, refused.json()["code"]) == (400, "district_missing")
    assert all(district in refused.json()["message"] for district in DISTRICTS)


@pytest.mark.parametrize("district", ["Gauteng", "-", "Lerib", "Leribe Berea", "\u0000", "x" * 5_000])
def test_a_district_that_is_none_is_refused_and_not_repeated(client, district):
    refused = points(client, district)
    assert (refused.status_code, refused.json()["code"]) == (400, "district_unknown")
    assert len(refused.content) < 300


def test_nothing_listed_could_be_taken_for_real():
    for point in POINTS:
        assert re.fullmatch(r"Ha Mohlala [0-9]+", point.village)
        assert re.fullmatch(r"(0000[0-9]{4})?", point.telephone)
        assert re.fullmatch(r"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}", point.hours)
    assert len({point.name for point in POINTS}) == len(POINTS)


def test_a_client_without_the_key_is_turned_away(client):
    refused = client.get("/directory/service-points?district=Leribe", headers={"X-Api-Key": "other"})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_wrong")


def test_the_page_tells_how_many_points_there_are(client):
    assert re.search(rf"<code>directory</code>.*?<td>{len(POINTS)}</td>", client.get("/").text, re.DOTALL)
