"""What `mohala menus diff` tells between two versions of a pack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.diff import Change, Difference, Kind, as_json, as_text, compare
from app.authoring.diff_command import show_difference
from app.compiler.pack import compile_pack
from app.pack import Pack
from app.settings import Settings
from tests.lands import FLAT, FLAT_CONVERSATIONS

Edit = tuple[str, str, str]
Differ = Callable[..., Difference]


@pytest.fixture
def differ(lesotho: Pack, lesotho_sources: dict[str, str]) -> Differ:
    """The difference that edits (file, old, new) make; each must fit exactly once."""

    def run(*edits: Edit, conversations: str | None = None) -> Difference:
        sources = dict(lesotho_sources)
        for file, old, new in edits:
            assert sources[file].count(old) == 1, old
            sources[file] = sources[file].replace(old, new)
        played = read_files([FLAT_CONVERSATIONS / conversations]) if conversations else ()
        return compare(lesotho, compile_pack(sources), played)

    return run


def test_a_pack_does_not_differ_from_itself(lesotho: Pack) -> None:
    conversations = read_files([FLAT_CONVERSATIONS / "welcome.yaml"])
    difference = compare(lesotho, lesotho, conversations)
    assert difference.changes == () and difference.detours == ()


def test_a_comment_changes_the_version_and_nothing_for_a_citizen(differ: Differ) -> None:
    difference = differ(("status.yaml", "start: reference", "start: reference # first"))
    assert difference.old != difference.new and difference.changes == ()


def test_a_changed_text_is_told_in_its_language_with_its_placeholders(differ: Differ) -> None:
    difference = differ(
        (
            "languages/en.yaml",
            "    Ref: {reference}\n        You will get an SMS. No fee.",
            "    No {reference}\n        You will get an SMS. No fee.",
        )
    )
    assert difference.changes == (
        Change(
            Kind.CHANGED, "birth-certificate/done", "text (en)",
            "Application received.\nRef: {reference}\nYou will get an SMS. No fee.",
            "Application received.\nNo {reference}\nYou will get an SMS. No fee.",
        ),
    )  # fmt: skip


def test_an_option_that_leads_elsewhere_is_told(differ: Differ) -> None:
    changes = differ(
        ("welcome.yaml", "to: birth-certificate}", "to: status}"),
        ("welcome.yaml", "text: Boemo ba kopo, to: status}", "text: Boemo ba kopo, to: birth-certificate}"),
    ).changes
    assert changes == (
        Change(Kind.CHANGED, "welcome/start", "option 1 leads to", "birth-certificate/sex", "status/reference"),
        Change(Kind.CHANGED, "welcome/start", "option 2 leads to", "status/reference", "birth-certificate/sex"),
    )


def test_a_way_that_depends_on_a_condition_now_is_told_with_it(differ: Differ) -> None:
    ways = """
      - {when: "born > today - duration('2160h')", to: district, say: "Letsatsi le amohetsoe."}
      - district
"""
    changes = differ(
        ("birth-certificate.yaml", "    to: district\n", f"    to:{ways}"),
        ("languages/en.yaml", 'born? (such as 05/03/2026)"}', 'born? (such as 05/03/2026)", say: {to_1: In time.}}'),
    ).changes
    assert changes == (
        Change(Kind.CHANGED, "birth-certificate/born", "leads to when", "", "born > today - duration('2160h')"),
        Change(Kind.CHANGED, "birth-certificate/born", "leads to says (st)", "", "Letsatsi le amohetsoe."),
        Change(Kind.CHANGED, "birth-certificate/born", "leads to says (en)", "", "In time."),
        Change(Kind.CHANGED, "birth-certificate/born", "leads to 2 leads to", "", "birth-certificate/district"),
    )


def test_limits_of_an_amount_are_told_in_money(differ: Differ) -> None:
    changes = differ(("electricity.yaml", "most: 1000", "most: 500")).changes
    assert changes == (Change(Kind.CHANGED, "electricity/amount", "input most", "1000.00 LSL", "500.00 LSL"),)


def test_a_screen_that_is_new_and_one_that_is_gone_are_told(differ: Differ) -> None:
    changes = differ(
        ("electricity.yaml", "  stopped:\n    end: Ha ho", "  halted:\n    end: Ha ho"),
        ("electricity.yaml", "{holder}\n    yes: buy\n    no: stopped", "{holder}\n    yes: buy\n    no: halted"),
        ("electricity.yaml", "joe)\n    yes: buy\n    no: stopped", "joe)\n    yes: buy\n    no: halted"),
        ("languages/en.yaml", "stopped: {text: No money was taken.}", "halted: {text: No money was taken.}"),
    ).changes
    assert Change(Kind.GONE, "electricity/stopped") in changes
    assert Change(Kind.NEW, "electricity/halted") in changes
    assert Change(Kind.CHANGED, "electricity/halted", "text (en)", "", "No money was taken.") in changes


def test_what_is_texted_and_what_the_house_says_count_too(differ: Differ) -> None:
    changes = differ(
        ("languages/en.yaml", "back: Back", "back: Away"),
        ("languages/en.yaml", "yet. We will text you.\n", "yet. We text you.\n"),
        ("languages/en.yaml", 'Status: {status} {where}"', 'Now: {status} {where}"'),
    ).changes
    assert {change.where for change in changes} == {"status/later", "phrase back", "service birth-certificate"}


def test_a_new_way_in_is_told(differ: Differ) -> None:
    changes = differ(("entrances.yaml", "  BOEMO: status", "  BOEMO: status\n  TSOALO: birth-certificate")).changes
    assert Change(Kind.CHANGED, "pack", "keywords birth-certificate/sex words", "", "TSOALO") in changes
    assert all("birth-certificate/sex" in change.what for change in changes)


def test_journeys_that_pass_other_screens_are_told_with_the_first_turn_that_does(differ: Differ) -> None:
    edit = ("birth-certificate.yaml", "    late: informant", "    late: mother")
    (detour,) = differ(edit, conversations="birth-certificate.yaml").detours
    assert detour.conversation.name == "the registry is slow, so the number is checked with the filing"
    assert detour.elsewhere
    assert detour.old == "birth-certificate/known > birth-certificate/informant"
    assert detour.new == "birth-certificate/known > birth-certificate/mother"


def test_journeys_that_read_other_words_are_told_apart_from_those(differ: Differ) -> None:
    edit = ("languages/en.yaml", "stopped: {text: Stopped. Nothing was sent.}", "stopped: {text: Stopped.}")
    (detour,) = differ(edit, conversations="birth-certificate.yaml").detours
    assert not detour.elsewhere
    assert (detour.old, detour.new) == ("Stopped. Nothing was sent.", "Stopped.")


def test_the_report_reads_screen_by_screen(differ: Differ) -> None:
    difference = differ(
        ("electricity.yaml", "most: 1000", "most: 500"),
        ("languages/en.yaml", "stopped: {text: Stopped. Nothing was sent.}", "stopped: {text: Stopped.}"),
        conversations="birth-certificate.yaml",
    )
    lines = list(as_text(difference))
    assert lines[0].endswith(": 2 changes")
    assert lines[1:5] == [
        "birth-certificate/stopped",
        "  text (en):",
        "    - Stopped. Nothing was sent.",
        "    + Stopped.",
    ]
    assert lines[-4] == "Conversations that read differently now: 1"
    assert lines[-3].endswith(": a citizen stops at the confirmation in English, types 2:")


def test_the_report_for_machines_names_changes_and_journeys(differ: Differ) -> None:
    edit = ("languages/en.yaml", "stopped: {text: Stopped. Nothing was sent.}", "stopped: {text: Stopped.}")
    told = json.loads(as_json(differ(edit, conversations="birth-certificate.yaml")))
    assert told["changes"][0]["where"] == "birth-certificate/stopped"
    assert told["journeys"][0]["elsewhere"] is False and told["journeys"][0]["place"]["line"] > 1


def test_a_pack_that_does_not_compile_is_told_with_its_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_difference(Settings(), str(FLAT), str(tmp_path), (tmp_path,)) == 1
    assert f"{tmp_path}/pack.yaml:1:1: missing-file" in capsys.readouterr().out
