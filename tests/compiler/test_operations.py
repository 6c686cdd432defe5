"""What an operation may say without a complaint, and which of its parameters stand in an address."""

from __future__ import annotations

import pytest

from app.compiler.operations import check_operation, in_address
from app.compiler.reader import Reader
from app.compiler.source import read_yaml
from app.errors import Complaint


def complaints(operation: str) -> list[str]:
    found: list[Complaint] = []
    node = read_yaml("services.yaml", operation, found.append)
    assert node is not None
    check_operation(node, Reader(found.append, "en", {}))
    return [one.rule for one in found]


@pytest.mark.parametrize(
    "operation",
    [
        'takes: [a]\nquery: {x: "{a}", y: {optional: a}, z: constant, empty: ""}',
        'takes: [a]\nbody: {x: {integer: a}, y: [{z: "is {a}"}], what: {optional: a word}}',
        "path: /a/b",
        "results: {all: {from: ., longest: 5}, deep: {from: a.0.b, longest: 5}, none: {longest: 5}}",
        "results: {all: {from: ., most: 99, list: {a: {from: ., longest: 40}}}}",
    ],
)
def test_what_the_language_allows_is_not_complained_of(operation: str) -> None:
    assert complaints(operation) == []


@pytest.mark.parametrize("path", ["..", ".a", "a.", "a..b", "a b", '""'])
def test_a_path_with_points_too_many_is_complained_of(path: str) -> None:
    assert complaints(f"results: {{a: {{from: {path}, longest: 5}}}}") == ["wrong-shape"]


def test_one_letter_more_than_a_session_holds_is_complained_of() -> None:
    assert complaints("results: {a: {from: ., most: 40, list: {b: {from: ., longest: 100}}}}") == []
    assert complaints("results: {a: {from: ., most: 40, list: {b: {from: ., longest: 101}}}}") == ["too-long"]


def test_parameters_of_a_path_and_a_query_stand_in_an_address_and_those_of_a_body_do_not() -> None:
    query = {"x": "is {b}", "y": {"optional": "c"}, "z": "constant"}
    assert in_address({"path": "/x/{a}", "query": query, "body": {"x": "{d}"}}) == {"a", "b", "c"}
    assert in_address({}) == frozenset()
