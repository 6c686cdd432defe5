"""What stands in a recording in the place of everything that was said: the same for everybody, and of the same form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from app.likeness import steps_of
from integrations.http import Asked, HttpAnswer
from integrations.services.http_json_answers import json_or_nothing
from integrations.services.recording import other, page_of
from integrations.services.vocabularies import Vocabulary

AT = datetime(2001, 1, 1, 12, tzinfo=UTC)
"""When everything is that was recorded."""
DAY = AT.date().isoformat()
counts_max = 99  # a count stays as it is; what is larger may be somebody's number
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:([T ])([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_MSISDN = re.compile(r"\+[1-9][0-9]{7,14}")
_CURRENCY = re.compile("[A-Z]{3}")


class Unlike(Exception):
    """Asked with placeholders, an adapter asks for something else than it did."""


def arguments_like(arguments: Mapping[str, str]) -> dict[str, str]:
    """Placeholders of which nothing is known but what an adapter checks: whether it is empty, a number, a day."""
    return {name: _argument_like(arguments[name], place) for place, name in enumerate(sorted(arguments), 1)}


def _argument_like(text: str, place: int) -> str:
    if not text:
        return ""
    if _MSISDN.fullmatch(text):
        return f"+9990000{place:04}"  # no country has 999
    if text.isascii() and text.isdigit():
        return str(1_000 + place)
    if _CURRENCY.fullmatch(text):
        return "XXX"  # ISO 4217: no currency
    return DAY if _MOMENT.fullmatch(text) else f"a{place}"


class Placeholders:
    """What each value that we sent is in the recording; what the office says beside them loses all but its form."""

    def __init__(self, vocabulary: Vocabulary, address: str, asked_at: datetime) -> None:
        self._vocabulary = vocabulary
        self._address = address.rstrip("/")
        self._asked_at = asked_at
        self._known: dict[str, str] = {}

    def learn(self, real: Mapping[str, str], recorded: Mapping[str, str]) -> None:
        """Values by their names; what shows the office who asks stands in no recording."""
        for name in real.keys() & recorded.keys():
            self._learn(real[name], recorded[name])

    def learn_request(self, real: Asked, recorded: Asked) -> None:
        """Both made by the same adapter, of what was asked and of the placeholders; raises `Unlike`."""
        steps, recorded_steps = steps_of(real.path), steps_of(recorded.path)
        if real.method != recorded.method or len(steps) != len(recorded_steps):
            raise Unlike
        for step, recorded_step in zip(steps, recorded_steps, strict=True):
            self._learn(unquote(step), unquote(recorded_step))
        self.learn(real.headers, recorded.headers)
        self._learn_value(json.loads(real.body or b"null"), json.loads(recorded.body or b"null"))

    def _learn_value(self, real: object, recorded: object) -> None:
        match real, recorded:
            case dict(), dict():
                if real.keys() != recorded.keys():
                    raise Unlike
                for key, value in real.items():
                    self._learn_value(value, recorded[key])
            case list(), list():
                if len(real) != len(recorded):
                    raise Unlike
                for value, recorded_value in zip(real, recorded, strict=True):
                    self._learn_value(value, recorded_value)
            case (str() | int(), str() | int()):
                self._learn(str(real), str(recorded))

    def _learn(self, real: str, recorded: str) -> None:
        if real:
            self._known.setdefault(real.casefold(), recorded)

    def answer(self, answer: HttpAnswer) -> HttpAnswer:
        """The answer as an office would have given it to the placeholders; no header of it stays."""
        value = json_or_nothing(answer)
        if value is None:
            return page_of(answer, {})
        return HttpAnswer(answer.status, "application/json", json.dumps(self.value(value)).encode())

    def value(self, found: object, key: str = "") -> object:
        """What stands below `key` of an answer."""
        match found:
            case dict():
                return {name: self.value(one, name) for name, one in found.items() if name in self._vocabulary.keys}
            case list():
                return [self.value(one, key) for one in found]
            case str():
                return self._text(found)
            case bool() if key in self._vocabulary.flags:
                return found
            case int() if not isinstance(found, bool):
                return self._number(found, key)
            case _:
                return other(found)

    def _number(self, found: int, key: str) -> object:
        if key in self._vocabulary.counts and 0 <= found <= counts_max:
            return found
        known = self._known.get(str(found), "")
        return int(known) if known.isascii() and known.isdigit() else other(found)

    def _text(self, found: str) -> object:
        if self._vocabulary.is_word(found):
            return found
        text = found.removeprefix(self._address)
        known = self._known.get(text.casefold())
        if known is not None:
            return known
        moment = _MOMENT.fullmatch(text)
        return self._linked(text) if moment is None else self._moment(moment)

    def _linked(self, text: str) -> object:
        """A link leads to the same resource, by another id."""
        for resource in self._vocabulary.linked:
            if text.startswith(before := f"/{resource}/"):
                return f"{before}{other(text.removeprefix(before))}"
        return other(text)

    def _moment(self, found: re.Match[str]) -> str:
        """Of a moment only whether it is past, and how it is written."""
        joint, time, fraction, zone = found.groups(default="")
        if not joint:
            return DAY
        day = (AT + timedelta(days=1)).date().isoformat() if self._is_to_come(found[0]) else DAY
        zone = zone if zone in ("", "Z") else re.sub("[0-9]", "0", zone).replace("-", "+")
        return f"{day}{joint}{'12:00:00'[: len(time)]}{re.sub('[0-9]', '0', fraction)}{zone}"

    def _is_to_come(self, text: str) -> bool:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return False
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > self._asked_at
