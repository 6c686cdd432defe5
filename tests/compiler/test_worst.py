"""The worst of several texts in one is what trying all of them finds, and no rendering costs more."""

from __future__ import annotations

import json
from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.compiler.pack import compile_published
from app.compiler.worst import NARROW, WIDE, together, worst_of, worst_text
from app.engine.program import Declared, Program
from app.engine.rendering import fits, render_entry, show
from app.values.rules import ValueType
from app.values.text import FORMATS, Slot, Template, fill, septets, slots
from tests.compiler.broken import BASE

texts = st.text("x€я😀 ", max_size=6)
alternatives = st.lists(texts, min_size=1, max_size=3)
ANYTHING = st.one_of(st.text(max_size=40), st.sampled_from(["я" * 40, "x" * 40, "€" * 40, "…" * 40]))
WORDS = {"ready": "Pret", "one": "A", "two": "€uro", "three": "три"}
NAMES = {
    "amount": Declared(ValueType.AMOUNT, 9, {}),
    "born": Declared(ValueType.DATE, 10, {}),
    "count": Declared(ValueType.NUMBER, 6, {}),
    "name": Declared(ValueType.TEXT, 12, {}),
    "pin": Declared(ValueType.SECRET, 4, {}),
    "status": Declared(ValueType.WORD, 0, {}),
    "which": Declared(ValueType.CHOICE, 5, {name: {"en": (word,), "fr": (word,)} for name, word in WORDS.items()}),
}


@given(st.lists(alternatives, min_size=1, max_size=4))
def test_the_worst_together_is_what_trying_everything_finds(parts: list[list[str]]) -> None:
    worst = together([worst_of(part) for part in parts], "".join)
    assert worst.septets == max(septets("".join(every)) for every in product(*parts))


@given(alternatives, texts, texts)
def test_the_worst_of_texts_is_the_worst_beside_any_other(every: list[str], before: str, behind: str) -> None:
    most = max(septets(before + text + behind) for text in every)
    assert max(septets(before + text + behind) for text in worst_of(every).texts) == most


@cache
def program(is_wide: bool) -> Program:
    pack = BASE["pack.yaml"].replace("ready: Ready", "ready: Готово" if is_wide else "ready: Ready")
    return compile_published({**BASE, "pack.yaml": pack}).program


slot = st.builds(Slot, st.sampled_from(sorted(NAMES)), st.sampled_from(["", *FORMATS[:2]]))
templates = st.lists(st.one_of(slot, st.sampled_from(["a ", "€", "я", "\n"])), max_size=5).map(tuple)
canonical = st.one_of(ANYTHING, st.sampled_from(["123456789", "-5", "2026-12-31", *WORDS]))


@settings(deadline=None)
@given(st.booleans(), templates, st.lists(canonical, min_size=5, max_size=5), texts)
def test_no_rendering_costs_more_than_the_worst(
    is_wide: bool, template: Template, values: list[str], behind: str
) -> None:
    pack = program(is_wide)
    worst = worst_text(template, NAMES, pack, "en")
    shown = {
        one: show(pack, NAMES[one.name], value if fits(pack, NAMES[one.name], value) else "", "en", one.format)
        for one, value in zip(sorted(slots(template), key=str), values, strict=False)
    }
    cost = septets(fill(template, shown) + behind)
    assert cost <= max(septets(text + behind) for text in worst.texts)


@given(st.booleans(), st.lists(st.dictionaries(st.sampled_from(["name", "born"]), ANYTHING), max_size=12))
def test_no_line_and_no_joined_list_costs_more_than_the_worst(is_wide: bool, entries: list[dict[str, str]]) -> None:
    pack = program(is_wide)
    fields = {"name": NAMES["name"], "born": NAMES["born"]}
    line = worst_text((Slot("name"), " ", Slot("born", "long")), fields, pack, "en")
    declared = Declared(ValueType.LIST, 0, {}, fields, 12)
    for entry in json.loads(json.dumps(entries)):
        if not fits(pack, declared, json.dumps([entry])):
            continue
        text = render_entry(pack, fields, entry, {"en": (Slot("name"), " ", Slot("born", "long"))}, "en")
        assert septets(text) <= line.septets


def test_a_value_is_of_wide_letters_only_where_its_language_is() -> None:
    assert worst_text((Slot("name"),), NAMES, program(is_wide=False), "en").texts == (NARROW * 12,)
    assert WIDE * 12 in worst_text((Slot("name"),), NAMES, program(is_wide=True), "en").texts
