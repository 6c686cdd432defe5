"""Some of the tasks of the shipped menus as a citizen meets them: wrong keys, a line that falls, a late office."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from tests.browser.conftest import find_chromium
from tests.on_the_phone.land import new_country
from tests.on_the_phone.outing import go_out
from tests.on_the_phone.page import PAGE
from tests.on_the_phone.texting import TEXTS
from tests.on_the_phone.told import Told
from tests.on_the_phone.tongue import Tongue
from tests.on_the_phone.walks import recorded_tasks, walks
from tests.story.country import Country

TRIED = ("Buy electricity", "Apply for a birth certificate", "See whether a pension was paid")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    country = new_country(tmp_path_factory.mktemp("shipped") / "home")
    country.start()
    yield country
    country.stop()


def test_one_is_paid_one_applied_for_and_one_asked_whatever_goes_wrong(country: Country) -> None:
    chosen = [walk for walk in walks() if walk.task in TRIED]
    assert len(chosen) == len(TRIED)
    told = asyncio.run(go_out(chosen, country, find_chromium(), 0))
    assert [one for one in told if not isinstance(one, Told)] == []
    assert all(one.wrong and one.fell and one.late and one.seen for one in told if isinstance(one, Told))


def test_every_task_that_is_measured_is_walked_and_the_other_way_round() -> None:
    walked = {one.task for one in (*walks(), *TEXTS)}
    table = (PAGE.parent / "tasks.md").read_text("utf-8").partition("\n## ")[0]
    assert set(re.findall(r"^\| ([A-Z][^|]+?) \|", table, re.MULTILINE)) == walked == set(recorded_tasks())


def test_the_page_of_what_was_tried_has_every_walk() -> None:
    tried = re.findall(r"^\| ([A-Z][^|]+?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert tried == [one.task for one in (*walks(), *TEXTS)]


def test_english_is_noticed_and_sesotho_is_not() -> None:
    tongue = Tongue()
    tongue.check("Kopo e amohetsoe.\nRef: 7K4M-2PXQ9\n1. Sesotho\n2. English\n8. Puo / Language")
    with pytest.raises(AssertionError, match="Request received"):
        tongue.check("Request received.\nRef: 7K4M-2PXQ9")
