"""Nothing of the shipped country lives in code: its words stand in its pack, in comments that say why, or nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.pack_files import read_pack
from tests.lands import ROOT, SHIPPED

ROOMS = ("app", "sessions", "integrations", "scripts")
WORDS = (
    "lesotho", "basotho", "mosotho", "sesotho", "maseru", "loti", "maloti", "lsl", "vodacom", "econet", "mpho", "thabo",
    "lineo", "palesa", "naleli", "nicr", "wasco", "lec", "rsl", "obfc", "nissa",
)  # fmt: skip
NUMBERS = re.compile(r"(?<![0-9])\+?(266[0-9]*|6510[12])(?![0-9])")
LANGUAGES = ("st", "st_LS", "en_LS", "LS")
"""Codes of its languages and its own, which are words of code too: only a whole string counts."""
TOLD = (".js", ".html", ".css", ".svg", ".yaml", ".mako")
ALLOWED = {
    "integrations/sandbox/electricity.py": "lsl",  # the type of a field, which cannot be taken from home.py
    "integrations/sandbox/paid_accounts.py": "lsl",  # the same
}
"""Words that are something else's as well, by file."""
HOMES = {
    # The sandbox stands in for the offices of the shipped pack, and would not if it had other people, numbers and
    # places. What these files hold is its registers; whoever pretends another country writes others in their place.
    "integrations/sandbox/home.py",
    "integrations/sandbox/districts.py",
    "integrations/sandbox/directory.py",
    "integrations/sandbox/opencrvs_records.py",
    "integrations/sandbox/page.html",  # what a developer may try, of those registers
    "scripts/fictional_points.py",  # writes menus/lesotho/points.csv, and nothing else
}
"""Data of the country that are kept as code: nothing in them decides what the product does."""


def words() -> re.Pattern[str]:
    districts = [name.lower() for name in read_pack(SHIPPED).points.districts]
    assert len(districts) == 10
    return re.compile(rf"\b({'|'.join(map(re.escape, (*WORDS, *districts)))})\b", re.IGNORECASE)


def documented(tree: ast.AST) -> set[int]:
    """The strings that are documentation: those that stand by themselves."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """Every string and every name of a file that is no documentation, with its line."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    tree = ast.parse(text)
    left_out = documented(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in left_out:
            yield node.lineno, node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id.replace("_", " ")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name.replace("_", " ")


def files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in (".py", *TOLD) and path.relative_to(ROOT).as_posix() not in HOMES:
                yield path


def test_nothing_of_the_shipped_country_stands_in_code() -> None:
    pattern, found = words(), []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        for line, text in spoken(path):
            hit = pattern.search(text) or NUMBERS.search(text)
            told = hit[0] if hit else text if text in LANGUAGES else ""
            if told and told.lower() != ALLOWED.get(name):
                found.append(f"{name}:{line}: {told}")
    assert found == []


def test_each_place_that_is_allowed_still_needs_it() -> None:
    pattern = words()
    for name in (*HOMES, *ALLOWED):
        assert any(pattern.search(text) for _, text in spoken(ROOT / name)), f"{name}: nothing of the country any more"


def test_whoever_puts_a_country_into_code_is_found(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text('"""Maseru."""\nHOME = "Maseru"  # Maseru\nCODE = "*384*26600#"\n\n\ndef loti_of() -> None: ...\n')
    pattern = words()
    told = [(line, text) for line, text in spoken(path) if pattern.search(text) or NUMBERS.search(text)]
    assert told == [(6, "loti of"), (2, "Maseru"), (3, "*384*26600#")]
