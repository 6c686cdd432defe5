"""YAML is read as written; what is dangerous or wrong is a complaint with its place."""

from __future__ import annotations

import pytest

from app import limits
from app.compiler.source import Node, read_yaml
from app.errors import Complaint


def read(text: str) -> tuple[Node | None, list[Complaint]]:
    complaints: list[Complaint] = []
    return read_yaml("menu.yaml", text, complaints.append), complaints


def test_every_value_is_the_text_that_was_written() -> None:
    root, complaints = read("no: yes\nold: 012\ntime: 1:30\nempty:\n")
    assert root is not None and not complaints
    assert [(key.text, value.text) for key, value in root.pairs] == [
        ("no", "yes"), ("old", "012"), ("time", "1:30"), ("empty", ""),
    ]  # fmt: skip


def test_places_count_from_one() -> None:
    root, _ = read("a:\n  - x\n  - {b: c}\n")
    assert root is not None
    entry = root.pairs[0][1].entries[1].pairs[0][1]
    assert (entry.text, entry.line, entry.column) == ("c", 3, 9)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[" * 100_000, "yaml-depth"),
        ("a: " + "{b: " * 50, "yaml-depth"),
        ("- " * 5_000 + "x", "yaml-depth"),
        ("a: &x 1\nb: *x\n", "yaml-alias"),
        ("a: *x\n", "yaml-alias"),
        ("a: !!python/object:os.system x\n", "yaml-tag"),
        ("a: 1\na: 2\n", "duplicate-key"),
        ("a:\n\t- b\n", "yaml"),
        ("a: 'open\n", "yaml"),
        ("- a\n", "yaml"),
        ("", "yaml"),
        ("a: 1\n---\nb: 2\n", "yaml"),
        ("a: \x00\n", "yaml"),
        ("a: " + "x" * limits.pack_file_bytes_max, "file-size"),
        ("a: [" + "x," * limits.pack_nodes_max + "]", "file-size"),
    ],
)
def test_bad_yaml_is_a_complaint_and_never_a_crash(text: str, rule: str) -> None:
    _, complaints = read(text)
    assert rule in [complaint.rule for complaint in complaints]
    assert all(complaint.line >= 1 and complaint.column >= 1 for complaint in complaints)
