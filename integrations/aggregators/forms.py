"""Form-encoded callbacks, read within limits: fields, sizes and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_plus

import phonenumbers

from app import limits
from app.errors import NotOurs
from app.messages import WireRequest

CONTENT_TYPE = "application/x-www-form-urlencoded"
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_UNESCAPED_PLUS = re.compile(r" [0-9]{8,15}")


class Form:
    """The fields of one callback. Its complaints name the field and the fault, never the content."""

    def __init__(self, request: WireRequest, known: frozenset[str], recurring: frozenset[str] = frozenset()) -> None:
        """`recurring` fields have the same value on every hop of a dialogue. What was typed is none of them: it may be
        a secret, and stays in no cache.
        """
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != CONTENT_TYPE:
            raise NotOurs(f"content-type: is not {CONTENT_TYPE}")
        self._fields = _known_fields(_pairs(request.body, recurring), known)

    def get(self, name: str, longest: int) -> str:
        """The value as sent, or an empty string; longer than `longest` characters is refused."""
        value = self._fields.get(name, "")
        if len(value) > longest:
            raise NotOurs(f"{name}: longer than {longest} characters")
        return value

    def need(self, name: str, longest: int) -> str:
        if name not in self._fields:
            raise NotOurs(f"{name}: missing")
        return self.get(name, longest)

    def need_word(self, name: str, longest: int) -> str:
        """A value that is neither empty nor holds control characters."""
        value = self.need(name, longest)
        if not value or not value.isprintable():
            raise NotOurs(f"{name}: {'not printable' if value else 'empty'}")
        return value

    def need_phone(self, name: str) -> str:
        phone = read_phone(self.need(name, longest=32))
        if phone is None:
            raise NotOurs(f"{name}: not a possible number in E.164")
        return phone


@lru_cache(maxsize=4096)  # 40 microseconds a number, and a dialogue sends the same one on every hop
def read_phone(value: str) -> str | None:
    """E.164 with `+`, or None. A `+` that nobody escaped arrives as a space and is put back."""
    if _UNESCAPED_PLUS.fullmatch(value):
        value = "+" + value[1:]
    if not _PHONE.fullmatch(value):
        return None
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return None
    return value if phonenumbers.is_possible_number(number) else None


def _pairs(body: bytes, recurring: frozenset[str]) -> list[tuple[str, str]]:
    if len(body) > limits.callback_body_bytes_max:
        raise NotOurs(f"body: longer than {limits.callback_body_bytes_max} bytes")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotOurs("body: not UTF-8") from None
    fields = text.split("&") if text else []
    if len(fields) > limits.callback_fields_max:
        raise NotOurs(f"body: more than {limits.callback_fields_max} fields")
    pairs = (field.partition("=") for field in fields if field)
    return [
        (_unescaped(name), _unescaped_again(value) if name in recurring and len(value) < 64 else _unescaped(value))
        for name, _, value in pairs
    ]


def _unescaped(text: str) -> str:
    """Escaped bytes that are no UTF-8 become lone surrogates, so that the field can be named below."""
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text


_unescaped_again = lru_cache(maxsize=4096)(_unescaped)  # five microseconds each


def _known_fields(pairs: list[tuple[str, str]], known: frozenset[str]) -> Mapping[str, str]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted(name for name in known if names.count(name) > 1)
        raise NotOurs(f"{repeated[0] if repeated else 'a field'}: repeated")
    ours = {name: value for name, value in fields.items() if name in known}
    for name, value in ours.items():
        if not value.isascii() and not _is_text(value):
            raise NotOurs(f"{name}: not UTF-8")
    return ours


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
