"""What an office's operation may say, which faults are complained of where, and what stands in an address."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.compiler.operations import check_operation, in_address
from app.compiler.reader import Reader
from app.compiler.source import plain, read_yaml
from app.errors import Complaint, SettingsWrong
from integrations.services.http_json_operation import read_operation

RIGHT = {"method": "POST", "path": "/a", "answered": "[200]"}
LIST = "{b: {from: ., longest: 5}}"


def complaints(adapter: str = "http_json", /, **lines: str) -> list[str]:
    """What is said about an operation of these lines, most of which are right if nothing is said about them."""
    found: list[Complaint] = []
    whole = {**RIGHT, **lines} if adapter == "http_json" else lines
    text = "\n".join(f"{key}: {value}" for key, value in whole.items() if value)
    node = read_yaml("services.yaml", text, found.append)
    assert node is not None
    check_operation(node, adapter, Reader(found.append, "en", {}), "person")
    if adapter == "http_json":
        assert refused_by_the_adapter(plain(node)) == bool(found)
    return [f"{one.line}:{one.column}: {one.rule}: {one.text}" for one in found]


def refused_by_the_adapter(declared: object) -> bool:
    assert isinstance(declared, Mapping)
    try:
        read_operation("office", "operation", declared)
    except SettingsWrong:
        return True
    return False


@pytest.mark.parametrize(
    "lines",
    [
        {"method": "GET", "takes": "[a]", "query": '{x: "{a}", y: {optional: a}, z: constant, empty: ""}'},
        {"takes": "[a]", "body": '{x: {integer: a}, y: [{z: "is {a}"}], what: {optional: a word}}'},
        {"path": "/a/b.c/{d}/", "takes": "[d]"},
        {"results": "{all: {from: ., longest: 5}, deep: {from: a.0.b, longest: 999, type: word}}"},
        {"results": "{all: {from: ., most: 99, list: {a: {from: ., longest: 40}}}}"},
        {"refused": "{a: {status: 400}, b: {status: 499, field: x.y, value: z}}", "answered": "[200, 202, 299]"},
        {"query": "{" + ", ".join(f"k{number}: x" for number in range(20)) + "}"},
        {"path": "/" + "a" * 499},
        {"refused": "{a: {status: 200, field: code, value: X}, b: {field: code, value: Y}}"},
        {"answered": "[{status: 200, field: status, value: ok}, 201]", "pending": "[202]"},
        {"pending": "[{field: status, value: queued}]", "refused": "{a: {field: code, value: queued}}"},
        {"pending": "[202]", "repeat": "never", "found_by": "looked"},
        {"results": "{where: {header: Location, longest: 60}, of: {header: X-Day, type: date, longest: 10}}"},
    ],
)
def test_what_the_language_allows_is_not_complained_of(lines: dict[str, str]) -> None:
    assert complaints(**lines) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ({"method": "PATCH"}, "1:9: wrong-shape: `method` must be one of GET, POST, PUT"),
        ({"method": "[GET]"}, "1:9: wrong-shape: `method` must be one of"),
        ({"method": ""}, "1:1: missing-key: `method` is missing"),
        ({"method": "GET", "body": "{a: b}"}, "4:1: wrong-shape: a GET has no `body`"),
        ({"body": "text"}, "4:7: wrong-shape: `body` must be a mapping"),
        ({"retries": "3"}, "4:1: unknown-key: `retries` means nothing here; known are method,"),
        ({"path": "a"}, "2:7: wrong-shape: `path` must be /plain/segments"),
        ({"path": "/a/../b"}, "2:7: wrong-shape: `path` must be /plain/segments"),
        ({"path": "/a?b=c"}, "2:7: wrong-shape: `path` ends before `?`"),
        ({"path": "/" + "a" * 500}, "2:7: wrong-shape: `path` has 501 letters; 500 are allowed"),
        ({"path": "{}"}, "2:7: wrong-shape: `path` must be /plain/segments"),
        ({"takes": "[Id]"}, "4:9: bad-name: `Id` is no name"),
        ({"takes": "[{a: b}]"}, "4:9: wrong-shape: must be a single value"),
        ({"takes": "id"}, "4:8: wrong-shape: must be a list"),
        ({"answered": "[]"}, "3:11: wrong-shape: `answered` must list the HTTP statuses"),
        ({"answered": "[200, 300]"}, "3:17: wrong-shape: `300` is no status of an answer, 200 to 299"),
        ({"answered": ""}, "1:1: missing-key: `answered` is missing"),
        ({"answered": "[{status: 200}]"}, "3:12: missing-key: `field` is missing"),
        ({"answered": "[{field: x}]"}, "3:12: wrong-shape: `field` and `value` go together"),
        ({"answered": "[{status: 404, field: x, value: y}]"}, "3:21: wrong-shape: `404` is no status of an answer"),
        ({"answered": "[{field: x y, value: z}]"}, "3:20: wrong-shape: `field` of `0` must be names with dots"),
        ({"answered": "[{status: 200, text: x, field: y, value: z}]"}, "3:26: unknown-key: `text` means nothing"),
        ({"pending": "202"}, "4:10: wrong-shape: `pending` must list statuses of an answer, or rules"),
        ({"pending": "[]"}, "4:10: wrong-shape: `pending` must list statuses of an answer, or rules"),
        ({"pending": "[409]"}, "4:11: wrong-shape: `409` is no status of an answer"),
        ({"pending": "[200]"}, "4:11: ambiguous-outcome: status 200 means `pending`, and `answered` above"),
        (
            {"refused": "{a: {field: c, value: X}}", "pending": "[{status: 200, field: c, value: X}]"},
            "4:14: ambiguous-outcome: `c` X means `refused: a`, and `pending` above",
        ),
        (
            {"refused": "{a: {status: 404}, b: {status: 404}}"},
            "4:32: ambiguous-outcome: status 404 means `refused: b`, and `refused: a` above; say by a `field` which",
        ),
        (
            {"pending": "[202]", "repeat": "never"},
            "4:1: uncovered-outcome: what is taken could neither be looked for nor asked again; add `found_by`",
        ),
        ({"refused": "{a: {status: 500}}"}, "4:23: wrong-shape: `500` is no status of a refusal, 400 to 499, or"),
        ({"refused": "{a: {status: 200}}"}, "4:23: wrong-shape: 200 alone is an answer; say by which `field`"),
        ({"refused": "{a: {status: 300, field: x, value: y}}"}, "4:23: wrong-shape: `300` is no status of a refusal"),
        ({"refused": "{a: {status: 429}}"}, "4:23: wrong-shape: 429 means busy"),
        ({"refused": "{a: {status: 404, field: x}}"}, "4:14: wrong-shape: `field` and `value` go together"),
        ({"refused": "{a: {status: 404, value: x}}"}, "4:14: wrong-shape: `field` and `value` go together"),
        ({"refused": "{a: {}}"}, "4:14: missing-key: `status` is missing"),
        ({"results": "{a: {header: Set-Cookie, longest: 9}}"}, "4:23: bad-name: `Set-Cookie` is a name under which"),
        ({"results": "{a: {header: a b, longest: 9}}"}, "4:23: bad-name: `a b` can be no header"),
        ({"results": "{a: {header: Location, from: x, longest: 9}}"}, "4:33: unknown-key: `from` means nothing here"),
        ({"results": "{a: {header: Location}}"}, "4:14: missing-key: `longest` is missing"),
        ({"refused": "{a: {status: 404, text: x}}"}, "4:28: unknown-key: `text` means nothing here"),
        ({"refused": "{a: 404}"}, "4:14: wrong-shape: `a` must be a mapping"),
        ({"refused": "{A: {status: 404}}"}, "4:11: bad-name: `A` is no name"),
        ({"refused": "{a: {status: 404, field: x, value: [y]}}"}, "4:45: wrong-shape: must be a single value"),
        ({"results": "{a: {from: b, longest: 0}}"}, "4:33: wrong-shape: `longest` of `a` must be a whole number"),
        ({"results": "{a: {from: b, longest: 1000}}"}, "4:33: wrong-shape: `longest` of `a` must be"),
        ({"results": "{a: {longest: 5}}"}, "4:14: missing-key: `from` is missing"),
        ({"results": "{a: {from: b, longest: 5, type: no}}"}, "4:42: unknown-type: `no` is no type"),
        ({"results": "{a: {from: b, longest: 5, most: 5}}"}, "4:36: unknown-key: `most` means nothing here"),
        ({"results": "{aA: {from: b, longest: 5}}"}, "4:11: bad-name: `aA` is no name"),
        ({"results": "[a]"}, "4:10: wrong-shape: `results` must be a mapping"),
        ({"results": "{a: {from: b, list: {}, most: 5}}"}, "4:30: wrong-shape: `list` of `a` must name the fields"),
        ({"results": f"{{a: {{from: ., list: {LIST}, most: 0}}}}"}, "wrong-shape: `most` of `a` must be 1 to 99"),
        ({"results": f"{{a: {{from: ., list: {LIST}}}}}"}, "4:14: missing-key: `most` is missing"),
        ({"results": "{a: {from: " + ".".join("abcdefghijk") + ", longest: 5}}"}, "more than 10 steps or 200 letters"),
        ({"results": "{a: {from: " + "a" * 201 + ", longest: 5}}"}, "4:21: wrong-shape: `from` of `a` has more than"),
        ({"query": "{a b: c}"}, "4:9: bad-name: `a b` can be no name in an address"),
        ({"query": "{a: " + "x" * 201 + "}"}, "4:12: wrong-shape: `a` must be one line of ASCII"),
        ({"query": "{a: š}"}, "4:12: wrong-shape: `a` must be one line of ASCII"),
        ({"query": "{a: {optional: B}}"}, "4:23: bad-name: `B` is no name"),
        ({"query": "{" + ", ".join(f"k{number}: x" for number in range(21)) + "}"}, "4:8: wrong-shape: `query` has 21"),
    ],
)  # fmt: skip
def test_what_the_adapter_would_refuse_is_complained_of_where_it_stands(lines: dict[str, str], told: str) -> None:
    found = complaints(**lines)
    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize("path", ["..", ".a", "a.", "a..b", "a b", '""'])
def test_a_path_with_points_too_many_is_complained_of(path: str) -> None:
    (told,) = complaints(results=f"{{a: {{from: {path}, longest: 5}}}}")
    assert "wrong-shape: `from` of `a` must be names with dots between" in told


def test_one_letter_more_than_a_session_holds_is_complained_of() -> None:
    assert complaints(results="{a: {from: ., most: 40, list: {b: {from: ., longest: 100}}}}") == []
    (told,) = complaints(results="{a: {from: ., most: 40, list: {b: {from: ., longest: 101}}}}")
    assert "too-long: `a` can be 4040 letters" in told


def test_every_fault_of_an_operation_is_told_at_once() -> None:
    assert len(complaints(method="PATCH", path="a", answered="[]", refused="{a: {status: 200}}")) == 4


def test_parameters_of_a_path_and_a_query_stand_in_an_address_and_those_of_a_body_do_not() -> None:
    query = {"x": "is {b}", "y": {"optional": "c"}, "z": "constant"}
    assert in_address({"path": "/x/{a}", "query": query, "body": {"x": "{d}"}}) == {"a", "b", "c"}
    assert in_address({}) == frozenset()
