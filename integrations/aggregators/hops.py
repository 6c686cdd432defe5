"""Hops of one dialogue, which differ in what was typed and in nothing else."""

from __future__ import annotations

from collections.abc import Callable

from app import limits
from app.bounded import shorten
from app.errors import NotOurs
from app.messages import UssdEvent, WireRequest
from integrations.aggregators.forms import check_form, read_value


class Hops:
    """Reads hops as `read` does, and of those whose other fields it read before only what was typed.

    `typed` is the name of its field, which may be `longest` characters. All the bytes around it are compared, so what
    is known was read and found good as a whole. What was typed is not kept: it may be a secret. So a hop is known only
    if it has no more than the `fields` that `read` needs: another may repeat what was typed. At most
    `dialogues_named_max` are known, with their numbers.
    """

    def __init__(self, read: Callable[[WireRequest], UssdEvent], fields: int, typed: str, longest: int) -> None:
        self._read = read
        self._ampersands = fields - 1
        self._typed = typed
        self._longest = longest
        self._begins = f"&{typed}=".encode()
        self._known: dict[bytes, UssdEvent] = {}

    def read(self, request: WireRequest) -> UssdEvent:
        """Raises what the other `read` raises, for the same requests and in the same words."""
        before, begins, behind = request.body.partition(self._begins)
        typed, ampersand, after = behind.partition(b"&")
        around = before + begins + ampersand + after
        known = self._known.get(around)
        if known is None or not begins:
            return self._learned(around if begins else b"", self._read(request))
        check_form(request)
        try:
            text = read_value(self._typed, typed.decode())
        except UnicodeDecodeError:
            raise NotOurs("body: not UTF-8") from None
        if len(text) > self._longest:
            raise NotOurs(f"{self._typed}: longer than {self._longest} characters")
        return UssdEvent(known.aggregator, known.session_id, known.msisdn, known.service_code, known.network, text)

    def _learned(self, around: bytes, event: UssdEvent) -> UssdEvent:
        if around.count(b"&") == self._ampersands and len(around) <= limits.hop_known_bytes_max:
            names = event.aggregator, event.session_id, event.msisdn, event.service_code, event.network
            self._known[around] = UssdEvent(*names, "")
            shorten(self._known, limits.dialogues_named_max, spare=limits.dialogues_named_max // 10)
        return event
