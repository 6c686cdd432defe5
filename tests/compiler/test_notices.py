"""What is said on the way to a list that turns out to be empty stands on the page that is shown instead, and fits."""

from __future__ import annotations

from datetime import date

import pytest

from app.compiler.pack import compile_pack, examine
from app.engine.exchange import Facts, Gave
from app.engine.program import Program
from app.engine.step import dial, hear, resume
from app.values.text import septets
from tests.compiler.broken import BASE

FACTS = Facts(date(2026, 11, 26), "hubtel")
CALL = """\
    call: offices
    with: {{district: {{always: x}}}}
    results: {{offices: offices}}
    answered: {{to: pick, say: {said}}}
    refused: {{unknown: bye}}
    late: bye
    down: bye
  pick: {{pick: Which, from: offices, line: "{{name}}", into: {{office: id}}, empty: {empty}, to: {onward}}}
"""
GONE = "  gone: {end: GONE}\n"
LISTED = '  list: {page: Others, from: offices, line: "{name}", empty: {to: gone, say: EMPTY}}\n'
MAIN = "start: look\ninclude: [bye]\nscreens:\n  look:\n"
VISIT = "start: start\nscreens:\n  start: {choose: Hello, options: {1: {text: Find, to: {visit: find, then: THEN}}}}\n"


def packs() -> dict[str, dict[str, str]]:
    """By one way, past two empty lists, and out of a sub-menu: SAID on the way to a list, EMPTY on the way past it."""
    then = "{to: gone, say: EMPTY}"
    return {
        "list": {"main.yaml": MAIN + CALL.format(said="SAID", empty=then, onward="gone") + GONE},
        "lists": {"main.yaml": MAIN + CALL.format(said="SAID", empty="list", onward="list") + LISTED + GONE},
        "sub-menu": {
            "main.yaml": VISIT.replace("THEN", then) + GONE,
            "find.yaml": MAIN + CALL.format(said="SAID", empty="return", onward="return"),
        },
    }


def sources(way: str, said: str = "Said", empty: str = "None", gone: str = "Gone") -> dict[str, str]:
    files = {
        file: text.replace("SAID", said).replace("EMPTY", empty).replace("GONE", gone)
        for file, text in packs()[way].items()
    }
    left_out = ("where.yaml", "languages/fr.yaml", "published.yaml")
    kept = {file: text for file, text in BASE.items() if file not in left_out}
    pack = kept["pack.yaml"].replace("languages: [en, fr]", "languages: [en]").replace(", fr: fr}", "}")
    return {**kept, "pack.yaml": pack, "entrances.yaml": 'ussd: {"*": main}', **files}


def shown(program: Program) -> str:
    step = dial(program, program.codes["*"], None, FACTS)
    if step.call is None:
        step = hear(program, step.state, "1", FACTS)
    page = resume(program, step.state, Gave({"offices": "[]"}), FACTS).page
    assert page is not None
    return page.text


@pytest.mark.parametrize("way", packs())
def test_what_was_said_on_the_way_to_an_empty_list_is_seen(way: str) -> None:
    assert shown(compile_pack(sources(way)).program) == "Said\nNone\nGone"


@pytest.mark.parametrize("way", packs())
def test_the_page_past_an_empty_list_has_room_for_all_that_is_said(way: str) -> None:
    fits = sources(way, "s" * 60, "e" * 60, "g" * 30)
    assert septets(shown(compile_pack(fits).program)) == 152
    told = [str(one).partition(": ")[2] for one in examine(sources(way, "s" * 60, "e" * 60, "g" * 31))[1]]
    assert told == ["too-long: [main/gone] can be 1 septets over its 156 in `en`; shorten it"]
