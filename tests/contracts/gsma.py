"""The GSMA Mobile Money API 1.2.0 as its published description has it, to hold requests and answers against.

The description is not ours and no copy of it is kept: MOHALA_CONTRACTS names a directory with
`gsma-mmapi-1.2.0-merchant-payments.yaml`, and without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

from tests.integrations.spoiler import Exchange

DIRECTORY = "MOHALA_CONTRACTS"
FILE = "gsma-mmapi-1.2.0-merchant-payments.yaml"


class Contract:
    """OpenAPI 3.0.0, whose schemas are those of JSON Schema's draft 4 as far as this description goes."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described

    def faults(self, exchange: Exchange, base: str) -> list[str]:
        """Everything in which a request below `base`, or its answer, is not as described."""
        heard = exchange.heard
        path = heard.path.removeprefix(base)
        template, operation = self._operation(heard.method, path)
        return [
            *self._header_faults(operation, heard.headers),
            *self._path_faults(operation, template, path),
            *self._body_faults(operation.get("requestBody"), heard.body, "request"),
            *self._answer_faults(operation, exchange),
        ]

    def callback_faults(self, name: str, body: object) -> list[str]:
        """Of what is put to the X-Callback-URL of a payment; `name` is the event's."""
        _, operation = self._operation("POST", "/transactions/type/merchantpay")
        (called,) = self._resolved(operation["callbacks"][name]).values()
        return self._body_faults(called["put"]["requestBody"], json.dumps(body).encode(), name)

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]]:
        for template, methods in self._described["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
                return template, methods[method.lower()]
        raise AssertionError(f"{method} {path} is nowhere described")

    def _header_faults(self, operation: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
        known = {
            parameter["name"].lower(): parameter
            for parameter in map(self._resolved, operation["parameters"])
            if parameter["in"] == "header"
        }
        for name, value in headers.items():
            if name.startswith("x-") and name not in known and name != "x-channel":
                yield f"the header {name} is nowhere described"
            elif name in known:
                yield from self._against(known[name]["schema"], value, name)

    def _path_faults(self, operation: Mapping[str, Any], template: str, path: str) -> Iterator[str]:
        names = re.findall(r"\{([^}]+)\}", template)
        found = re.fullmatch(re.sub(r"\{[^}]+\}", "([^/]+)", template), path)
        assert found is not None
        given = dict(zip(names, found.groups(), strict=True))
        for parameter in map(self._resolved, operation["parameters"]):
            if parameter["in"] == "path" and parameter["name"] in given:
                yield from self._against(parameter["schema"], given[parameter["name"]], parameter["name"])

    def _answer_faults(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        described = operation["responses"].get(exchange.status, operation["responses"].get(str(exchange.status)))
        if described is None:
            yield f"the status {exchange.status} is nowhere described"
            return
        yield from self._body_faults(described, exchange.body, f"answer {exchange.status}")
        for name, header in self._resolved(described).get("headers", {}).items():
            if name not in exchange.headers:
                yield f"the answer has no {name}"
            else:
                yield from self._against(self._resolved(header)["schema"], exchange.headers[name], name)

    def _body_faults(self, described: Mapping[str, Any] | None, body: bytes, what: str) -> list[str]:
        content = self._resolved(described).get("content", {}) if described else {}
        if not content:
            return [f"the {what} has a body"] if body else []
        schema = content["application/json"]["schema"]
        return list(self._against(schema, json.loads(body), what))

    def _against(self, schema: Mapping[str, Any], value: object, what: str) -> Iterator[str]:
        whole = {"allOf": [schema], "components": self._described["components"]}
        for error in Draft4Validator(whole, format_checker=FormatChecker()).iter_errors(value):
            yield f"{what}: {error.message}"

    def _resolved(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in described:
            found: Any = self._described
            for step in described["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            described = found
        return described


@cache
def read_contract() -> Contract:
    """Skips the test, saying so, where the description is not to be had."""
    directory = os.environ.get(DIRECTORY)
    if directory is None:
        pytest.skip(f"{DIRECTORY} names no directory with {FILE}")
    path = Path(directory) / FILE
    if not path.exists():
        pytest.skip(f"there is no {FILE} in {DIRECTORY}")
    return Contract(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
