"""Bodies made of a description's own examples: every field that it gives an example of has that, every other one the
plainest value that its schema lets be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contracts.gsma import Contract

MOMENT, DAY = "2018-11-20T10:30:00.000Z", "2018-11-20"
UUID = "0b5ae1f2-5d3c-4c39-9d0b-2a7e5b1f4c83"
ALTERNATIVES_MAX = 3


def examples(contract: Contract, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of the object of that name: with what it must have, and with all that it may have, in each of its shapes."""
    schema = contract.schema(name)
    seen: list[object] = []
    for whole in (False, True):
        for alternative in range(ALTERNATIVES_MAX):
            body = _Making(contract, whole, alternative).value(schema)
            assert isinstance(body, dict)
            if body not in seen:
                seen.append(body)
                yield f"{name}, {'all' if whole else 'least'}, {alternative}", body


def value_of(contract: Contract, schema: Mapping[str, Any]) -> Any:
    """The example of anything else that the description has a schema of."""
    return _Making(contract, True, 0).value(schema)


class _Making:
    def __init__(self, contract: Contract, whole: bool, alternative: int) -> None:
        self._contract = contract
        self._whole = whole
        self._alternative = alternative

    def value(self, schema: Mapping[str, Any]) -> Any:
        schema = self._contract.resolved(schema)
        if "example" in schema:
            return schema["example"]
        if "allOf" in schema:
            parts = [self.value(part) for part in schema["allOf"]]
            return _merged(parts) if all(isinstance(part, dict) for part in parts) else parts[0]
        if "anyOf" in schema:
            return self.value(schema["anyOf"][min(self._alternative, len(schema["anyOf"]) - 1)])
        if "enum" in schema:
            return schema["enum"][0]
        match schema["type"]:
            case "object":
                wanted = schema.get("required", ())
                fields = schema.get("properties", {}).items()
                return {name: self.value(field) for name, field in fields if self._whole or name in wanted}
            case "array":
                return [self.value(schema["items"])] if self._whole or schema.get("minItems") else []
            case "string":
                return _text(schema)
            case "number" | "integer":
                return 5
            case kind:
                raise AssertionError(f"nobody said what an example of {kind} is")


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return MOMENT
    if schema.get("format") == "date":
        return DAY
    return UUID if "A-Fa-f" in schema.get("pattern", "") else "example"
