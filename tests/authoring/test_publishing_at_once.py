"""Several that publish at the same time: each stands in the history, or is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.compiler.programs import NUMBERS_FILE
from app.errors import VersionUnusable
from app.pack_files import read_pack
from app.publishing import Publisher, publications, publish, roll_back
from app.settings import Settings

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PALESA = Publisher("Palesa", "new greeting")
Rivals = Callable[..., Callable[[], datetime]]


@pytest.fixture
def rivals() -> Rivals:
    """A clock that lets somebody else act each time it is looked at: between what was read and what is written."""

    def make(act: Callable[[], object], times: int = 1) -> Callable[[], datetime]:
        left = iter(range(times))

        def look() -> datetime:
            if next(left, None) is not None:
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(act).result()
            return AT

        return look

    return make


def current(settings: Settings) -> str:
    return publications(settings)[0].publication.version


def test_whoever_is_overtaken_publishes_after_the_other_and_keeps_the_numbers_of_both(
    settings: Settings, pack: Path, rivals: Rivals
) -> None:
    shutil.copytree(pack, pack.with_name("other"))
    (pack / "welcome.yaml").write_text(
        (pack / "welcome.yaml").read_text("utf-8").replace("Rea u amohela!", "Lumela!"), encoding="utf-8"
    )
    rival = rivals(lambda: publish(settings, pack.with_name("other"), Publisher("Thabo")))
    publish(settings, pack, PALESA, rival)
    assert [one.publication.by for one in publications(settings)] == ["Palesa", "Thabo"]
    assert current(settings) == read_pack(pack).program.version


def test_whoever_is_overtaken_each_time_is_told_and_has_written_nothing(
    settings: Settings, pack: Path, greet: Callable[[str], str], rivals: Rivals
) -> None:
    other = pack.with_name("other")
    shutil.copytree(pack, other)
    greet("Lumela!")
    words = iter("abcdefgh")

    def publish_another() -> None:
        text = (pack / "welcome.yaml").read_text("utf-8").replace("Lumela!", next(words))
        (other / "welcome.yaml").write_text(text, encoding="utf-8")
        publish(settings, other, Publisher("Thabo"))

    with pytest.raises(VersionUnusable, match="Others publish at this very moment"):
        publish(settings, pack, PALESA, rivals(publish_another, times=9))
    assert {one.publication.by for one in publications(settings)} == {"Thabo"}
    assert not (pack / NUMBERS_FILE).exists()


def test_a_rollback_undoes_no_publication_that_nobody_saw(
    settings: Settings, pack: Path, greet: Callable[[str], str], rivals: Rivals
) -> None:
    first = greet("Lumela!")
    publish(settings, pack, PALESA)
    greet("Khotso!")
    publish(settings, pack, PALESA)
    third = greet("Kea u lumelisa!")
    rival = rivals(lambda: publish(settings, pack, Publisher("Thabo")))
    with pytest.raises(VersionUnusable, match="Somebody published or rolled back meanwhile"):
        roll_back(settings, None, PALESA, rival)
    assert current(settings) == third
    greet("Khotso hape!")
    rival = rivals(lambda: publish(settings, pack, Publisher("Thabo")))
    assert first in roll_back(settings, first, PALESA, rival)
    assert [one.publication.by for one in publications(settings)[:2]] == ["Palesa", "Thabo"]


def test_several_that_publish_at_once_all_stand_in_the_history(settings: Settings, pack: Path) -> None:
    directories = []
    for words in ("Lumela!", "Khotso!", "Kea u lumelisa!"):
        directories.append(pack.with_name(words))
        shutil.copytree(pack, directories[-1])
        text = (pack / "welcome.yaml").read_text("utf-8").replace("Rea u amohela!", words)
        (directories[-1] / "welcome.yaml").write_text(text, encoding="utf-8")
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda one: publish(settings, one, Publisher(one.name)), directories))
    assert {one.publication.by for one in publications(settings)} == {one.name for one in directories}
