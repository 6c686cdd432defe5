"""The pack that `python -m benchmarks.menus` measures is a right one, and its journeys lead where they are measured."""

from __future__ import annotations

from app.compiler.pack import compile_pack
from benchmarks.menus import large_pack, reached


def test_the_measured_pack_compiles_and_is_as_large_as_the_manual_says() -> None:
    program = compile_pack(large_pack()).program
    assert len(program.screens) > 1000
    assert len(program.languages) == 4
    assert len(reached(program)) > 5
