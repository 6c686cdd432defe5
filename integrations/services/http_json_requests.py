"""What is asked of a plain JSON office: path, query and body, filled with arguments that cannot break out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, StringConstraints, Tag

from app.errors import ServiceFailed

target_characters_max = 2_000  # of path and query; RFC 9110 (4.1) has everybody take at least 8,000 octets of a URI
query_fields_max = 20
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
PATH = re.compile(r"(/[A-Za-z0-9._~{}-]+)+/?")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
INTEGER = re.compile(r"-?[0-9]{1,15}")
Arguments = Mapping[str, str]
TEXT_TAG, OPTIONAL_TAG = "a text", "an optional argument"  # no names: complaints leave them out


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionalArgument(Model):
    """An argument that is left out of the query when it is empty."""

    optional: Name


QueryName = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,60}$")]
QueryText = Annotated[str, StringConstraints(pattern=r"^[ -~]*$", max_length=200)]


def _sort(declared: object) -> str:
    return TEXT_TAG if isinstance(declared, str) else OPTIONAL_TAG


QueryValue = Annotated[
    Annotated[QueryText, Tag(TEXT_TAG)] | Annotated[OptionalArgument, Tag(OPTIONAL_TAG)], Discriminator(_sort)
]
Query = Annotated[dict[QueryName, QueryValue], Field(max_length=query_fields_max)]


def check_path(path: str) -> None:
    """Raises `ValueError` for a path that is more than segments."""
    if "?" in path or "#" in path:
        raise ValueError("`path` ends before `?`; write what follows under `query`")
    if not PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError("`path` must be /plain/segments with {placeholders}")


def names_used(path: str, query: Query, body: JsonValue) -> set[str]:
    """Every argument that a request needs; raises `ValueError` for a brace that belongs to no placeholder."""
    optional = {value.optional for value in query.values() if isinstance(value, OptionalArgument)}
    texts = [value for value in query.values() if isinstance(value, str)]
    return optional | {name for text in (path, *texts, *_templates(body)) for name in _placeholders(text)}


def target(path: str, query: Query, arguments: Arguments) -> str:
    """Path and query, percent-encoded; raises `ServiceFailed` for `argument_unfit`.

    An argument fills one segment of the path or stays inside its value of the query, whatever it holds.
    """
    filled = PLACEHOLDER.sub(lambda found: _segment(arguments[found[1]]), path)
    pairs = [f"{quote(name, safe='')}={value}" for name, value in _query_values(query, arguments)]
    whole = "?".join((filled, "&".join(pairs))) if pairs else filled
    if len(whole) > target_characters_max:
        raise ServiceFailed("argument_unfit", retryable=False)
    return whole


def filled_body(body: JsonValue, arguments: Arguments) -> JsonValue:
    match body:
        case str():
            return PLACEHOLDER.sub(lambda found: arguments[found[1]], body)
        case {"integer": str() as name, **rest} if not rest:
            return _integer(arguments[name])
        case dict():
            return {key: filled_body(value, arguments) for key, value in body.items()}
        case list():
            return [filled_body(value, arguments) for value in body]
        case _:
            return body


def _query_values(query: Query, arguments: Arguments) -> Iterator[tuple[str, str]]:
    """What is sent, encoded. An empty argument that is not optional is refused: it would ask for everything."""
    for name, value in query.items():
        text = f"{{{value.optional}}}" if isinstance(value, OptionalArgument) else value
        if isinstance(value, OptionalArgument) and not arguments[value.optional]:
            continue
        yield name, quote(PLACEHOLDER.sub(lambda found: _printable(arguments[found[1]]), text), safe="")


def _templates(body: JsonValue) -> Iterator[str]:
    """Every text of a body in which a placeholder may stand."""
    match body:
        case str():
            yield body
        case {"integer": str() as name, **rest} if not rest:
            yield f"{{{name}}}"
        case dict():
            for value in body.values():
                yield from _templates(value)
        case list():
            for value in body:
                yield from _templates(value)


def _placeholders(template: str) -> list[str]:
    if set("{}") & set(PLACEHOLDER.sub("", template)):
        raise ValueError("a brace that belongs to no {placeholder}")
    return PLACEHOLDER.findall(template)


def _segment(value: str) -> str:
    """Servers and proxies undo the escapes before they tidy up a path: what would then climb is refused."""
    if any(part in {"", ".", ".."} for part in re.split(r"[/\\]", value)):
        raise ServiceFailed("argument_unfit", retryable=False)
    return quote(_printable(value), safe="")


def _printable(value: str) -> str:
    if not value or not value.isprintable():
        raise ServiceFailed("argument_unfit", retryable=False)
    return value


def _integer(value: str) -> int:
    if not INTEGER.fullmatch(value):
        raise ServiceFailed("argument_unfit", retryable=False)
    return int(value)
