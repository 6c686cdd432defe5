"""The parts of docs/menu-language.md and docs/engine.md that are written from the code, so that no page drifts."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from app import limits
from app.agent_phrases import AGENT_CHOICES, AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.authoring import reference
from app.compiler import catalogue_fields, fields, pack_fields
from app.compiler.fields import SCREEN_KINDS, TYPED, Fields
from app.compiler.rules import BOUNDS
from app.compiler.scope import UNREADABLE
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
from app.privacy import DataClass
from app.replacing import replace_text
from app.values.conditions import FACTS
from app.values.inputs import CHECKS
from app.values.text import FORMATS

TABLES: Mapping[str, Fields] = {
    **SCREEN_KINDS,
    "program": fields.PROGRAM,
    "resume": fields.RESUME,
    "shared file": fields.INCLUDED,
    "parameter": fields.PARAMETER,
    "option": fields.OPTION,
    "way": fields.TARGET,
    "must": fields.MUST,
    "help": fields.HELP,
    "text": fields.TRANSLATED,
    "pack": pack_fields.PACK,
    "keys": pack_fields.KEYS,
    "currency": pack_fields.CURRENCY,
    "locale": pack_fields.LOCALE,
    "number": pack_fields.NUMBER,
    "privacy": pack_fields.PRIVACY,
    "survey": pack_fields.SURVEY,
    "handsets": pack_fields.HANDSETS,
    "sms price": pack_fields.SMS_PRICE,
    "processor": pack_fields.PROCESSOR,
    "places": pack_fields.PLACES,
    "district": pack_fields.DISTRICT,
    "entrances": pack_fields.ENTRANCES,
    "words of agents": pack_fields.AGENT_WORDS,
    "office": catalogue_fields.OFFICE,
    "auth": catalogue_fields.AUTH,
    "operation": catalogue_fields.OPERATION,
    "result": catalogue_fields.RESULT,
    "purpose": catalogue_fields.PURPOSE,
    "topic": catalogue_fields.TOPIC,
    "service": catalogue_fields.SERVICE,
    "fee": catalogue_fields.FEE,
    "commission": catalogue_fields.COMMISSION,
    "operation call": catalogue_fields.OPERATION_CALL,
    "pay stage": catalogue_fields.PAY,
    "language": pack_fields.LANGUAGE,
    "screen in a language": pack_fields.TRANSLATED_SCREEN,
}
LIMITS = (
    "reply_septets_max", "sms_septets_max", "sms_reply_septets_max", "pages_max", "inputs_to_end_max",
    "menu_depth_max", "wrong_tries_max", "calls_per_turn_max", "turn_soft_seconds", "session_seconds_max",
    "session_steps_max", "state_bytes_max", "list_characters_max", "pack_bytes_max", "pack_file_bytes_max",
    "pack_nodes_max", "pack_depth_max",
)  # fmt: skip
CEL = {"date": "timestamp", "amount": "double", "number": "int"}
_GENERATED = re.compile(r"<!-- ([a-z ]+?)(?:: ([a-z ]+))? -->\n.*?<!-- end -->", re.DOTALL)


def refreshed(manual: str) -> str:
    """The page with everything between its markers written anew; raises `KeyError` for an unknown marker."""
    return _GENERATED.sub(_part, manual)


def _part(found: re.Match[str]) -> str:
    body = _table(TABLES[found[2]]) if found[1] == "fields" else _PARTS[found[1]]()
    head = f"<!-- {found[1]}: {found[2]} -->" if found[2] else f"<!-- {found[1]} -->"
    return f"{head}\n{body}\n<!-- end -->"


def _rows(*rows: tuple[str, ...]) -> str:
    head, *others = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *others])


def _table(told: Fields) -> str:
    rows = [(f"`{field.name}`{' (needed)' if field.required else ''}", field.doc) for field in told]
    return _rows(("key", "what it says"), *rows)


def _types() -> str:
    rows = []
    for type in TYPED:
        bounds = ", ".join(f"`{name}`" for name, types in BOUNDS.items() if type in types) or "-"
        read = "not readable" if type in UNREADABLE else CEL.get(type.value, "string")
        rows.append((f"`{type}`", bounds, read))
    return _rows(("type", "bounds that go with it", "in a condition"), *rows)


def _facts() -> str:
    return _rows(("fact", "type"), *((f"`{name}`", CEL.get(type, "string")) for name, type in FACTS.items()))


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _agent_phrases() -> str:
    rows = [(f"`{phrase}`", _names(tuple(sorted(known))) or "-") for phrase, known in AGENT_PHRASES.items()]
    return _rows(("phrase", "may name"), *rows)


def _limits() -> str:
    return _rows(("limit", "value"), *((f"`{name}`", f"{getattr(limits, name):,}") for name in LIMITS))


_PARTS: Mapping[str, Callable[[], str]] = {
    "types": _types,
    "facts": _facts,
    "checks": lambda: _names(tuple(CHECKS)),
    "formats": lambda: _names(FORMATS),
    "phrases": lambda: _names(PHRASES),
    "resume phrases": lambda: _names(RESUME_PHRASES),
    "code phrases": lambda: _names(CODE_PHRASES),
    "survey phrases": lambda: _names(SURVEY_PHRASES),
    "language phrases": lambda: _names(LANGUAGE_PHRASES),
    "consent phrases": lambda: _names(CONSENT_PHRASES),
    "point phrases": lambda: _names(POINT_PHRASES),
    "agent phrases": lambda: _rows(
        ("phrase", "may name"),
        *((f"`{phrase}`", _names(tuple(sorted(known))) or "-") for phrase, known in AGENT_PHRASES.items()),
    ),
    "agent choices": lambda: _names(tuple(AGENT_CHOICES)),
    "mandate texts": lambda: _rows(
        ("phrase", "may name"),
        *((f"`{phrase}`", _names(tuple(sorted(known)))) for phrase, known in MANDATE_TEXTS.items()),
    ),
    "agent menu texts": lambda: _rows(
        ("phrase", "may name"),
        *((f"`{phrase}`", _names(tuple(sorted(known))) or "-") for phrase, known in AGENT_MENU_TEXTS.items()),
    ),
    "mandate phrases": lambda: _names(MANDATE_PHRASES),
    "classes": lambda: _names(tuple(DataClass)),
    "limits": _limits,
    "modules": reference.modules,
    "functions": reference.functions,
    "exchanged": reference.exchanged,
    "kinds": reference.kinds,
}


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        replace_text(path, refreshed(path.read_text("utf-8")))
