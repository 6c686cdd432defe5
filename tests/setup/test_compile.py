"""What may become machine code, and that it means the same; `make test-compiled` runs whole rooms of tests on it."""

from __future__ import annotations

import ast
import importlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IS_COMPILED = "PYTHONSAFEPATH" in os.environ and "compiled" in os.environ.get("PYTHONPATH", "")


@pytest.fixture
def modules(script):
    return {name: ast.parse((ROOT / name).read_text("utf-8")) for name in script("compile").COMPILED}


def found(modules, is_meant):
    return [f"{name}:{node.lineno}" for name, tree in modules.items() for node in ast.walk(tree) if is_meant(node)]


def test_no_class_is_made_by_words_that_a_compiler_passes_over(modules):
    """As those of `msgspec.Struct`, which would be neither frozen nor packed as a list: sessions grew by two fifths."""
    assert found(modules, lambda node: isinstance(node, ast.ClassDef) and node.keywords) == []


def test_nothing_that_comes_bit_by_bit_would_be_made_at_once(modules):
    """mypyc makes a list of what a generator expression gives, and of one without an end it never comes back."""
    at_once = ("all", "any", "sum", "min", "max", "next", "tuple", "list", "set", "frozenset", "dict", "sorted", "join")
    taken = [
        argument
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _called(node) in at_once
        for argument in node.args
    ]
    assert found(modules, lambda node: isinstance(node, ast.GeneratorExp) and node not in taken) == []


def test_no_constant_is_a_bare_tuple_of_floats(modules):
    """mypyc takes it for one that was never set, and whoever reads it gets a NameError: `Final[tuple[float, ...]]`."""

    def is_bare(node):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name)):
            return False
        values = node.value.elts if isinstance(node.value, ast.Tuple) else []
        return any(isinstance(value, ast.Constant) and isinstance(value.value, float) for value in values)

    assert found(modules, is_bare) == []


def test_nobody_waits_while_an_error_is_in_hand(modules):
    """mypyc keeps the error of an `except` or `finally` where every other task finds and changes it: whoever waits
    there goes on with the error of another. A turn was cut by somebody else's deadline and never answered, and a
    gateway died of it. `async with` waits there as well.
    """
    waits = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    waiting = [
        f"{name}:{inner.lineno}"
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Try | ast.TryStar)
        for clause in (*node.handlers, *node.finalbody)
        for inner in ast.walk(clause)
        if isinstance(inner, waits)
    ]
    assert waiting + found(modules, lambda node: isinstance(node, ast.AsyncWith | ast.AsyncFor)) == []


def test_no_class_stands_inside_a_function(modules):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    within = [
        f"{name}:{inner.lineno}"
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, functions)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ClassDef)
    ]
    assert within == []


def test_no_class_goes_on_from_one_that_is_compiled(script, modules):
    """Only a compiled one could: `mohala test` in the image would end with a TypeError."""
    made = {node.name for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    others = [
        path
        for package in script("compile").PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in modules
    ]
    heirs = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in others
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id in made for base in node.bases)
    ]
    assert heirs == []


@pytest.mark.skipif(not IS_COMPILED, reason="`make test-compiled` runs it on machine code")
def test_what_runs_here_is_machine_code(script):
    names = [name.removesuffix(".py").replace("/", ".") for name in script("compile").COMPILED]
    files = {name: importlib.import_module(name).__file__ or "" for name in names}
    assert [name for name, file in files.items() if not file.endswith(".so")] == []


def _called(node: ast.Call) -> str:
    """The last word of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
