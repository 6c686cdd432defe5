"""MOSIP's ID Authentication: has a one-time code sent to the number that is registered, and says whether it was right.

Source: MOSIP's documentation of its authentication and OTP request APIs, and `mosip-auth-sdk` 0.5.4. docs/mosip.md says
which field is known from where, and what nobody has seen a real server do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from app import mosip
from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Refused
from app.mosip import CHECKS, SENDS
from app.office_auth import is_in_the_clear
from app.ports import Clock, RandomBytes
from integrations.http import of_a_change
from integrations.services.credentials import open_http
from integrations.services.mosip_answers import outcome_of
from integrations.services.mosip_keys import Keys, read_keys
from integrations.services.mosip_sealed import compact, sealed, signature
from integrations.services.settings import OfficeSettings

VERSION = "1.0"
TRANSACTION_DIGITS = 10
ARGUMENTS: Mapping[str, frozenset[str]] = {SENDS: frozenset({"id"}), CHECKS: frozenset({"id", "code"})}
"""The house gives the ID number that a check was opened with in the place of its ticket."""
_ID, _OTP = re.compile("[0-9]{1,32}"), re.compile("[0-9]{4,10}")  # how long a code is each country says; six is usual


class MosipOffice:
    """Its `send-code` and `check-code` belong together by their key, which is that of the check in both.

    A repeat of `send-code` has another code sent, and the one before is good no more: whoever asks remembers. Without
    the files of its keys it can only be looked at. Raises `SettingsWrong`, never with a secret.
    """

    def __init__(self, settings: OfficeSettings, clock: Clock, random_bytes: RandomBytes = os.urandom) -> None:
        self.name = settings.name
        self._clock = clock
        self._random_bytes = random_bytes
        _refuse_faulty(settings)
        self._options = settings.options
        self._keys = read_keys(settings.name, settings.files) if settings.files else None
        self._http = open_http(settings, clock)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused:
        """Ask once. Besides the reasons of `OutboundHttp`, `BearerHttp` and `outcome_of`: `argument_missing`,
        `argument_unfit`, `operation_unknown`. None of them holds the address, which has the licence key in it.
        """
        if operation not in ARGUMENTS:
            raise ServiceFailed("operation_unknown", retryable=False)
        if ARGUMENTS[operation] - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        if not _ID.fullmatch(arguments["id"]) or (operation == CHECKS and not _OTP.fullmatch(arguments["code"])):
            raise ServiceFailed("argument_unfit", retryable=False)
        assert self._keys is not None, "an office without its keys is only looked at"
        transaction = transaction_of(key)
        body = compact(self._body(operation, arguments, transaction, self._keys))
        try:
            answer = await self._http.call(
                "POST",
                f"/{'otp' if operation == SENDS else 'auth'}{self._keys.address}",
                within_seconds,
                headers={"Signature": signature(body, self._keys.key, self._keys.certificate)},
                json_text=body,
                any_status=True,
            )
        except ServiceFailed as failed:
            raise of_a_change(failed) from None
        return outcome_of(operation, answer, transaction)

    async def close(self) -> None:
        await self._http.close()

    def _body(self, operation: str, arguments: Mapping[str, str], transaction: str, keys: Keys) -> Mapping[str, object]:
        now = _stamp(self._clock())
        told: dict[str, object] = {
            "id": f"mosip.identity.{'otp' if operation == SENDS else 'auth'}",
            "version": VERSION,
            "individualId": arguments["id"],
            "individualIdType": self._options["id_type"],
            "transactionID": transaction,
            "requestTime": now,
        }
        if operation == SENDS:
            return {**told, "otpChannel": ["phone"], "metadata": {}}
        block: dict[str, object] = {"biometrics": [], "demographics": None, "otp": arguments["code"], "timestamp": now}
        return {
            **told,
            "specVersion": VERSION,
            "domainUri": self._options["domain_uri"],
            "env": self._options["environment"],
            "requestedAuth": {"demo": False, "pin": False, "otp": True, "bio": False},
            "consentObtained": True,
            **sealed(compact(block), keys.ida, self._random_bytes),
            "metadata": {},
        }


def transaction_of(key: str) -> str:
    """Ten digits, the same for the same key; of a hash, so that they tell nothing of it."""
    return f"{int.from_bytes(sha256(f'mosip {key}'.encode()).digest()) % 10**TRANSACTION_DIGITS:010}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refuse_faulty(settings: OfficeSettings) -> None:
    wrong = [fault.text for fault in mosip.office_faults(settings.options)]
    for name, declared in settings.operations.items():
        wrong += [f"{name}: {fault.text}" for fault in mosip.faults(name, declared)]
    if wrong:
        raise SettingsWrong(f"Office `{settings.name}` in services.yaml: {'; '.join(wrong)}.")
    if is_in_the_clear(settings.address):
        why = "its licence key stands in the address of every request"
        raise SettingsWrong(f"Office `{settings.name}`: {why}; its address must be https://.")
