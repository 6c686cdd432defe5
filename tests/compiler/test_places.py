"""Services that tell of points: what a pack has to say of them, and what it need not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.compiler.pack import compile_pack, examine, version_of
from app.pack import Pack


def complaints(sources: Mapping[str, str]) -> list[str]:
    return [str(one) for one in examine(sources)[1]]


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("services.yaml", "find: councils}", "find: villages}", "`villages` finds nothing; known are councils"),
        ("services.yaml", "kind: points, find: councils}", "kind: points}", "`find` is missing; add it"),
        ("services.yaml", "find: councils}", "find: councils, takes: {district: text}}", "remove `takes`"),
        ("services.yaml", "    title: ID\n", "    title: ID\n    find: point\n", "`find` is for services of kind"),
        ("service-points.yaml", "    answered: council\n", "    answered: council\n    late: council\n", "never late"),
        ("service-points.yaml", "with: {district: district}", "with: {}", "`district` is needed"),
        ("pack.yaml", "  monday: Mantaha\n", "", "`monday` is missing; add it"),
        ("languages/en.yaml", "  open_until: Open until\n", "", "has no text in languages/en.yaml"),
        ("languages/en.yaml", "districts: {Butha-Buthe: Butha-Buthe}\n", "", "add it at districts > Butha-Buthe"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    lesotho_sources: Mapping[str, str], file: str, before: str, after: str, told: str
) -> None:
    assert before in lesotho_sources[file]
    found = complaints({**lesotho_sources, file: lesotho_sources[file].replace(before, after, 1)})
    assert any(told in one for one in found), found


def test_a_pack_that_tells_of_points_has_places(lesotho_sources: Mapping[str, str]) -> None:
    without = {file: text for file, text in lesotho_sources.items() if file not in ("places.yaml", "points.csv")}
    told = "is missing from the pack, and `point-councils` tells of service points; add it"
    assert f"places.yaml:1:1: missing-file: {told}" in complaints(without)


@pytest.mark.parametrize("file", ["places.yaml", "services.yaml", "points.csv"])
def test_of_what_hangs_on_a_file_that_cannot_be_read_nobody_is_told(
    lesotho_sources: Mapping[str, str], file: str
) -> None:
    found = complaints({**lesotho_sources, file: 'id,"' if file == "points.csv" else "services: ["})
    assert found and all(one.startswith(f"{file}:") for one in found), found


def test_the_sheet_is_part_of_the_version(lesotho: Pack, lesotho_sources: Mapping[str, str]) -> None:
    assert version_of(lesotho_sources) == lesotho.program.version
    sources = {**lesotho_sources, "points.csv": lesotho_sources["points.csv"].replace("Naleli Example", "Pula Example")}
    assert compile_pack(sources).program.version != lesotho.program.version


def test_names_of_districts_are_the_languages_own(lesotho: Pack) -> None:
    assert lesotho.points.districts["Butha-Buthe"].name == {"st": ("Botha-Bothe",), "en": ("Butha-Buthe",)}
    assert lesotho.points.districts["Leribe"].name == {"st": ("Leribe",), "en": ("Leribe",)}


def test_no_office_closes_what_the_house_tells(lesotho: Pack) -> None:
    assert not {"points", "point", "point_search"} & set(lesotho.catalogue.opens)
