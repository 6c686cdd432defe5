"""What services.yaml may declare of a plain JSON office: each rule once, for `mohala check` and for the adapter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from app.faults import NAME, SINGLE, Check, Fault, Place, bad_name, names_faults, no_mapping, of_keys
from app.json_results import answers_faults
from app.outcomes import NEVER, answered_faults, overlap_faults, pending_faults, refusal_faults, unending_faults
from app.request_headers import header_faults

ADAPTER = "http_json"
METHODS = ("GET", "POST", "PUT")
KEYS = (
    *("method", "path", "takes", "query", "headers", "body", "results"),
    *("answered", "pending", "refused", "repeat", "found_by"),
)
NEEDED = ("method", "path", "answered")
REPEATS = ("same_key", NEVER)
"""What may be done when nobody knows whether an operation was: ask again with the same key, or never."""
NOT_FOUND = "unknown"
"""The reason with which an operation that looks for another's work says that there is none."""
KEY = "key"
"""The parameter of such an operation that is given the idempotency key."""

path_characters_max = 500
query_fields_max = 20
query_text_characters_max = 200


PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_PATH = re.compile(r"(/[A-Za-z0-9._~{}-]+)+/?")
_QUERY_NAME = re.compile("[!-~]{1,60}")
_QUERY_TEXT = re.compile("[ -~]*")
_FORMS: Mapping[str, str] = {"path": "", "query": "optional", "body": "integer"}
"""Where placeholders stand, and the key that may name a parameter in a mapping of its own there."""


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from of_keys(declared, (), KEYS, NEEDED)
    for part, check in _PARTS.items():
        if part in declared:
            yield from check(declared[part], (part,))
    if declared.get("method") == "GET" and "body" in declared:
        yield Fault(("body",), "wrong-shape", "a GET has no `body`; use POST or PUT, or write it under `query`", True)
    for key in ("repeat", "found_by"):
        if declared.get("method") == "GET" and key in declared:
            told = f"a GET changes nothing and may always be repeated; remove `{key}`"
            yield Fault((key,), "idle-bound", told, True)
    yield from overlap_faults(declared)
    yield from unending_faults(declared)
    yield from _arguments(declared)


def _method(value: object, place: Place) -> Iterator[Fault]:
    if value not in METHODS:
        yield Fault(place, "wrong-shape", f"`method` must be one of {', '.join(METHODS)}")


def _path(value: object, place: Place) -> Iterator[Fault]:
    path = value if isinstance(value, str) else ""
    if "?" in path or "#" in path:
        yield Fault(place, "wrong-shape", "`path` ends before `?`; write what follows under `query`")
    elif not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        yield Fault(place, "wrong-shape", "`path` must be /plain/segments with {placeholders}")
    if len(path) > path_characters_max:
        yield Fault(place, "wrong-shape", f"`path` has {len(path)} letters; {path_characters_max} are allowed")


def takes_faults(value: object, place: Place) -> Iterator[Fault]:
    """Everything for which these are no names of parameters."""
    if not isinstance(value, list):
        yield Fault(place, "wrong-shape", "must be a list: `[one, two]`")
        return
    for position, name in enumerate(value):
        if not isinstance(name, str):
            yield Fault((*place, position), "wrong-shape", SINGLE)
        elif not NAME.fullmatch(name):
            yield bad_name((*place, position), name, of_key=False)


def _query(value: object, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    if len(value) > query_fields_max:
        yield Fault(place, "wrong-shape", f"`query` has {len(value)} fields; {query_fields_max} are allowed")
    for name, text in value.items():
        if not _QUERY_NAME.fullmatch(name):
            told = f"`{name}` can be no name in an address: 1 to 60 ASCII letters without blanks"
            yield Fault((*place, name), "bad-name", told, True)
        optional = text.get("optional") if isinstance(text, Mapping) and len(text) == 1 else None
        if isinstance(optional, str):
            if not NAME.fullmatch(optional):
                yield bad_name((*place, name, "optional"), optional, of_key=False)
        elif not isinstance(text, str):
            told = f"`{name}` must be a text such as `{{district}}`, or `{{optional: district}}`"
            yield Fault((*place, name), "wrong-shape", told)
        elif len(text) > query_text_characters_max or not _QUERY_TEXT.fullmatch(text):
            told = f"`{name}` must be one line of ASCII, {query_text_characters_max} letters at the most"
            yield Fault((*place, name), "wrong-shape", told)


def _repeat(value: object, place: Place) -> Iterator[Fault]:
    if value not in REPEATS:
        yield Fault(place, "wrong-shape", f"`repeat` must be one of {', '.join(REPEATS)}")


def _found_by(value: object, place: Place) -> Iterator[Fault]:
    if not isinstance(value, str) or not value:
        yield Fault(place, "wrong-shape", "`found_by` must be the name of an operation of this office")


def found_by_faults(operations: Mapping[str, object], name: str) -> Iterator[Fault]:
    """What is wrong with the operation that looks for the work of another, told of that other's `found_by`."""
    asked = operations.get(name)
    found_by = asked.get("found_by") if isinstance(asked, Mapping) else None
    if not isinstance(asked, Mapping) or not isinstance(found_by, str) or not found_by:
        return
    looks, place = operations.get(found_by), ("found_by",)
    if not isinstance(looks, Mapping):
        known = ", ".join(other for other in operations if other != name) or "no other"
        yield Fault(place, "unknown-operation", f"the office has no `{found_by}`; it has {known}")
        return
    if looks.get("method") != "GET":
        yield Fault(place, "wrong-shape", f"`{found_by}` is no GET; name an operation that changes nothing")
        return
    takes, given = _listed(looks.get("takes")), {*_listed(asked.get("takes")), KEY}
    if strange := [one for one in takes if one not in given]:
        told = f"`{found_by}` takes `{strange[0]}`, which nobody has then; it may take `{KEY}` and what `{name}` takes"
        yield Fault(place, "unknown-argument", told)
    missing = [one for one in _named_in(asked.get("results")) if one not in _named_in(looks.get("results"))]
    if missing:
        yield Fault(place, "unknown-result", f"`{found_by}` does not give `{missing[0]}`, which `{name}` does; add it")
    if NOT_FOUND not in _named_in(looks.get("refused")):
        told = f"`{found_by}` never says that there is nothing; add `{NOT_FOUND}` to its `refused`"
        yield Fault(place, "uncovered-outcome", told)


def _listed(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _named_in(value: object) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []


def _body(value: object, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(place)


def _refused(value: object, place: Place) -> Iterator[Fault]:
    yield from names_faults(value, place, refusal_faults)


def _arguments(declared: Mapping[str, object]) -> Iterator[Fault]:
    for part, form in _FORMS.items():
        yield from placeholder_faults(templates(declared.get(part), form, (part,)), declared.get("takes"))


def placeholder_faults(texts: Iterable[tuple[Place, str]], takes: object) -> Iterator[Fault]:
    """Everything for which these texts could not be filled with what an operation `takes`."""
    taken = tuple(name for name in takes if isinstance(name, str)) if isinstance(takes, list) else ()
    for place, template in texts:
        if set("{}") & set(PLACEHOLDER.sub("", template)):
            yield Fault(place, "bad-placeholder", "a brace that belongs to no `{parameter}`; mend or remove it")
        for name in PLACEHOLDER.findall(template):
            if name not in taken:
                known = ", ".join(taken) or "nothing"
                told = f"`{name}` is not taken by the operation, which takes {known}; mend it or add it to `takes`"
                yield Fault(place, "unknown-argument", told)


def templates(value: object, form: str, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text in which placeholders may stand, with its place; the reader of YAML bounds the depth."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from templates(entry, form, (*place, position))
    elif isinstance(value, Mapping) and list(value) == [form] and isinstance(value[form], str):
        if form != "optional" or NAME.fullmatch(value[form]):  # any other was complained of as a name
            yield (*place, form), f"{{{value[form]}}}"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from templates(entry, form, (*place, key))


_PARTS: Mapping[str, Check] = {
    "method": _method,
    "path": _path,
    "takes": takes_faults,
    "query": _query,
    "headers": header_faults,
    "body": _body,
    "results": answers_faults,
    "answered": answered_faults,
    "pending": pending_faults,
    "refused": _refused,
    "repeat": _repeat,
    "found_by": _found_by,
}
