"""The pieces of which JSON Schemas of a pack's files are made: one for each shape of value in the table of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.compiler.declarations import NAME
from app.compiler.fields import (
    HELP,
    MUST,
    OPTION,
    PARAMETER,
    SCREEN_KINDS,
    TARGET,
    TRANSLATED,
    TYPED,
    Field,
    Fields,
    Shape,
)
from app.compiler.reader import REVIEWS
from app.compiler.scope import SCREEN_NAME
from app.values.rules import ValueType

Schema = dict[str, Any]

# An editor reads `50` as a number and `true` as a boolean; the compiler reads every value as the text that it is.
WORD: Schema = {"type": ["string", "number", "boolean"]}
TEXT: Schema = {"anyOf": [WORD, {"$ref": "#/$defs/translated"}]}
WHOLE: Schema = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]{1,9}$"}
SECONDS: Schema = {"type": ["number", "string"], "minimum": 0, "pattern": r"^[0-9]{1,2}(\.[0-9]{1,3})?$"}
YES_NO: Schema = {"enum": ["yes", "no"]}
DAY: Schema = {
    "type": "string",
    "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2}|today|[0-9]{1,5} days ago|in [0-9]{1,5} days)$",
}
TAKEN = tuple(type for type in ValueType if type not in (ValueType.SECRET, ValueType.LIST, ValueType.CHOICE))


def object_of(fields: Fields, special: Mapping[str, Schema] | None = None, *, closed: bool = True) -> Schema:
    """A mapping with these keys. `special` says more of a key than its shape does."""
    properties = {field.name: _property(field, (special or {}).get(field.name)) for field in fields}
    required = [field.name for field in fields if field.required]
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": not closed}
    return made | ({"required": required} if required else {})


def _property(field: Field, special: Schema | None) -> Schema:
    """`markdownDescription` is what the YAML language server shows when the pointer rests on a key."""
    doc = field.doc if field.required else f"{field.doc} (optional)"
    return {**(special or _SHAPES[field.shape]()), "description": doc, "markdownDescription": doc}


def mapping_of(value: Schema) -> Schema:
    """A mapping of any names to such values."""
    return {"type": "object", "additionalProperties": value}


def list_of(value: Schema) -> Schema:
    return {"type": "array", "items": value}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _options() -> Schema:
    keys = {"^[1-9][0-9]?$": _ref("option")}
    return {"type": "object", "minProperties": 1, "patternProperties": keys, "additionalProperties": False}


def _screens() -> Schema:
    names = {"pattern": f"^{SCREEN_NAME}$", "not": {"const": "return"}}
    return {"type": "object", "propertyNames": names, "additionalProperties": _ref("screen")}


_SHAPES: Mapping[Shape, Callable[[], Schema]] = {
    Shape.TEXT: lambda: TEXT,
    Shape.PLAIN: lambda: TEXT,
    Shape.WORD: lambda: WORD,
    Shape.NAME: lambda: {"type": "string", "pattern": f"^({NAME}|{SCREEN_NAME})$"},
    Shape.WAY: lambda: _ref("way"),
    Shape.CONDITION: lambda: {"type": ["string", "boolean"]},
    Shape.WHOLE: lambda: WHOLE,
    Shape.SECONDS: lambda: SECONDS,
    Shape.YES_NO: lambda: YES_NO,
    Shape.DAY: lambda: DAY,
    Shape.TYPE: lambda: {"enum": [type.value for type in TYPED]},
    Shape.NAMES: lambda: list_of(WORD),
    Shape.WORDS: lambda: mapping_of(WORD),
    Shape.ARGUMENTS: lambda: mapping_of({"anyOf": [WORD, _ref("constant")]}),
    Shape.REFUSED: lambda: mapping_of(_ref("way")),
    Shape.OPTIONS: _options,
    Shape.MUST: lambda: list_of(object_of(MUST)),
    Shape.HELP: lambda: {"anyOf": [TEXT, object_of(HELP) | {"required": ["to"]}]},
    Shape.SCREENS: _screens,
    Shape.TAKES: lambda: mapping_of(object_of(PARAMETER, {"type": {"enum": [type.value for type in TAKEN]}})),
    Shape.MAPPING: lambda: {"type": "object"},
}


def definitions() -> Schema:
    """What the other pieces refer to by name."""
    leads = tuple(field for field in TARGET if field.name not in ("visit", "with", "results", "then", "when"))
    visits = tuple(field for field in TARGET if field.name not in ("to", "when"))
    when = tuple(field for field in TARGET if field.name == "when")
    targets = {"anyOf": [WORD, _required(leads, "to"), _required(visits, "visit", "then")]}
    branches = {"anyOf": [WORD, _required((*leads, *when), "to"), _required((*visits, *when), "visit", "then")]}
    return {
        "translated": object_of(TRANSLATED, {"review": {"enum": list(REVIEWS)}}),
        "constant": {"type": "object", "properties": {"always": WORD}, "required": ["always"]},
        "way": {"anyOf": [*targets["anyOf"], {"type": "array", "minItems": 1, "items": branches}]},
        "option": object_of(OPTION),
        "screen": {"oneOf": [object_of(fields) | {"title": kind} for kind, fields in SCREEN_KINDS.items()]},
    }


def _required(fields: Fields, *names: str) -> Schema:
    return object_of(fields) | {"required": list(names)}
