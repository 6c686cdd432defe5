"""docs/engine.md says what the code says, its example runs, and the engine stays small."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.authoring.manual import refreshed

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "engine.md").read_text("utf-8")


@pytest.mark.plain  # machine code has no signatures
def test_the_page_is_what_the_code_says() -> None:
    assert refreshed(PAGE) == PAGE, "run `python -m app.authoring.manual docs/engine.md` and commit what it writes"


def test_its_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/engine.md", "exec"), {})  # our own page


def code_lines(path: Path) -> int:
    """Lines with code on them: no blank ones, comments or docstrings."""
    source = path.read_text("utf-8")
    told: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            told |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(source.splitlines(), start=1)
    return sum(number not in told and bool(line.strip()) and not line.strip().startswith("#") for number, line in lines)


def test_the_engine_stays_small() -> None:
    assert sum(map(code_lines, (ROOT / "app" / "engine").glob("*.py"))) < 1020  # "about 900" and what was learned since
