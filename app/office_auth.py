"""How an office is shown who asks, in services.yaml: each rule once, for `mohala check` and for adapters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.faults import Fault, Place, no_mapping, of_keys
from app.request_headers import NAME, header_faults, is_ours, told_of_name

ADAPTERS = ("http_json", "x_road", "opencrvs", "g2p_connect", "mosip", "push_poll")
USUAL_HEADER = "X-Api-Key"
NONE, HEADER, BASIC, OAUTH2, MUTUAL_TLS = "none", "header", "basic", "oauth2", "mutual_tls"
CREDENTIALS = ("header", "body")
FILES = ("certificate", "authority")
"""Keys that name a file beside the passwords: ours with its key, and the authorities that the office's must be of."""
FILE_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Of a file in the directory of secrets, which it cannot leave."""
UNAUTHORIZED = "401"
token_url_characters_max = 500
scope_characters_max = 500

_AUTH: Place = ("auth",)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_USER = re.compile("[!-9;-~]{1,100}")  # RFC 7617 (2): a colon would end it
_CLIENT = re.compile("[!-~]{1,200}")
_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")  # RFC 6749 (3.3)
_URL_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What may and must be said of it, and whether it sends the password that the office's `secret` names."""

    known: tuple[str, ...]
    needed: tuple[str, ...]
    sends_password: bool


KINDS: Mapping[str, _Kind] = {
    NONE: _Kind(("authority",), (), False),
    HEADER: _Kind(("header", *FILES), (), True),
    BASIC: _Kind(("user", *FILES), ("user",), True),
    OAUTH2: _Kind(("token_url", "client", "scope", "credentials", *FILES), ("token_url", "client"), True),
    MUTUAL_TLS: _Kind(FILES, ("certificate",), False),
}


def kind_of(auth: Mapping[str, object], *, has_secret: bool) -> str:
    """An office with a password and nothing said of it sends it in a header."""
    return str(auth.get("kind", HEADER if has_secret else NONE))


def office_faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which an adapter would not open an office of these `auth`, `secret`, `headers`, `operations`."""
    auth = declared.get("auth", {})
    if isinstance(auth, Mapping):
        yield from _auth_faults(auth, has_secret="secret" in declared, is_told="auth" in declared)
    else:
        yield no_mapping(_AUTH)
        auth = {}
    if "headers" in declared:
        yield from header_faults(declared["headers"], ("headers",))
    operations = declared.get("operations")
    listed = operations if isinstance(operations, Mapping) else {}
    yield from _header_twice(auth, declared, listed)
    if auth.get("kind") == OAUTH2:
        for name, operation in listed.items():
            yield from _refusals_by_401(operation, ("operations", name, "refused"))


def is_in_the_clear(address: str) -> bool:
    """Whether others on the way could read what is sent there; the machine itself is no way."""
    parts = urlsplit(address)
    return parts.scheme != "https" and parts.hostname not in _LOOPBACK


def _auth_faults(auth: Mapping[str, object], *, has_secret: bool, is_told: bool) -> Iterator[Fault]:
    name = kind_of(auth, has_secret=has_secret)
    if is_told and "kind" not in auth:
        yield Fault(_AUTH, "missing-key", f"`kind` is missing; add one of {', '.join(KINDS)}")
        return
    if name not in KINDS:
        told = f"`{name}` is no kind of `auth`; known are {', '.join(KINDS)}"
        yield Fault((*_AUTH, "kind"), "unknown-kind", told)
        return
    kind = KINDS[name]
    yield from of_keys(auth, _AUTH, ("kind", *kind.known), kind.needed)
    for key in kind.known:
        if key in auth:
            yield from _value_faults(key, auth[key])
    if kind.sends_password and not has_secret:
        yield Fault((), "missing-key", f"`secret` is missing; `auth` of kind {name} sends the password that it names")
    if has_secret and not kind.sends_password:
        told = f"`secret` is sent by no `auth` of kind {name}; remove it, or choose another kind"
        yield Fault(("secret",), "unknown-key", told, True)


def _value_faults(key: str, value: object) -> Iterator[Fault]:
    is_right, form = _VALUES[key]
    if not isinstance(value, str) or not is_right(value):
        yield Fault((*_AUTH, key), "wrong-shape", f"`{key}` must be {form}")


def _header_twice(
    auth: Mapping[str, object], declared: Mapping[str, object], operations: Mapping[str, object]
) -> Iterator[Fault]:
    """Headers that would take the place of the password's own; what looks like a secret was complained of before."""
    places: list[tuple[Place, object]] = [(("headers",), declared.get("headers"))]
    for name, operation in operations.items():
        if isinstance(operation, Mapping):
            places.append((("operations", name, "headers"), operation.get("headers")))
    for place, headers in places:
        for name in headers if isinstance(headers, Mapping) else ():
            if name.lower() == str(auth.get("header", "")).lower() and not told_of_name(name):
                yield Fault((*place, name), "duplicate-key", f"`{name}` is what `auth` sends; remove it", True)


def _refusals_by_401(operation: object, place: Place) -> Iterator[Fault]:
    """Asking again with a new token must never repeat a no: it would count a wrong PIN twice."""
    refused = operation.get("refused") if isinstance(operation, Mapping) else None
    for reason, rule in refused.items() if isinstance(refused, Mapping) else ():
        if isinstance(rule, Mapping) and str(rule.get("status")) == UNAUTHORIZED:
            told = "401 says that a token is not taken any more; with `auth` of kind oauth2 it is no refusal: remove it"
            yield Fault((*place, reason, "status"), "wrong-shape", told)


def _is_header(text: str) -> bool:
    return NAME.fullmatch(text) is not None and not is_ours(text)


def _is_scope(text: str) -> bool:
    return len(text) <= scope_characters_max and _SCOPE.fullmatch(text) is not None


def _is_token_url(text: str) -> bool:
    """RFC 6749 (3.2) asks for TLS, and the client's password goes there."""
    try:
        parts = urlsplit(text)
        whole = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return (
            whole == text
            and len(text) <= token_url_characters_max
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", parts.netloc) is not None
            and (parts.port is None or parts.port > 0)
            and _URL_PATH.fullmatch(parts.path) is not None
            and not {".", ".."} & set(parts.path.split("/"))
            and not is_in_the_clear(text)
        )
    except ValueError:
        return False


def _is_file(text: str) -> bool:
    return FILE_NAME.fullmatch(text) is not None


_FILE = "the name of a file among the secrets: letters, digits, `.`, `-` and `_`"
_VALUES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "header": (_is_header, "the name of a header that the house does not write itself, such as `X-Api-Key`"),
    "user": (lambda text: _USER.fullmatch(text) is not None, "1 to 100 ASCII letters without blanks and colons"),
    "client": (lambda text: _CLIENT.fullmatch(text) is not None, "1 to 200 ASCII letters without blanks"),
    "scope": (_is_scope, f"scopes with single blanks between, {scope_characters_max} letters at the most"),
    "credentials": (lambda text: text in CREDENTIALS, f"one of {', '.join(CREDENTIALS)}"),
    "token_url": (_is_token_url, "https://host/path without user, query or fragment; http:// on this machine only"),
    "certificate": (_is_file, _FILE),
    "authority": (_is_file, _FILE),
}
