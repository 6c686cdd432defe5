"""Each file of `tests/broken_menus` breaks a small right pack in one place; its first lines are what must be said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import limits
from app.compiler.pack import compile_pack, compile_published, examine, version_of
from app.errors import MenuRefused
from app.pack_files import read_pack
from tests.compiler.broken import BASE, BROKEN, COMPLAINING_FILES, FAULTS, broken


def test_the_base_pack_is_right() -> None:
    assert examine(BASE)[1] == ()


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_broken_menu_gets_exactly_its_complaint(path: Path) -> None:
    sources, expected = broken(path)
    assert expected
    assert [str(complaint) for complaint in examine(sources)[1]] == expected


def test_there_are_more_than_forty_faults() -> None:
    assert len(FAULTS) > 40


def test_a_missing_text_alone_does_not_stop_the_pack() -> None:
    compile_pack(broken(BROKEN / "missing-translation.yaml")[0])
    with pytest.raises(MenuRefused):
        compile_pack(broken(BROKEN / "unknown-translation.yaml")[0])


# --- what no text file can hold --------------------------------------------------------------------------------


def rules(sources: dict[str, str]) -> set[str]:
    return {complaint.rule for complaint in examine(sources)[1]}


UNWRITABLE = {
    "file-size": {**BASE, "main.yaml": BASE["main.yaml"] + "#" * limits.pack_file_bytes_max},
    "pack-size": {**BASE, **{f"p{number}.yaml": "#" * 450_000 for number in range(6)}},
    "yaml-depth": {**BASE, "main.yaml": "a: " + "[" * 100_000},
    "yaml": {**BASE, "main.yaml": 'a: "\x00"'},
    "missing-file": {name: text for name, text in BASE.items() if name != "services.yaml"},
    "bad-condition": {**BASE, "main.yaml": BASE["main.yaml"].replace("amount > 500.0", "amount > 500.0" + " " * 300)},
}


@pytest.mark.parametrize("rule", UNWRITABLE)
def test_a_monstrous_pack_is_a_complaint(rule: str) -> None:
    assert rules(UNWRITABLE[rule]) == {rule}


def test_a_file_in_another_encoding_is_a_complaint(tmp_path: Path) -> None:
    for name, text in BASE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "main.yaml").write_bytes("start: caf\xe9\n".encode("latin-1"))
    with pytest.raises(MenuRefused, match=r"main.yaml:1:1: encoding: is not UTF-8"):
        read_pack(tmp_path)


def test_every_rule_of_the_compiler_has_a_broken_menu() -> None:
    raised = re.compile(
        r'(?:wrong|complaint|Complaint|_Refused|Fault)\([^"]*(?<!get\()"([a-z]+(?:-[a-z]+)*)", '
        r'|yield [a-z.]+, "([a-z-]+)"'
    )
    known = {
        match[1] or match[2]
        for path in COMPLAINING_FILES
        for match in raised.finditer(path.read_text("utf-8").replace('"pack.yaml"', ""))
    }
    covered = set(UNWRITABLE) | {line.split(": ")[1] for path in FAULTS for line in broken(path)[1]}
    assert known - covered == set()


def test_a_number_of_one_digit_is_no_answer_where_the_digit_leads_back() -> None:
    sources = {
        **BASE,
        "pack.yaml": BASE["pack.yaml"].replace('"9999"', '"9"'),
        "main.yaml": BASE["main.yaml"].replace("type: amount\n    least: 10\n    most: 1000", "type: identity"),
    }
    sources["main.yaml"] = sources["main.yaml"].replace("amount > 500.0", "amount != '7'")
    told = [complaint.text for complaint in examine(sources)[1]]
    assert told == ["`9` is kept for back and home but is also an answer here; lengthen its pattern"]


# --- what was published before a rule came ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "stem",
    [
        "too-long",
        "list-too-long-for-a-session",
        "session-too-large",
        "argument-longer-than-is-taken",
        "too-long-in-costly-letters",
        "key-of-a-yes",
        "unprintable",
        "unmatched-code",
        "unreachable",
        "choice-as-text",
        "unknown-translation",
    ],
)
def test_a_published_version_outlives_a_rule_that_came_later(stem: str) -> None:
    sources = broken(BROKEN / f"{stem}.yaml")[0]
    with pytest.raises(MenuRefused):
        compile_pack(sources)
    assert compile_published(sources).program.version == version_of(sources)


@pytest.mark.parametrize("stem", ["unknown-screen", "tab", "missing-argument"])
def test_a_published_version_that_is_not_whole_is_refused(stem: str) -> None:
    sources, expected = broken(BROKEN / f"{stem}.yaml")
    with pytest.raises(MenuRefused) as refused:
        compile_published(sources)
    assert str(refused.value).splitlines() == expected
