"""The words of the pretend ID Authentication: its answers, always 200, and its errors by the codes of the real one.

Source: `IdAuthenticationErrorConstants` and `BaseIDAFilter` of `mosip/id-authentication`, and MOSIP's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Ida(StrEnum):
    """Codes with what they say; `%s` is the place of a field."""

    FLOODED = "IDA-OTA-001 Innumerous OTP requests received"
    EXPIRED = "IDA-OTA-003 OTP has expired"
    WRONG = "IDA-OTA-004 OTP is invalid"
    OTHER_TRANSACTION = "IDA-OTA-005 Input transactionID does not match transactionID of OTP Request"
    LOCKED_FOR_SENDING = "IDA-OTA-006 UIN is locked for OTP generation. Please try again later"
    LOCKED_FOR_CHECKING = "IDA-OTA-007 UIN is locked for OTP validation due to exceeding no of invalid OTP trials"
    NO_CHANNEL = "IDA-OTA-008 OTP Notification Channel not provided"
    OTHER_TYPE = "IDA-OTA-010 Input Identity Type does not match Identity Type of OTP Request"
    TOO_OLD = "IDA-MLC-001 Request to be received at MOSIP within %s seconds"
    UIN_INVALID = "IDA-MLC-002 Invalid UIN"
    DEACTIVATED = "IDA-MLC-003 UIN has been deactivated"
    VID_INVALID = "IDA-MLC-004 Invalid VID"
    MISSING = "IDA-MLC-006 Missing Input Parameter - %s"
    UNABLE = "IDA-MLC-007 Request could not be processed. Please try again"
    NO_TYPE = "IDA-MLC-008 No authentication type selected"
    INVALID = "IDA-MLC-009 Invalid Input Parameter - %s"
    NO_CONSENT = "IDA-MLC-012 Individual's Consent is not available"
    NO_CODE = "IDA-MLC-013 Missing %s auth attribute"
    NO_PHONE = "IDA-MLC-014 %s not registered. Individual has to register and try again"
    NOT_THERE = "IDA-MLC-018 %s not available in database"
    SIGNATURE = "IDA-MPA-001 Digital signature verification failed for %s"
    UNREADABLE = "IDA-MPA-003 Unable to decrypt Request"
    OTHER_KEY = "IDA-MPA-004 MOSIP Public key expired"
    LICENCE_KEY = "IDA-MPA-007 License key does not belong to a registered MISP"
    PARTNER = "IDA-MPA-009 Partner is not registered"
    HMAC = "IDA-MPA-016 HMAC Validation failed"
    OTHER_CERTIFICATE = "IDA-MPA-021 Partner (Auth) Certificate not matching with signature header certificate."
    NO_CERTIFICATE = "IDA-MPA-022 Partner (Auth) Certificate not found in Request signature header."


class Refusal(Exception):  # named by what happened, as all errors of the house
    """An error of theirs; it becomes an answer with 200."""

    def __init__(self, ida: Ida, field: str = "") -> None:
        code, _, text = ida.value.partition(" ")
        super().__init__(code)
        self.told = {"errorCode": code, "errorMessage": text.replace("%s", field)}


def answer(id: str, transaction: str, at: str, response: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": id, "version": "1.0", "responseTime": at, "transactionID": transaction,
        "response": response, "errors": None,
    }  # fmt: skip


def refused(id: str, transaction: str, at: str, refusal: Refusal) -> dict[str, Any]:
    """An authentication that fails says so beside its errors; an OTP request has nothing else to say."""
    response = {"authStatus": False, "authToken": None} if id.endswith(".auth") else None
    return {**answer(id, transaction, at, response), "errors": [refusal.told]}
