"""A wallet that is pushed to and then polled, by two calls as the pack's services.yaml writes them (EcoCash, say)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from app import push_poll
from app.errors import ServiceFailed
from app.messages import Pending, Refused
from app.ports import Clock
from app.push_poll import NUMBER, PLACEHOLDER
from app.wallets import PAY, UNSEEN
from integrations.http import HttpAnswer, of_a_change
from integrations.services.credentials import open_http
from integrations.services.sent import Sent
from integrations.services.settings import OfficeSettings
from integrations.services.wallet_orders import Order, Outcome, fitting, longest_of, paid, read_order, refuse_faulty

TAKEN = 409
# Ids are made from our keys, so that nothing has to be remembered to find a payment again.
SOURCE = uuid.UUID("2b8a4f0d-7c3e-4c55-9b67-d1f6f0c3a9e2")
_encoder = msgspec.json.Encoder(decimal_format="number")


class Call(msgspec.Struct, frozen=True):
    path: str
    body: Mapping[str, str | Mapping[str, str]]

    def written(self, values: Mapping[str, str]) -> bytes:
        """The body as JSON; an amount that is a number is written digit for digit."""
        return _encoder.encode({name: _filled(value, values) for name, value in self.body.items()})


class Status(Call, frozen=True):
    """`field` and `payment` are names with dots between; the rest are the wallet's words."""

    field: str
    payment: str
    paid: list[str]
    pending: list[str]
    unseen: list[str]


class PushPollOffice:
    """Its one operation `request-payment` takes `msisdn`, `amount` (minor units), `currency`, `reference`, `text`.

    A key becomes a UUID, by which a payment is looked up before it is ever asked for. Raises `SettingsWrong` for a
    wrong declaration.
    """

    def __init__(self, told: OfficeSettings, clock: Clock) -> None:
        self.name = told.name
        self._minor_digits = told.minor_digits
        refuse_faulty(told.name, push_poll.only({"operations": told.operations}))
        declared = told.operations[PAY]
        refuse_faulty(told.name, push_poll.faults(declared))
        self._push = msgspec.convert(declared["push"], Call, strict=False)
        self._status = msgspec.convert(declared["status"], Status, strict=False)
        refused = msgspec.convert(declared.get("refused", {}), dict[str, list[str]], strict=False)
        self._reasons = {word.upper(): reason for reason, words in refused.items() for word in words}
        self._longest = longest_of(declared)
        self._sent = Sent(clock)
        self._http = open_http(told, clock)

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Outcome:
        """Ask for a payment, or what became of it (with `LOOK` nothing else, with `FRESH` without a look
        first); Pending until the payer has decided.

        Besides the reasons of `OutboundHttp` raises `status_<4xx>`, `word_unknown`, `answer_malformed`,
        `forgotten_by_the_wallet`, `argument_unfit`, `argument_missing`, `operation_unknown`, none of them retryable.
        Of a push whatever went wrong after it was sent is `late`: a 5xx as well.
        """
        order = read_order(operation, arguments, self._minor_digits)
        ends = asyncio.get_running_loop().time() + within_seconds
        id = str(uuid.uuid5(SOURCE, f"{self.name}/{key}"))
        values = _values(order, id)
        outcome = None if order.is_fresh else await self._known(values, within_seconds)
        if outcome is None:
            may_be_sent = self._sent.may_be_sent(id)
            if order.is_look:
                return Refused(UNSEEN)
            outcome = await self._ask_payer(id, values, ends) if may_be_sent else None
        return fitting(outcome or Pending(), self._longest)

    async def close(self) -> None:
        await self._http.close()

    async def _ask_payer(self, id: str, values: Mapping[str, str], ends: float) -> Outcome | None:
        self._sent.note(id)
        try:
            answer = await self._call(self._push, values, ends - asyncio.get_running_loop().time())
            if answer.status < 300 and answer.body:
                answer.json()  # nothing in it is read, but a page in its place is no wallet's word that it was taken
        except ServiceFailed as failed:
            self._sent.take_back(id, failed)
            raise of_a_change(failed) from None
        if answer.status == TAKEN:  # an earlier push of ours was still on its way
            return await self._known(values, ends - asyncio.get_running_loop().time())
        if answer.status >= 300:
            raise ServiceFailed(f"status_{answer.status}", retryable=False)
        self._sent.note(id, accepted=True)
        return Pending()

    async def _known(self, values: Mapping[str, str], within_seconds: float) -> Outcome | None:
        """What became of an earlier push with this id; None if the wallet does not know it."""
        answer = await self._call(self._status, values, within_seconds)
        if str(answer.status) in self._status.unseen:
            return None
        if answer.status >= 300:
            raise ServiceFailed(f"status_{answer.status}", retryable=False)
        told = answer.json()
        word = _text(told, self._status.field).upper()
        if _is(word, self._status.unseen):
            return None
        if _is(word, self._status.pending):
            return Pending()
        if _is(word, self._status.paid):
            return paid(_text(told, self._status.payment))
        if word in self._reasons:
            return Refused(self._reasons[word])
        raise ServiceFailed("word_unknown" if word else "answer_malformed", retryable=False)

    async def _call(self, call: Call, values: Mapping[str, str], within_seconds: float) -> HttpAnswer:
        return await self._http.call("POST", call.path, within_seconds, json_text=call.written(values))


def _filled(value: str | Mapping[str, str], values: Mapping[str, str]) -> str | Decimal:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: values[found[1]], value)
    return Decimal(values[value[NUMBER]])


def _values(order: Order, id: str) -> Mapping[str, str]:
    return {
        "id": id,
        "msisdn": order.msisdn,
        "msisdn_digits": order.msisdn_digits,
        "amount": order.amount,
        "currency": order.currency,
        "reference": order.reference,
        "text": order.text,
    }


def _is(word: str, words: list[str]) -> bool:
    return word in (one.upper() for one in words)


def _text(value: object, path: str) -> str:
    """The text at a path of names with dots between; empty if there is none."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
