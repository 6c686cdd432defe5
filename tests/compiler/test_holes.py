"""All complaints at once: a file that cannot be read, or a part that is missing, hides nothing about anything else."""

from __future__ import annotations

import pytest

from app.compiler.pack import examine
from app.errors import Complaint
from tests.compiler.broken import BASE

LONG = {**BASE, "main.yaml": BASE["main.yaml"].replace("How much", "How much " * 30)}
LONG_TOLD = "main.yaml:40:3: too-long: [main/amount]"
NOT_YAML = "start: [\n"


def told(sources: dict[str, str], unread: tuple[Complaint, ...] = ()) -> list[str]:
    return [str(complaint) for complaint in examine(sources, unread)[1]]


def test_the_long_page_is_told_of() -> None:
    assert [one.startswith(LONG_TOLD) for one in told(LONG)] == [True]


@pytest.mark.parametrize("file", ["entrances.yaml", "languages/fr.yaml", "published.yaml", "quick.yaml"])
def test_a_file_that_cannot_be_read_hides_nothing_elsewhere(file: str) -> None:
    first, *others = sorted(told({**LONG, file: NOT_YAML}), key=lambda one: not one.startswith(file))
    assert first.startswith(f"{file}:2:1: yaml: is not YAML")
    assert others and all(one.startswith(LONG_TOLD) for one in others)


def test_screens_that_lead_to_a_program_that_cannot_be_read_are_still_checked() -> None:
    led = {**LONG, "quick.yaml": NOT_YAML}
    led["main.yaml"] = led["main.yaml"].replace("2: {text: Read, to: read}", "2: {text: Read, to: quick}")
    others = [one for one in told(led) if not one.startswith("quick.yaml")]
    assert [one for one in others if "published-number" not in one and not one.startswith(LONG_TOLD)] == []
    assert sum(one.startswith(LONG_TOLD) for one in others) == 1


@pytest.mark.parametrize("file", ["where.yaml", "shared/bye.yaml", "services.yaml"])
def test_what_follows_from_a_file_that_cannot_be_read_is_not_told(file: str) -> None:
    assert [one.partition(":")[0] for one in told({**BASE, file: NOT_YAML})] == [file]


@pytest.mark.parametrize("file", ["where.yaml", "services.yaml", "entrances.yaml", "languages/fr.yaml"])
def test_a_file_that_is_no_text_is_told_of_once(file: str) -> None:
    sources = {name: text for name, text in BASE.items() if name != file}
    unread = (Complaint(file, 1, 1, "encoding", "is not UTF-8; save it as UTF-8"),)
    assert told(sources, unread) == [f"{file}:1:1: encoding: is not UTF-8; save it as UTF-8"]


def test_another_mistake_beside_a_file_that_cannot_be_read_is_told_too() -> None:
    wrong = {**BASE, "where.yaml": NOT_YAML}
    wrong["main.yaml"] = wrong["main.yaml"].replace("shortest: 4", "shortest: four")
    assert [one.partition(": ")[2].partition(":")[0] for one in told(wrong)] == ["wrong-shape", "yaml"]


def test_a_hole_in_one_program_hides_nothing_in_another() -> None:
    holed = {**BASE, "quick.yaml": "start: begin\nscreens:\n  begin: {ask: Name, into: name, type: nothing, to: bye}\n"}
    holed["main.yaml"] = LONG["main.yaml"]
    found = told(holed)
    assert sum(one.startswith(LONG_TOLD) for one in found) == 1
    assert any(": unknown-type:" in one for one in found)


def test_a_way_that_leads_nowhere_hides_no_long_page_of_its_program() -> None:
    lost = {**LONG, "main.yaml": LONG["main.yaml"].replace("empty: start", "empty: nowhere")}
    found = told(lost)
    assert sum(one.startswith(LONG_TOLD) for one in found) == 1
    assert any(": unknown-screen:" in one for one in found)


ELSEWHERE = {
    **BASE,
    "pack.yaml": BASE["pack.yaml"]
    .replace('back: "9"', 'back: "1"')
    .replace('"busy": "Try', '"busy": "Long' + " long" * 40),
    "entrances.yaml": BASE["entrances.yaml"].replace("ussd: {", 'ussd: {"abc": main, '),
    "services.yaml": BASE["services.yaml"].replace("{reference} to", "{reference} {nobody} to"),
    "main.yaml": BASE["main.yaml"].replace("  look:\n", "      5: {text: Sure, to: sure}\n  look:\n"),
}
"""Mistakes of every kind that needs nothing but what is whole."""


@pytest.mark.parametrize(
    "broken",
    [
        {"languages/fr.yaml": NOT_YAML},
        {"quick.yaml": "start: begin\nscreens:\n  begin: {page: Hello, to: nowhere}\n"},
        {"quick.yaml": "start: begin\nscreens:\n  begin: {ask: Name, into: name, type: nothing, to: bye}\n"},
    ],
    ids=["a language", "a target", "a type"],
)
def test_a_mistake_in_one_file_hides_none_in_another(broken: dict[str, str]) -> None:
    found = {line.split(": ")[1] + " " + line.split(":")[0] for line in told({**ELSEWHERE, **broken})}
    assert found >= {
        "reserved-key pack.yaml",
        "too-long pack.yaml",
        "unmatched-code entrances.yaml",
        "unknown-name services.yaml",
    }
    if "languages/fr.yaml" not in broken:
        assert "not-yet-known main.yaml" in found
