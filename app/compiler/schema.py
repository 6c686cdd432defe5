"""JSON Schemas of a pack's files, from the table of fields: an ordinary editor completes, explains and underlines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.catalogue import ServiceKind
from app.compiler.catalogue_fields import (
    AUTH,
    CATALOGUE,
    COMMISSION,
    FEE,
    OFFICE,
    OPERATION,
    OPERATION_CALL,
    PAY,
    PURPOSE,
    RESULT,
    SERVICE,
    TOPIC,
)
from app.compiler.catalogue_texts import OCCASIONS
from app.compiler.declarations import NAME
from app.compiler.fields import (
    AGENT_WORDS,
    CURRENCY,
    DISTRICT,
    ENTRANCES,
    HANDSETS,
    HELP,
    INCLUDED,
    KEYS,
    LANGUAGE,
    LOCALE,
    MUST,
    NUMBER,
    OPTION,
    PACK,
    PARAMETER,
    PLACES,
    PRIVACY,
    PROCESSOR,
    PROGRAM,
    RESUME,
    SCREEN_KINDS,
    SMS_PRICE,
    SURVEY,
    TARGET,
    TRANSLATED,
    TRANSLATED_SCREEN,
    TRANSLATED_SERVICE,
    TYPED,
    Field,
    Fields,
    Shape,
)
from app.compiler.purposes import CONTROLLER, DAYS
from app.compiler.reader import REVIEWS
from app.compiler.scope import SCREEN_NAME
from app.errors import FileUnfit
from app.house_services import AgentStep, Attests, Find, MandateStep, Show
from app.messages import Status
from app.office_auth import CREDENTIALS, KINDS
from app.pack import (
    CODE_PHRASES,
    CONSENT_PHRASES,
    LANGUAGE_PHRASES,
    MANDATE_PHRASES,
    PHRASES,
    RESUME_PHRASES,
    SURVEY_PHRASES,
)
from app.points.guide import POINT_PHRASES
from app.privacy import Basis, DataClass
from app.replacing import replace_text
from app.values.inputs import CHECKS
from app.values.rules import ValueType

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SUFFIX = ".schema.json"

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


def schemas() -> dict[str, Schema]:
    """A schema for each sort of file of a pack, by its file's name in `menus/schema`."""
    made = {
        "program": _whole(
            "A program of a pack: one service as citizens walk through it.", PROGRAM, {"resume": _object(RESUME)}
        ),
        "shared": _whole("Screens that several programs include.", INCLUDED),
        "pack": _whole("What holds for all programs of a country.", PACK, _PACK),
        "entrances": _whole("The ways into a pack: service codes and the first words of texts.", ENTRANCES, _ENTRANCES),
        "services": _whole("The catalogue: offices, and the services that menus call.", CATALOGUE, _catalogue()),
        "places": _whole(
            "The districts of a country, and its sheet of service points.",
            PLACES,
            {"districts": _of(_object(DISTRICT))},
        ),
        "language": _whole("The texts of a further language.", LANGUAGE, _language()),
    }
    return {f"{name}{SUFFIX}": schema for name, schema in made.items()}


def schema_text(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write_schemas(directory: Path) -> tuple[Path, ...]:
    """Write every schema into a directory, which is made if need be; the paths that were written."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnfit(f"{directory} cannot be made ({error.strerror}): name another directory.") from None
    written = []
    for name, schema in schemas().items():
        replace_text(directory / name, schema_text(schema))
        written.append(directory / name)
    return tuple(written)


def _whole(told: str, fields: Fields, special: Mapping[str, Schema] | None = None) -> Schema:
    every = _definitions()
    needed = every if any(field.shape is Shape.SCREENS for field in fields) else {"translated": every["translated"]}
    return {"$schema": DIALECT, "description": told, **_object(fields, special), "$defs": needed}


def _object(fields: Fields, special: Mapping[str, Schema] | None = None, *, closed: bool = True) -> Schema:
    """A mapping with these keys. `special` says more of a key than its shape does."""
    properties = {field.name: _property(field, (special or {}).get(field.name)) for field in fields}
    required = [field.name for field in fields if field.required]
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": not closed}
    return made | ({"required": required} if required else {})


def _property(field: Field, special: Schema | None) -> Schema:
    """`markdownDescription` is what the YAML language server shows when the pointer rests on a key."""
    doc = field.doc if field.required else f"{field.doc} (optional)"
    return {**(special or _SHAPES[field.shape]()), "description": doc, "markdownDescription": doc}


def _of(value: Schema) -> Schema:
    """A mapping of any names to such values."""
    return {"type": "object", "additionalProperties": value}


def _list_of(value: Schema) -> Schema:
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
    Shape.NAMES: lambda: _list_of(WORD),
    Shape.WORDS: lambda: _of(WORD),
    Shape.ARGUMENTS: lambda: _of({"anyOf": [WORD, _ref("constant")]}),
    Shape.REFUSED: lambda: _of(_ref("way")),
    Shape.OPTIONS: _options,
    Shape.MUST: lambda: _list_of(_object(MUST)),
    Shape.HELP: lambda: {"anyOf": [TEXT, _object(HELP) | {"required": ["to"]}]},
    Shape.SCREENS: _screens,
    Shape.TAKES: lambda: _of(_object(PARAMETER, {"type": {"enum": [type.value for type in TAKEN]}})),
    Shape.MAPPING: lambda: {"type": "object"},
}


def _definitions() -> Schema:
    leads = tuple(field for field in TARGET if field.name not in ("visit", "with", "results", "then", "when"))
    visits = tuple(field for field in TARGET if field.name not in ("to", "when"))
    when = tuple(field for field in TARGET if field.name == "when")
    targets = {"anyOf": [WORD, _required(leads, "to"), _required(visits, "visit", "then")]}
    branches = {"anyOf": [WORD, _required((*leads, *when), "to"), _required((*visits, *when), "visit", "then")]}
    return {
        "translated": _object(TRANSLATED, {"review": {"enum": list(REVIEWS)}}),
        "constant": {"type": "object", "properties": {"always": WORD}, "required": ["always"]},
        "way": {"anyOf": [*targets["anyOf"], {"type": "array", "minItems": 1, "items": branches}]},
        "option": _object(OPTION),
        "screen": {"oneOf": [_object(fields) | {"title": kind} for kind, fields in SCREEN_KINDS.items()]},
    }


def _required(fields: Fields, *names: str) -> Schema:
    return _object(fields) | {"required": list(names)}


_TEXTS = _of(TEXT)
_PHRASES: Schema = {
    "type": "object", "additionalProperties": False,
    "properties": dict.fromkeys(
        (*PHRASES, *RESUME_PHRASES, *CODE_PHRASES, *CONSENT_PHRASES, *POINT_PHRASES, *AGENT_PHRASES, *SURVEY_PHRASES,
         *LANGUAGE_PHRASES, *MANDATE_TEXTS, *MANDATE_PHRASES, *AGENT_MENU_TEXTS),
        TEXT,
    ),
}  # fmt: skip
_PACK: Mapping[str, Schema] = {
    "review": {"enum": list(REVIEWS)},
    "locales": _of({"anyOf": [WORD, _object(LOCALE)]}),
    "keys": _object(KEYS),
    "currency": _object(CURRENCY),
    "numbers": _of(_object(NUMBER, {"check": {"enum": list(CHECKS)}})),
    "budgets": _of(WHOLE),
    "survey": _object(SURVEY),
    "handsets": _object(HANDSETS),
    "sms_price": _object(SMS_PRICE),
    "privacy": _object(
        PRIVACY,
        {
            "controller": {
                "type": "object",
                "properties": dict.fromkeys(CONTROLLER, WORD),
                "additionalProperties": False,
            },
            "days": {"type": "object", "properties": dict.fromkeys(DAYS, WHOLE), "additionalProperties": False},
            "processors": _of(_object(PROCESSOR)),
        },
    ),
    "phrases": _PHRASES | {"required": list(PHRASES)},
    "words": _TEXTS,
}

_ENTRANCES: Mapping[str, Schema] = {"agents": _object(AGENT_WORDS)}
_RULE: Schema = {
    "type": "object", "properties": {"status": WHOLE, "field": WORD, "value": WORD}, "required": ["field", "value"],
    "additionalProperties": False,
}  # fmt: skip
_OPTIONAL: Schema = {
    "type": "object", "properties": {"optional": WORD}, "required": ["optional"], "additionalProperties": False,
}  # fmt: skip


def _catalogue() -> dict[str, Schema]:
    types: Schema = {"enum": [type.value for type in ValueType]}
    field = _object(RESULT, {"type": types, "list": {"type": "object"}})
    result = _object(RESULT, {"type": types, "list": _of(field)})
    told = _list_of({"anyOf": [WHOLE, _RULE]})
    special = {
        "query": _of({"anyOf": [WORD, _OPTIONAL]}),
        "results": _of(result),
        "refused": {"type": "object"},
        "answered": told,
        "pending": told,
    }
    operation = _object(OPERATION, special, closed=False)
    auth = _object(AUTH, {"kind": {"enum": list(KINDS)}, "credentials": {"enum": list(CREDENTIALS)}})
    call = _object(tuple(field for field in OPERATION_CALL if field.name != "then"))
    then = {"then": {"enum": [status.value for status in Status]}}
    work = _object(OPERATION_CALL, then)
    pay = _object(PAY, then)
    occasions = dict.fromkeys((occasion for told in OCCASIONS.values() for occasion in told), TEXT)
    service = _object(
        SERVICE,
        {
            "kind": {"enum": [kind.value for kind in ServiceKind]},
            "find": {"enum": [find.value for find in Find]},
            "step": {"enum": [step.value for step in (*MandateStep, *AgentStep)]},
            "attests": {"enum": [one.value for one in Attests]},
            "show": {"enum": [show.value for show in Show]},
            "fee": _object(FEE),
            "charge": _object(FEE),
            "commission": _object(COMMISSION),
            "takes": _of(types),
            "classes": _of({"enum": [one.value for one in DataClass]}),
            "ask": call,
            "follow": call,
            "work": _list_of({"anyOf": [{**work, "required": [*work["required"], "then"]}, pay]}),
            "sms": {"type": "object", "properties": occasions, "additionalProperties": False},
        },
    )
    return {
        "offices": _of(_object(OFFICE, {"auth": auth, "operations": _of(operation)})),
        "purposes": _of(_object(PURPOSE, {"basis": {"enum": [basis.value for basis in Basis]}})),
        "services": _of(service),
        "topics": _of(_object(TOPIC)),
    }


def _language() -> dict[str, Schema]:
    maps = dict.fromkeys(("options", "say", "must"), _TEXTS)
    screens = _of(_of(_object(TRANSLATED_SCREEN, maps)))
    return {
        "review": {"enum": list(REVIEWS)},
        "phrases": _PHRASES,
        "words": _TEXTS,
        "services": _of(_object(TRANSLATED_SERVICE, {"sms": _TEXTS})),
        "purposes": _TEXTS,
        "topics": _TEXTS,
        "districts": _TEXTS,
        "assisted": _TEXTS,
        "shared": screens,
        "programs": screens,
    }
