"""The published descriptions of G2P Connect, to hold messages against: where they lie says `MOHALA_CONTRACTS`.

The project carries no copy. Without the folder these checks are skipped, and say so.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DISBURSE, REGISTRY = "g2p-connect-disburse-1.0.0.yaml", "g2p-connect-registry-1.0.0.yaml"
FOLDER = Path(os.environ.get("MOHALA_CONTRACTS", "contracts"))
ABSENT = f"{{}} is not in {FOLDER}: MOHALA_CONTRACTS names the folder with the published descriptions"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def complaints(file: str, place: str, value: object) -> list[str]:
    """What is wrong with a value by the schema at a JSON pointer of a description, as `where: what`."""
    document = _document(file)
    if document is None:
        pytest.skip(ABSENT.format(file))
    validator = Draft4Validator({"$ref": f"urn:{file}#{place}"}, registry=document, format_checker=FORMATS)
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(value)]


def agrees(file: str, place: str, value: object) -> bool:
    """The same for tests of something else, which are not skipped: without the description nothing is said against."""
    return _document(file) is None or complaints(file, place, value) == []


@cache
def _document(file: str) -> Registry[Any] | None:
    path = FOLDER / file
    if not path.is_file():
        return None
    contents = yaml.safe_load(path.read_text("utf-8"))
    return Registry().with_resource(f"urn:{file}", Resource(contents, DRAFT4))


def value_at(file: str, place: str) -> Any:
    """What stands at a JSON pointer of a description."""
    document = _document(file)
    if document is None:
        pytest.skip(ABSENT.format(file))
    return document.resolver(f"urn:{file}").lookup(f"#{place}").contents


def request_schema(path: str) -> str:
    """Where a description has what is sent to a path."""
    return f"/paths/{path.replace('/', '~1')}/post/requestBody/content/application~1json/schema"


def answer_schema(path: str) -> str:
    """Where it has what is answered with success."""
    return f"/paths/{path.replace('/', '~1')}/post/responses/default/content/application~1json/schema"
