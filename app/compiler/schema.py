"""JSON Schemas of a pack's files, from the table of fields: an ordinary editor completes, explains and underlines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

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
from app.compiler.fields import INCLUDED, PROGRAM, RESUME, Fields, Shape
from app.compiler.pack_fields import (
    AGENT_WORDS,
    CURRENCY,
    DISTRICT,
    ENTRANCES,
    HANDSETS,
    KEYS,
    LANGUAGE,
    LOCALE,
    NUMBER,
    PACK,
    PLACES,
    PRIVACY,
    PROCESSOR,
    SMS_PRICE,
    SURVEY,
    TRANSLATED_SCREEN,
    TRANSLATED_SERVICE,
)
from app.compiler.phrases import HOUSE_PHRASES
from app.compiler.purposes import CONTROLLER, DAYS
from app.compiler.reader import REVIEWS
from app.compiler.schema_pieces import TEXT, WHOLE, WORD, Schema, definitions, list_of, mapping_of, object_of
from app.errors import FileUnfit
from app.house_services import AgentStep, Attests, Find, MandateStep, Show
from app.messages import Status
from app.office_auth import CREDENTIALS, KINDS
from app.pack import PHRASES
from app.points.guide import POINT_PHRASES
from app.privacy import Basis, DataClass
from app.replacing import replace_text
from app.values.inputs import CHECKS
from app.values.rules import ValueType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SUFFIX = ".schema.json"


def schemas() -> dict[str, Schema]:
    """A schema for each sort of file of a pack, by its file's name in `menus/schema`."""
    made = {
        "program": _whole(
            "A program of a pack: one service as citizens walk through it.", PROGRAM, {"resume": object_of(RESUME)}
        ),
        "shared": _whole("Screens that several programs include.", INCLUDED),
        "pack": _whole("What holds for all programs of a country.", PACK, _PACK),
        "entrances": _whole("The ways into a pack: service codes and the first words of texts.", ENTRANCES, _ENTRANCES),
        "services": _whole("The catalogue: offices, and the services that menus call.", CATALOGUE, _catalogue()),
        "places": _whole(
            "The districts of a country, and its sheet of service points.",
            PLACES,
            {"districts": mapping_of(object_of(DISTRICT))},
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
    every = definitions()
    needed = every if any(field.shape is Shape.SCREENS for field in fields) else {"translated": every["translated"]}
    return {"$schema": DIALECT, "description": told, **object_of(fields, special), "$defs": needed}


_TEXTS = mapping_of(TEXT)
_PHRASES: Schema = {
    "type": "object", "additionalProperties": False,
    "properties": dict.fromkeys((*HOUSE_PHRASES, *POINT_PHRASES), TEXT),
}  # fmt: skip
_PACK: Mapping[str, Schema] = {
    "review": {"enum": list(REVIEWS)},
    "locales": mapping_of({"anyOf": [WORD, object_of(LOCALE)]}),
    "keys": object_of(KEYS),
    "currency": object_of(CURRENCY),
    "numbers": mapping_of(object_of(NUMBER, {"check": {"enum": list(CHECKS)}})),
    "budgets": mapping_of(WHOLE),
    "survey": object_of(SURVEY),
    "handsets": object_of(HANDSETS),
    "sms_price": object_of(SMS_PRICE),
    "privacy": object_of(
        PRIVACY,
        {
            "controller": {
                "type": "object",
                "properties": dict.fromkeys(CONTROLLER, WORD),
                "additionalProperties": False,
            },
            "days": {"type": "object", "properties": dict.fromkeys(DAYS, WHOLE), "additionalProperties": False},
            "processors": mapping_of(object_of(PROCESSOR)),
        },
    ),
    "phrases": _PHRASES | {"required": list(PHRASES)},
    "words": _TEXTS,
}

_ENTRANCES: Mapping[str, Schema] = {"agents": object_of(AGENT_WORDS)}
_RULE: Schema = {
    "type": "object", "properties": {"status": WHOLE, "field": WORD, "value": WORD}, "required": ["field", "value"],
    "additionalProperties": False,
}  # fmt: skip
_OPTIONAL: Schema = {
    "type": "object", "properties": {"optional": WORD}, "required": ["optional"], "additionalProperties": False,
}  # fmt: skip


def _catalogue() -> dict[str, Schema]:
    types: Schema = {"enum": [type.value for type in ValueType]}
    field = object_of(RESULT, {"type": types, "list": {"type": "object"}})
    result = object_of(RESULT, {"type": types, "list": mapping_of(field)})
    told = list_of({"anyOf": [WHOLE, _RULE]})
    special = {
        "query": mapping_of({"anyOf": [WORD, _OPTIONAL]}),
        "results": mapping_of(result),
        "refused": {"type": "object"},
        "answered": told,
        "pending": told,
    }
    operation = object_of(OPERATION, special, closed=False)
    auth = object_of(AUTH, {"kind": {"enum": list(KINDS)}, "credentials": {"enum": list(CREDENTIALS)}})
    call = object_of(tuple(field for field in OPERATION_CALL if field.name != "then"))
    then = {"then": {"enum": [status.value for status in Status]}}
    work = object_of(OPERATION_CALL, then)
    pay = object_of(PAY, then)
    occasions = dict.fromkeys((occasion for told in OCCASIONS.values() for occasion in told), TEXT)
    service = object_of(
        SERVICE,
        {
            "kind": {"enum": [kind.value for kind in ServiceKind]},
            "find": {"enum": [find.value for find in Find]},
            "step": {"enum": [step.value for step in (*MandateStep, *AgentStep)]},
            "attests": {"enum": [one.value for one in Attests]},
            "show": {"enum": [show.value for show in Show]},
            "fee": object_of(FEE),
            "charge": object_of(FEE),
            "commission": object_of(COMMISSION),
            "takes": mapping_of(types),
            "classes": mapping_of({"enum": [one.value for one in DataClass]}),
            "ask": call,
            "follow": call,
            "work": list_of({"anyOf": [{**work, "required": [*work["required"], "then"]}, pay]}),
            "sms": {"type": "object", "properties": occasions, "additionalProperties": False},
        },
    )
    return {
        "offices": mapping_of(object_of(OFFICE, {"auth": auth, "operations": mapping_of(operation)})),
        "purposes": mapping_of(object_of(PURPOSE, {"basis": {"enum": [basis.value for basis in Basis]}})),
        "services": mapping_of(service),
        "topics": mapping_of(object_of(TOPIC)),
    }


def _language() -> dict[str, Schema]:
    maps = dict.fromkeys(("options", "words", "say", "must"), _TEXTS)
    screens = mapping_of(mapping_of(object_of(TRANSLATED_SCREEN, maps)))
    return {
        "review": {"enum": list(REVIEWS)},
        "phrases": _PHRASES,
        "words": _TEXTS,
        "services": mapping_of(object_of(TRANSLATED_SERVICE, {"sms": _TEXTS})),
        "purposes": _TEXTS,
        "topics": _TEXTS,
        "districts": _TEXTS,
        "assisted": _TEXTS,
        "shared": screens,
        "programs": screens,
    }
