"""Form-encoded callbacks, read within limits: fields, sizes and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

import phonenumbers

from app import limits
from app.bounded import shorten
from app.errors import NotOurs
from app.messages import WireRequest

CONTENT_TYPE: Final = "application/x-www-form-urlencoded"
_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_UNESCAPED_PLUS: Final = re.compile(r" [0-9]{8,15}")
_RECURRING_CHARACTERS: Final = 96
_READ_BEFORE_MAX: Final = 500
_read_before: Final[dict[str, tuple[str, str]]] = {}
"""The latest fields that recur, as they came and as they are read: a microsecond each."""


class Form:
    """The fields of one callback. Its complaints name the field and the fault, never the content."""

    def __init__(self, request: WireRequest, known: frozenset[str], recurring: frozenset[str] = frozenset()) -> None:
        """`recurring` fields have one of few values, whoever calls. What was typed is none of them: it may be a secret,
        and stays in no cache.
        """
        check_form(request)
        self._fields = _read(request.body, known, recurring)

    def get(self, name: str, longest: int) -> str:
        """The value as sent, or an empty string; longer than `longest` characters is refused."""
        return self.need(name, longest) if name in self._fields else ""

    def need(self, name: str, longest: int) -> str:
        value = self._fields.get(name)
        if value is None:
            raise NotOurs(f"{name}: missing")
        if len(value) > longest:
            raise NotOurs(f"{name}: longer than {longest} characters")
        return value

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


def check_form(request: WireRequest) -> None:
    """Raises `NotOurs` for what is no form, or longer than one may be."""
    media_type = request.headers.get("content-type", "")
    if media_type != CONTENT_TYPE and media_type.partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise NotOurs(f"content-type: is not {CONTENT_TYPE}")
    if len(request.body) > limits.callback_body_bytes_max:
        raise NotOurs(f"body: longer than {limits.callback_body_bytes_max} bytes")


@lru_cache(maxsize=1_000)  # 3 microseconds a number, and whoever dialled may dial again
def read_phone(value: str) -> str | None:
    """E.164 with `+`, or None. A `+` that nobody escaped arrives as a space and is put back."""
    if _UNESCAPED_PLUS.fullmatch(value):
        value = "+" + value[1:]
    if not _PHONE.fullmatch(value):
        return None
    for digits in (1, 2, 3):  # no country code begins with another
        lengths = _lengths(value[1 : 1 + digits])
        if lengths is not None:
            return value if len(value) - 1 - digits in lengths else None
    return value if _is_possible(value) else None


@lru_cache(maxsize=1100)
def _lengths(code: str) -> frozenset[int] | None:
    """How long numbers of a country are; None for one whose numbers have to be read, and for what is no country code.

    `phonenumbers` judges a number by its length alone where no national prefix can be in it, and takes 40 microseconds.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        int(code), phonenumbers.region_code_for_country_code(int(code))
    )
    if metadata is None or metadata.national_prefix_for_parsing or metadata.general_desc is None:
        return None
    return frozenset((*metadata.general_desc.possible_length, *metadata.general_desc.possible_length_local_only))


def _is_possible(value: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(value, None))
    except phonenumbers.NumberParseException:
        return False


def _read(body: bytes, known: frozenset[str], recurring: frozenset[str]) -> Mapping[str, str]:
    """Every field by its name, those that are known as text. One pass: this is done for every callback."""
    fields: dict[str, str] = {}
    came = _split(body)
    for field in came:
        read = _read_before.get(field)
        if read is None:
            read = _read_field(field, known)
            if read[0] in recurring and len(field) < _RECURRING_CHARACTERS:
                _read_before[field] = read
                shorten(_read_before, _READ_BEFORE_MAX, spare=_READ_BEFORE_MAX // 10)
        fields[read[0]] = read[1]
    if len(fields) < len(came):
        raise NotOurs(f"{_repeated(came, known)}: repeated")
    return fields


def _repeated(came: list[str], known: frozenset[str]) -> str:
    names = [_read_field(field, known)[0] for field in came]
    return next((name for name in names if name in known and names.count(name) > 1), "a field")


def _read_field(field: str, known: frozenset[str]) -> tuple[str, str]:
    name, _, value = field.partition("=")
    if "%" in name or "+" in name:
        name = _unescaped(name)
    return name, read_value(name, value, name in known)


def read_value(name: str, value: str, is_known: bool = True) -> str:
    """The value of a field as it was meant; raises `NotOurs` for one that is known and no text."""
    if "%" in value or "+" in value:
        value = _plain(value)
    if is_known and not value.isascii() and not _is_text(value):
        raise NotOurs(f"{name}: not UTF-8")
    return value


def _split(body: bytes) -> list[str]:
    try:
        fields = body.decode().split("&")
    except UnicodeDecodeError:
        raise NotOurs("body: not UTF-8") from None
    if len(fields) > limits.callback_fields_max:
        raise NotOurs(f"body: more than {limits.callback_fields_max} fields")
    return [field for field in fields if field]


def _unescaped(text: str) -> str:
    """Escaped bytes that are no UTF-8 become lone surrogates, so that the field can be named in a complaint."""
    return unquote_to_bytes(text.replace("+", " ")).decode(errors="surrogateescape")


def _plain(value: str) -> str:
    """As `_unescaped`; of most values a star, a hash or the plus of a number is escaped, and no more."""
    if "+" not in value:
        plain = value.replace("%2A", "*").replace("%23", "#").replace("%2B", "+")
        if "%" not in plain:
            return plain
    return _unescaped(value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
