"""What is asked of a plain JSON office: path, query and body, filled with arguments that cannot break out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, JsonValue

from app.errors import ServiceFailed
from app.http_json import PLACEHOLDER

target_characters_max = 2_000  # of path and query; RFC 9110 (4.1) has everybody take at least 8,000 octets of a URI
INTEGER = re.compile(r"-?[0-9]{1,15}")
Arguments = Mapping[str, str]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionalArgument(Model):
    """An argument that is left out of the query when it is empty."""

    optional: str


Query = dict[str, str | OptionalArgument]


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
