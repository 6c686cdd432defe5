"""The pretend ID Authentication of MOSIP: sends codes to the number that is registered and checks them.

Source: MOSIP's documentation, and `OTPManager` and `OTPServiceImpl` of `mosip/id-authentication`. One code of a person
lives at a time: another request takes its place, with whatever transaction it comes. The languages in which a code is
texted are the register's to say, as theirs does by what it knows of the person; no request names one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse

from integrations.sandbox.country import Country, rows_listed_max, stamp
from integrations.sandbox.home import PREPAID, code_text
from integrations.sandbox.mosip_keys import MosipKeys
from integrations.sandbox.mosip_opening import check_signature, opened
from integrations.sandbox.mosip_words import Ida, Refusal, answer, refused

TABLE = """
CREATE TABLE IF NOT EXISTS ida_codes (
    number INTEGER PRIMARY KEY, person TEXT NOT NULL, id_type TEXT NOT NULL, transaction_id TEXT NOT NULL,
    hash TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, sent_at TEXT NOT NULL, changed_at TEXT NOT NULL
) STRICT
"""
ACTIVE, USED, FROZEN, REPLACED = "active", "used", "frozen", "replaced"
OTP, AUTH = "mosip.identity.otp", "mosip.identity.auth"
UNKNOWN, WITHOUT_PHONE, DEACTIVATED = "99", "98", "97"
"""What the numbers of people begin with who are not there, have no phone registered, or were deactivated."""
code_seconds = 180
tries_max = 5
frozen_minutes = 30
flood_seconds, flood_codes_max = 60, 3
request_age_seconds_max = 1_200
_UIN, _VID = re.compile("[0-9]{10}([0-9]{2})?"), re.compile("[0-9]{16}")
_TRANSACTION = re.compile("[0-9]{10}")

Send = Callable[[str, str], None]
"""Texts a number."""


class IdAuthentication:
    def __init__(self, country: Country, keys: MosipKeys, send: Send) -> None:
        self._country = country
        self._store = country.store
        self._keys = keys
        self._send = send

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The two calls behind `guards`, and the testers' list, which no knob touches and no code stands in."""
        router = APIRouter(prefix="/idauthentication")
        for name, work in ((OTP, self._request_code), (AUTH, self._authenticate)):
            path = f"/v1/{name.rpartition('.')[2]}/{{licence_key}}/{{partner_id}}/{{api_key}}"
            router.add_api_route(path, self._door(name, work), methods=["POST"], dependencies=guards)
        router.add_api_route("/codes", self._list, methods=["GET"])
        return router

    def _door(self, id: str, work: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[..., Any]:
        """Whatever is wrong is told with 200."""

        async def door(licence_key: str, partner_id: str, api_key: str, request: Request) -> Response:
            body = await request.body()
            told = _mapping(body)
            transaction = str(told.get("transactionID", ""))
            try:
                check_signature(request.headers.get("signature", ""), body, self._keys.partner)
                if not request.headers.get("authorization"):
                    raise Refusal(Ida.MISSING, "Authorization - header")
                self._check_words(licence_key, partner_id, api_key)
                self._check_request(id, told)
                return JSONResponse(answer(id, transaction, self._country.now(), work(told)))
            except Refusal as refusal:
                return JSONResponse(refused(id, transaction, self._country.now(), refusal))

        return door

    def _check_words(self, licence_key: str, partner_id: str, api_key: str) -> None:
        if licence_key != self._keys.licence_key:
            raise Refusal(Ida.LICENCE_KEY)
        if (partner_id, api_key) != (self._keys.partner_id, self._keys.api_key):
            raise Refusal(Ida.PARTNER)

    def _check_request(self, id: str, told: Mapping[str, Any]) -> None:
        """The fields that both requests have. Raises `Refusal`."""
        for name in ("id", "version", "transactionID", "requestTime", "individualId", "individualIdType"):
            if not isinstance(told.get(name), str) or not told[name]:
                raise Refusal(Ida.MISSING, name)
        if told["id"] != id:
            raise Refusal(Ida.INVALID, "id")
        if not re.fullmatch(r"\d\.\d(\.\d)?", told["version"], re.ASCII):
            raise Refusal(Ida.INVALID, "version")
        if not _TRANSACTION.fullmatch(told["transactionID"]):
            raise Refusal(Ida.INVALID, "transactionID")
        age = (self._country.clock() - _instant(told["requestTime"])).total_seconds()
        if abs(age) > request_age_seconds_max:
            raise Refusal(Ida.TOO_OLD, str(request_age_seconds_max))

    def _request_code(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        person = _person(told)
        if "phone" not in [str(channel).lower() for channel in told.get("otpChannel") or ()]:
            raise Refusal(Ida.NO_CHANNEL)
        now = self._country.clock()
        since = stamp(now - timedelta(seconds=flood_seconds))
        found = self._store.rows("SELECT number FROM ida_codes WHERE person = ? AND sent_at > ?", person, since)
        if len(found) >= flood_codes_max:
            raise Refusal(Ida.FLOODED)
        if person.startswith(WITHOUT_PHONE):
            raise Refusal(Ida.NO_PHONE, "Phone Number")
        latest = self._latest(person)
        if latest and _is_frozen(latest, now):
            raise Refusal(Ida.LOCKED_FOR_SENDING)
        code = f"{int.from_bytes(self._country.random_bytes(8)) % 1_000_000:06}"
        if latest:
            self._change(latest, REPLACED, latest["tries"])
        self._store.write(
            "INSERT INTO ida_codes (number, person, id_type, transaction_id, hash, state, tries, sent_at, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
            *(self._store.next_number("ida_codes"), person, told["individualIdType"], told["transactionID"]),
            *(_hash(person, told["transactionID"], code), ACTIVE, stamp(now), stamp(now)),
        )
        phone = registered_phone(person)
        self._send(phone, code_text(code, code_seconds // 60))
        return {"maskedMobile": f"XXXXXXX{phone[-3:]}", "maskedEmail": None}

    def _authenticate(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        requested = told.get("requestedAuth")
        if not isinstance(requested, Mapping) or requested.get("otp") is not True:
            raise Refusal(Ida.NO_TYPE)
        block = opened(told, self._keys)
        if told.get("consentObtained") is not True:
            raise Refusal(Ida.NO_CONSENT)
        person, code = _person(told), block.get("otp")
        if not isinstance(code, str) or not code:
            raise Refusal(Ida.NO_CODE, "OTP")
        self._try(person, told, code)
        return {"authStatus": True, "authToken": sha256(f"{person} {self._keys.partner_id}".encode()).hexdigest()[:36]}

    def _try(self, person: str, told: Mapping[str, Any], code: str) -> None:
        """A right code is used up even when its time is over, as theirs is. Raises `Refusal`."""
        now, latest = self._country.clock(), self._latest(person)
        if latest and _is_frozen(latest, now):
            raise Refusal(Ida.LOCKED_FOR_CHECKING)
        if latest is None or latest["state"] != ACTIVE or latest["transaction_id"] != told["transactionID"]:
            raise Refusal(Ida.OTHER_TRANSACTION)
        if latest["id_type"] != told["individualIdType"]:
            raise Refusal(Ida.OTHER_TYPE)
        if latest["hash"] != _hash(person, told["transactionID"], code):
            tries = latest["tries"] + 1
            self._change(latest, FROZEN if tries >= tries_max else ACTIVE, tries)
            raise Refusal(Ida.WRONG)
        self._change(latest, USED, latest["tries"])
        if now - _instant(latest["sent_at"]) >= timedelta(seconds=code_seconds):
            raise Refusal(Ida.EXPIRED)

    def _latest(self, person: str) -> dict[str, Any] | None:
        return self._store.row("SELECT * FROM ida_codes WHERE person = ? ORDER BY number DESC LIMIT 1", person)

    def _change(self, row: Mapping[str, Any], state: str, tries: int) -> None:
        self._store.write(
            "UPDATE ida_codes SET state = ?, tries = ?, changed_at = ? WHERE number = ?",
            *(state, tries, self._country.now(), row["number"]),
        )

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT person, transaction_id, state, tries, sent_at FROM ida_codes ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )


def registered_phone(person: str) -> str:
    """The number that the register knows, whoever asks: made of the last seven digits of the ID number."""
    return f"{PREPAID}{person[-7:]}"


def unavailable() -> HTTPException:
    """For the knob; a gateway in front of theirs says it, and without a word of theirs."""
    return HTTPException(503, {"code": "unavailable"})


def _person(told: Mapping[str, Any]) -> str:
    """Their UIN; a VID here is one behind four digits. Raises `Refusal`."""
    id, is_vid = told["individualId"], told["individualIdType"] == "VID"
    if told["individualIdType"] not in ("UIN", "VID"):
        raise Refusal(Ida.INVALID, "individualIdType")
    if not (_VID if is_vid else _UIN).fullmatch(id):
        raise Refusal(Ida.VID_INVALID if is_vid else Ida.UIN_INVALID)
    person: str = id[4:] if is_vid else id
    if person.startswith(UNKNOWN):
        raise Refusal(Ida.NOT_THERE, told["individualIdType"])
    if person.startswith(DEACTIVATED):
        raise Refusal(Ida.DEACTIVATED)
    return person


def _is_frozen(row: Mapping[str, Any], now: datetime) -> bool:
    return row["state"] == FROZEN and now <= _instant(row["changed_at"]) + timedelta(minutes=frozen_minutes)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(Ida.INVALID, "requestTime") from None
    if at.tzinfo is None:
        raise Refusal(Ida.INVALID, "requestTime")
    return at


def _mapping(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _hash(person: str, transaction: str, code: str) -> str:
    return sha256(f"{person}#{transaction}#{code}".encode()).hexdigest()
