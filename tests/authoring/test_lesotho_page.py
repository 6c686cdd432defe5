"""docs/lesotho.md says what the shipped menus say, and shows what is there."""

from __future__ import annotations

import re

import pytest

from tests.lands import ROOT
from tests.lesotho_page import PAGE, PARTS, refreshed
from tests.pictures import strips

TEXT = PAGE.read_text("utf-8")


def test_the_page_is_what_the_menus_say() -> None:
    assert refreshed(TEXT) == TEXT, "run `python -m tests.lesotho_page` and commit what it writes"


def test_no_part_is_left_out() -> None:
    assert set(re.findall(r"<!-- ([a-z]+) -->", TEXT)) - {"end"} == set(PARTS)


def test_each_of_the_ten_most_used_tasks_has_its_picture_in_their_order() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(images/lesotho/([^)]+)\)", TEXT)
    assert shown == [(strip.walk.task, strip.name) for strip in strips()] and len(shown) == 10


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", TEXT))
def test_its_links_and_pictures_lead_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
