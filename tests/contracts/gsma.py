"""The GSMA Mobile Money API 1.2.0 as its published descriptions have it, to hold requests and answers against.

They are not ours and no copy of them is kept: MOHALA_CONTRACTS names a directory with them (CONTRIBUTING.md says
which), and without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

from tests.integrations.desk import Heard
from tests.integrations.spoiler import Exchange

DIRECTORY = "MOHALA_CONTRACTS"
MERCHANT = "gsma-mmapi-1.2.0-merchant-payments.yaml"
BILLS = "gsma-mmapi-1.2.0-bill-payments.yaml"
FORMATS = FormatChecker()
OURS = ("x-channel",)
"""Headers of the API that not every operation lists."""


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    """The checker that comes with jsonschema lets every text pass for a date and time."""
    return not isinstance(text, str) or datetime.fromisoformat(text).utcoffset() is not None


class NowhereDescribed(AssertionError):
    """Something was asked that no operation of the description is."""


class Contract:
    """OpenAPI 3.0.0, whose schemas are those of JSON Schema's draft 4 as far as this description goes."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.described = described

    def faults(self, exchange: Exchange, base: str) -> list[str]:
        """Everything in which a request below `base`, or its answer, is not as described."""
        return [*self.request_faults(exchange.heard, base), *self.answer_faults(exchange, base)]

    def request_faults(self, heard: Heard, base: str) -> list[str]:
        address = urlsplit(heard.path.removeprefix(base))
        template, operation = self.operation(heard.method, address.path)
        return [
            *self._header_faults(operation["parameters"], heard.headers),
            *self._path_faults(operation, template, address.path),
            *self._query_faults(operation, address.query),
            *self._body_faults(operation.get("requestBody"), heard.body, "request"),
        ]

    def answer_faults(self, exchange: Exchange, base: str) -> list[str]:
        path = urlsplit(exchange.heard.path.removeprefix(base)).path
        return list(self._answer_faults(self.operation(exchange.heard.method, path)[1], exchange))

    def answer_faults_if_known(self, exchange: Exchange, base: str) -> list[str]:
        """The same of an answer to anything, also to what is nowhere described; `base` is a pattern."""
        found = re.match(base, exchange.heard.path)
        try:
            return self.answer_faults(exchange, found[0] if found else "")
        except NowhereDescribed:
            return []

    def callback_faults(
        self, name: str, body: object, headers: Mapping[str, str] | None = None, path: str = ""
    ) -> list[str]:
        """Of what is put to the X-Callback-URL of a payment; `name` is the event's, `path` that of the payment."""
        called = self.callback(name, path)
        told = self._body_faults(called["requestBody"], json.dumps(body).encode(), name)
        return [*told, *(self._header_faults(called["parameters"], headers) if headers else ())]

    def callback(self, name: str, path: str = "") -> Mapping[str, Any]:
        """The operation by which a wallet tells of a payment."""
        _, operation = self.operation("POST", path or "/transactions/type/merchantpay")
        (called,) = self.resolved(operation["callbacks"][name]).values()
        put: Mapping[str, Any] = called["put"]
        return put

    def schema(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.described["components"]["schemas"][name]
        return found

    def against(self, name: str, value: object) -> list[str]:
        """Everything in which a value is not as the schema of that name."""
        return list(self._against(self.schema(name), value, name))

    def operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]]:
        """The template of a path, and what is described of a method there; raises `NowhereDescribed`."""
        for template, methods in self.described["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
                operation = methods[method.lower()]
                parameters = [*methods.get("parameters", ()), *operation.get("parameters", ())]
                return template, {**operation, "parameters": parameters}
        raise NowhereDescribed(f"{method} {path} is nowhere described")

    def _header_faults(self, parameters: Any, headers: Mapping[str, str]) -> Iterator[str]:
        known = {
            parameter["name"].lower(): parameter
            for parameter in map(self.resolved, parameters)
            if parameter["in"] == "header"
        }
        for name, value in headers.items():
            if name.startswith("x-") and name not in known and name not in OURS:
                yield f"the header {name} is nowhere described"
            elif name in known:
                yield from self._against(known[name]["schema"], value, name)

    def _path_faults(self, operation: Mapping[str, Any], template: str, path: str) -> Iterator[str]:
        names = re.findall(r"\{([^}]+)\}", template)
        found = re.fullmatch(re.sub(r"\{[^}]+\}", "([^/]+)", template), path)
        assert found is not None
        given = dict(zip(names, map(unquote, found.groups()), strict=True))
        for parameter in map(self.resolved, operation["parameters"]):
            if parameter["in"] == "path" and parameter["name"] in given:
                yield from self._against(parameter["schema"], given[parameter["name"]], parameter["name"])

    def _query_faults(self, operation: Mapping[str, Any], query: str) -> Iterator[str]:
        parameters = map(self.resolved, operation["parameters"])
        known = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
        for name, text in parse_qsl(query, keep_blank_values=True):
            if name not in known:
                yield f"the parameter {name} is nowhere described"
            else:
                value = int(text) if known[name]["type"] == "integer" and text.isdigit() else text
                yield from self._against(known[name], value, name)

    def _answer_faults(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        described = operation["responses"].get(exchange.status, operation["responses"].get(str(exchange.status)))
        if described is None:
            yield f"the status {exchange.status} is nowhere described"
            return
        yield from self._body_faults(described, exchange.body, f"answer {exchange.status}")
        for name, header in self.resolved(described).get("headers", {}).items():
            if name not in exchange.headers:
                yield f"the answer has no {name}"
            else:
                schema, text = self.resolved(header)["schema"], exchange.headers[name]
                value = int(text) if schema["type"] == "integer" and text.isdigit() else text
                yield from self._against(schema, value, name)

    def _body_faults(self, described: Mapping[str, Any] | None, body: bytes, what: str) -> list[str]:
        content = self.resolved(described).get("content", {}) if described else {}
        if not content:
            return [f"the {what} has a body"] if body else []
        schema, value = content["application/json"]["schema"], json.loads(body)
        return [*self._against(schema, value, what), *self._unknown(schema, value, what)]

    def _unknown(self, schema: Mapping[str, Any], value: object, what: str) -> Iterator[str]:
        """The schemas let any other field pass; we send none."""
        if isinstance(value, list):
            for item in value:
                yield from self._unknown(self._items(schema), item, what)
        if isinstance(value, dict):
            known = self.properties(schema)
            for name, inner in value.items():
                if name not in known:
                    yield f"{what}: the field {name} is nowhere described"
                else:
                    yield from self._unknown(known[name], inner, f"{what}.{name}")

    def _items(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        schema = self.resolved(schema)
        parts = (self._items(part) for part in schema.get("allOf", ()))
        found: Mapping[str, Any] = schema.get("items") or next((part for part in parts if part), {})
        return found

    def properties(self, schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """Those of an object, whichever part of its schema describes them."""
        schema = self.resolved(schema)
        found: dict[str, Mapping[str, Any]] = dict(schema.get("properties", {}))
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            found |= self.properties(part)
        return found

    def _against(self, schema: Mapping[str, Any], value: object, what: str) -> Iterator[str]:
        whole = {"allOf": [schema], "components": self.described["components"]}
        for error in Draft4Validator(whole, format_checker=FORMATS).iter_errors(value):
            yield f"{what}: {error.message}"

    def resolved(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in described:
            found: Any = self.described
            for step in described["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            described = found
        return described


def read_contract(file: str = MERCHANT) -> Contract:
    """Skips the test, saying so, where the description is not to be had."""
    directory = os.environ.get(DIRECTORY)
    if not directory:
        pytest.skip(f"not held against the GSMA's description: {DIRECTORY} names no directory with {file}")
    path = Path(directory) / file
    if not path.is_file():
        pytest.skip(f"not held against the GSMA's description: there is no {file} in {DIRECTORY}")
    return _read(path)


def contract_at_hand(file: str) -> Contract | None:
    """For a test that shows something else: what it sees is held against the description too, where that is."""
    path = Path(os.environ.get(DIRECTORY) or "nowhere") / file
    return _read(path) if path.is_file() else None


@cache
def _read(path: Path) -> Contract:
    return Contract(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
