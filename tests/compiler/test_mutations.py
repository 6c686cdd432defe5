"""Whatever stands where in a pack's files: complaints, never a crash."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from app.compiler.pack import examine

BASE = Path(__file__).resolve().parents[1] / "broken_menus" / "base"
SOURCES = {path.relative_to(BASE).as_posix(): path.read_text("utf-8") for path in BASE.rglob("*.yaml")}
STRANGE = [
    "[]", "{}", '""', "[a, b]", "{a: b}", "~", "99999999999", "{to: x}", "{visit: where}", "return", "[{to: x}]",
    "{visit: main, then: return}", "{text: x}", "{text: [a]}", "{text: {text: y}}", '"{x}"', "- a", "{always: [x]}",
    "secret", "list", "choice", "word", "1", "x",
]  # fmt: skip


def mutate(chance: random.Random) -> dict[str, str]:
    """The small pack with one to three lines changed, lost, doubled, or with a strange value in a word's place."""
    sources = dict(SOURCES)
    for _ in range(chance.choice([1, 1, 2, 3])):
        file = chance.choice(sorted(sources))
        lines = sources[file].splitlines()
        place, sort = chance.randrange(len(lines)), chance.random()
        key = re.match(r"(\s*(?:- )?[^:#]+:)", lines[place])
        words = list(re.finditer(r"\w+", lines[place]))
        if sort < 0.5 and key:
            lines[place] = f"{key[1]} {chance.choice(STRANGE)}"
        elif sort < 0.65:
            del lines[place]
        elif sort < 0.8 or not words:
            lines.insert(place, chance.choice(lines))
        else:
            word = chance.choice(words)
            lines[place] = lines[place][: word.start()] + chance.choice(STRANGE) + lines[place][word.end() :]
        sources[file] = "\n".join(lines) + "\n"
    return sources


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.hunt) for seed in range(3, 30))])
def test_a_pack_with_anything_in_it_is_told_of_and_never_crashes_the_compiler(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        pack, complaints = examine(mutate(chance))
        assert pack is not None or complaints
        assert all(complaint.line > 0 and complaint.column > 0 and complaint.text for complaint in complaints)


def test_an_operation_that_takes_no_words_is_told_of() -> None:
    sources = {**SOURCES, "services.yaml": SOURCES["services.yaml"].replace("takes: [office]", "takes: [{a: b}]")}
    assert "wrong-shape" in {complaint.rule for complaint in examine(sources)[1]}
