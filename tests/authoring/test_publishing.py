"""What `mohala menus publish`, `rollback`, `list` and `diff` do with a directory and a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.authoring.history import as_json, as_text
from app.authoring.numbers import keep_numbers
from app.compiler.pack import version_of
from app.compiler.programs import NUMBERS_FILE
from app.errors import MenuRefused, SettingsWrong, VersionUnusable
from app.messages import Act, Publication
from app.pack_files import read_pack, read_sources
from app.publishing import Publisher, pack_named, publications, publish, publish_if_changed, roll_back
from app.settings import Settings
from integrations.database import open_archive

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PALESA = Publisher("Palesa", "new greeting")


def let_one_mean_something_else(pack: Path) -> None:
    path = pack / "welcome.yaml"
    text = path.read_text("utf-8")
    changed = text.replace("to: birth-certificate}", "to: electricity}")
    assert changed != text
    path.write_text(changed.replace("[{to: electricity, when", "[{to: birth-certificate, when"))


def current(settings: Settings) -> str:
    return publications(settings)[0].publication.version


def test_a_pack_is_published_with_its_numbers_and_who_did_it(settings: Settings, pack: Path) -> None:
    told = publish(settings, pack, PALESA)
    version = read_pack(pack).program.version
    assert told[-1].startswith(f"lesotho {version} is current")
    assert "welcome/start:" in (pack / NUMBERS_FILE).read_text("utf-8")
    (listed,) = publications(settings)
    assert listed.current and listed.publication.by == "Palesa" and listed.publication.note == "new greeting"
    assert NUMBERS_FILE not in str(told[0]) and "secrets" in told[0]


def test_publishing_the_same_again_does_nothing(settings: Settings, pack: Path) -> None:
    publish(settings, pack, PALESA)
    assert "is current already" in publish(settings, pack, PALESA)[-1]
    assert len(publications(settings)) == 1


def test_a_pack_with_complaints_is_not_published(settings: Settings, pack: Path) -> None:
    (pack / "welcome.yaml").write_text("start: nowhere\nscreens: {}\n", encoding="utf-8")
    with pytest.raises(MenuRefused, match=f"{pack}/welcome.yaml:1"):
        publish(settings, pack, PALESA)
    assert publications(settings) == ()


def test_a_number_that_was_published_binds_also_when_the_author_lost_the_file(settings: Settings, pack: Path) -> None:
    publish(settings, pack, PALESA)
    (pack / NUMBERS_FILE).unlink()
    let_one_mean_something_else(pack)
    with pytest.raises(MenuRefused, match="published-number"):
        publish(settings, pack, PALESA)


@pytest.mark.parametrize(
    ("garbled", "told"),
    [
        ("welcome/start: {1: birth", "published.yaml:2:1: yaml: is not YAML"),
        ("", "published.yaml:1:1: yaml: must be a mapping"),
        ("- welcome/start", "published.yaml:1:1: yaml: must be a mapping"),
        ("welcome/start: gone", "published.yaml:1:16: wrong-shape"),
        ("welcome/start: {one: birth}", "published.yaml:1:17: option-number"),
        ("welcome/start: {1: [birth]}", "published.yaml:1:20: wrong-shape"),
        ("welcome/start: {1: birth}\nwelcome/start: {2: birth}", "published.yaml:2:1: duplicate-key"),
    ],
)
def test_a_record_of_numbers_that_cannot_be_read_is_never_begun_anew(
    settings: Settings, pack: Path, garbled: str, told: str
) -> None:
    publish(settings, pack, PALESA)
    (pack / NUMBERS_FILE).write_text(garbled, encoding="utf-8")
    for work in (publish, lambda *given: publish_if_changed(*given[:2])):
        with pytest.raises(MenuRefused, match=told):
            work(settings, pack, PALESA)
    with pytest.raises(MenuRefused, match=told):
        keep_numbers(pack)
    assert (pack / NUMBERS_FILE).read_text("utf-8") == garbled
    assert len(publications(settings)) == 1


def test_before_anything_was_published_there_is_nothing_to_go_back_to(settings: Settings, pack: Path) -> None:
    with pytest.raises(VersionUnusable, match="No other version"):
        roll_back(settings, None, PALESA)
    publish(settings, pack, PALESA)
    with pytest.raises(VersionUnusable, match="No other version"):
        roll_back(settings, None, PALESA)


def test_rolling_back_twice_goes_back_twice(settings: Settings, pack: Path, greet: Callable[[str], str]) -> None:
    versions = []
    for words in ("Lumela!", "Khotso!", "Kea u lumelisa!"):
        versions.append(greet(words))
        publish(settings, pack, PALESA)
    for expected in (versions[1], versions[0]):
        assert f"lesotho {expected} is current again" in roll_back(settings, None, PALESA)
        assert current(settings) == expected
    with pytest.raises(VersionUnusable, match="No other version"):
        roll_back(settings, None, PALESA)


def test_a_version_is_named_by_its_first_letters(settings: Settings, pack: Path, greet: Callable[[str], str]) -> None:
    first = greet("Lumela!")
    publish(settings, pack, PALESA)
    second = greet("Khotso!")
    publish(settings, pack, PALESA)
    assert pack_named(settings, first[:5]).program.version == first
    assert pack_named(settings, "current").program.version == second
    assert pack_named(settings, str(pack)).program.version == second
    roll_back(settings, first[:4], PALESA)
    assert current(settings) == first
    for wrong in ("abc", "zzzz", first[:3]):
        with pytest.raises(VersionUnusable, match="neither a directory nor a published version"):
            pack_named(settings, wrong)


def test_running_publishes_what_changed_and_leaves_a_rollback_alone(
    settings: Settings, pack: Path, greet: Callable[[str], str]
) -> None:
    first = greet("Lumela!")
    assert first in str(publish_if_changed(settings, pack))
    assert not (pack / NUMBERS_FILE).exists()
    assert publish_if_changed(settings, pack) is None
    second = greet("Khotso!")
    assert second in str(publish_if_changed(settings, pack))
    roll_back(settings, None, PALESA)
    assert publish_if_changed(settings, pack) is None
    assert current(settings) == first
    greet("Lumela!")
    assert publish_if_changed(settings, pack) is not None


def test_while_one_only_runs_a_menu_its_numbers_may_still_change(settings: Settings, pack: Path) -> None:
    publish_if_changed(settings, pack)
    let_one_mean_something_else(pack)
    assert publish_if_changed(settings, pack) is not None


def test_numbers_that_cannot_be_written_are_told_of(settings: Settings, pack: Path) -> None:
    kept = 'welcome/start:\n  77: "retired"\n'
    (pack / NUMBERS_FILE).write_text(kept, encoding="utf-8")
    (pack / NUMBERS_FILE).chmod(0o444)
    told = publish(settings, pack, PALESA)
    assert any(f"{NUMBERS_FILE} is read-only" in line and "mohala menus numbers" in line for line in told)
    assert (pack / NUMBERS_FILE).read_text("utf-8") == kept
    assert current(settings) == read_pack(pack).program.version


def spoil(pack: Path, before: str, after: str) -> None:
    services = pack / "services.yaml"
    text = services.read_text("utf-8")
    assert before in text
    services.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_an_office_that_no_gateway_could_open_stops_the_publication(settings: Settings, pack: Path) -> None:
    spoil(pack, "adapter: mobile_money", "adapter: telegraph")
    for work in (publish, lambda *given: publish_if_changed(*given[:2])):
        with pytest.raises(MenuRefused, match="telegraph"):
            work(settings, pack, PALESA)
    assert publications(settings) == ()


def test_an_office_that_no_gateway_could_open_stops_a_rollback(
    settings: Settings, pack: Path, greet: Callable[[str], str]
) -> None:
    spoil(pack, "adapter: mobile_money", "adapter: telegraph")
    sources = read_sources(pack)[0]
    version = version_of(sources)

    async def slip_in() -> None:
        archive = await open_archive(settings.database, allow_unsafe=True)
        await archive.publish(Publication(0, version, "lesotho", Act.PUBLISH, AT, "Thabo", "", ""), sources, after=None)
        await archive.close()

    asyncio.run(slip_in())
    spoil(pack, "adapter: telegraph", "adapter: mobile_money")
    publish(settings, pack, PALESA)
    with pytest.raises(SettingsWrong, match="telegraph"):
        roll_back(settings, version, PALESA)
    assert current(settings) != version


def test_what_an_office_would_refuse_is_a_complaint_that_stops_a_publication(settings: Settings, pack: Path) -> None:
    spoil(pack, "method: GET", "method: PATCH")
    for work in (publish, lambda *given: publish_if_changed(*given[:2])):
        with pytest.raises(MenuRefused, match=r"services.yaml:.*wrong-shape: `method` must be one of GET, POST, PUT"):
            work(settings, pack, PALESA)
    assert publications(settings) == ()


def test_the_history_is_a_table_and_an_object(settings: Settings, pack: Path, greet: Callable[[str], str]) -> None:
    assert as_text(()).startswith("Nothing is published yet")
    first = greet("Lumela!")
    publish(settings, pack, PALESA)
    second = greet("Khotso!")
    publish(settings, pack, Publisher("Thabo"))
    head, newest, oldest = as_text(publications(settings)).splitlines()
    assert head.split()[:2] == ["version", "when"]
    assert newest.startswith(f"*  {second}") and newest.endswith("Thabo")
    assert oldest.startswith(f"   {first}") and oldest.endswith("Palesa  new greeting")
    assert f'"version": "{second}"' in as_json(publications(settings))
