"""Many sub-menus inside one another are checked at once, and refused where a session could not hold them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from app import limits
from app.compiler.graph import Graph
from app.compiler.pack import compile_pack, examine
from tests.compiler.broken import BASE

LAYERS, WIDTH = 6, 10
PAGE = "  last:\n    page: Here\n    to: return\n"


def pack_with(main: str, programs: dict[str, str]) -> dict[str, str]:
    pack = (
        BASE["pack.yaml"]
        .replace("languages: [en, fr]", "languages: [en]")
        .replace(", fr: fr}", "}")
        .replace("inputs_max: 6", "inputs_max: 20")
    )
    services = "offices: {}\nservices: {}\n"
    files = {"pack.yaml": pack, "services.yaml": services, "entrances.yaml": BASE["entrances.yaml"], "main.yaml": main}
    return {**files, **{f"{name}.yaml": text for name, text in programs.items()}}


def menu(then: str, visited: Iterable[str]) -> str:
    options = [
        f"      {10 + number}: {{text: A, to: {{visit: {name}, then: {then}}}}}" for number, name in enumerate(visited)
    ]
    return "start: start\nscreens:\n  start:\n    choose: A\n    options:\n" + "\n".join([*options, ""])


def nested() -> dict[str, str]:
    """Each of a layer's sub-menus visits all of the next one: sixty of them, and a million ways through."""
    programs = {}
    for layer in range(LAYERS):
        for place in range(WIDTH):
            inner = [f"m{layer + 1}-{other}" for other in range(WIDTH)] if layer + 1 < LAYERS else []
            programs[f"m{layer}-{place}"] = menu("return", inner) if inner else f"start: last\nscreens:\n{PAGE}"
    main = menu("bye", [f"m0-{place}" for place in range(WIDTH)])
    return pack_with(f"{main}  bye: {{end: Bye}}\n", programs)


def test_sixty_nested_sub_menus_are_checked_at_once_and_lead_back_to_who_visited() -> None:
    program = compile_pack(nested()).program
    graph = Graph(program)
    assert graph.onward["m5-0/last"] == {"main/bye"}
    assert graph.reached() == set(program.screens)


@pytest.mark.parametrize("order", [1, -1], ids=["inner first", "outer first"])
@pytest.mark.parametrize(
    ("depth", "rule"), [(limits.menu_depth_max - 1, set()), (60, {"menu-loop", "unknown-program"})]
)
def test_a_chain_of_sub_menus_is_refused_when_it_is_too_long_whatever_the_order_of_the_files(
    order: int, depth: int, rule: set[str]
) -> None:
    names = [f"m{number:02}" for number in range(depth)][::order]
    programs = {outer: menu("return", [inner]) for inner, outer in pairwise(names)}
    programs[names[0]] = f"start: last\nscreens:\n{PAGE}"
    main = menu("bye", names[-1:]) + "  bye: {end: Bye}\n"
    assert {complaint.rule for complaint in examine(pack_with(main, programs))[1]} == rule
