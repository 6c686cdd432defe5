"""The pretend ID Authentication: whom it believes, what it refuses as the real one does, and whose phone it texts."""

from __future__ import annotations

import json
import re
from base64 import b64encode, encodebytes, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from app.errors import SettingsWrong
from integrations.sandbox import SandboxSettings
from integrations.sandbox.mosip_keys import make_keys, read_keys
from integrations.sandbox.mosip_opening import check_signature
from integrations.services.mosip_sealed import compact, sealed, signature
from tests.sandbox.conftest import HeldClock, Served, counted_bytes

ID = "012345678901"
NOW = "2026-11-23T09:30:00.000Z"


class Partner:
    """A client of its own: it signs and seals, and a test may spoil any of it."""

    def __init__(self, client: httpx.Client, directory: Path) -> None:
        self.keys = read_keys(directory)
        pem = (directory / "partner_certificate").read_bytes()
        self._key, self._certificate = load_pem_private_key(pem, None), load_pem_x509_certificate(pem)
        self._client = client

    def sign(self, body: bytes) -> str:
        return signature(body, self._key, self._certificate)  # type: ignore[arg-type]

    def otp(self, headers: Mapping[str, str] | None = None, **fields: object) -> dict[str, Any]:
        told = {
            "id": "mosip.identity.otp", "version": "1.0", "individualId": ID, "individualIdType": "UIN",
            "transactionID": "1234567890", "requestTime": NOW, "otpChannel": ["phone"], "metadata": {},
        }  # fmt: skip
        return self.post("otp", told | fields, headers)

    def auth(self, code: str, block: Mapping[str, object] | None = None, **fields: object) -> dict[str, Any]:
        inside = {"biometrics": [], "demographics": None, "otp": code, "timestamp": NOW, **(block or {})}
        told = {
            "id": "mosip.identity.auth", "version": "1.0", "individualId": ID, "individualIdType": "UIN",
            "transactionID": "1234567890", "requestTime": NOW, "consentObtained": True,
            "requestedAuth": {"demo": False, "pin": False, "otp": True, "bio": False},
            **sealed(compact(inside), self.keys.certificate, counted_bytes()),
        }  # fmt: skip
        return self.post("auth", told | fields)

    def post(self, what: str, told: Mapping[str, object], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        body = compact({name: value for name, value in told.items() if value is not None})
        path = f"/{self.keys.licence_key}/{self.keys.partner_id}/{self.keys.api_key}"
        sent = {"Signature": self.sign(body), "Authorization": "consent", **(headers or {})}
        answer = self._client.post(f"/idauthentication/v1/{what}{path}", content=body, headers=sent)
        assert answer.status_code == 200, "whatever is wrong is told with 200"
        found: dict[str, Any] = answer.json()
        return found

    def inbox(self, number: str) -> list[str]:
        return [row["text"] for row in self._client.get("/sms", params={"to": number}).json()]


@pytest.fixture
def partner(client: httpx.Client, identity_keys: Path) -> Partner:
    return Partner(client, identity_keys)


def code_of(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    code: str = error["errorCode"]
    return code


def test_a_code_is_texted_in_all_languages_with_sesotho_first_whatever_a_request_adds(partner: Partner) -> None:
    """Theirs takes the language from what it knows of the person, and reads none in a request."""
    for end, metadata in enumerate(({}, {"language": "en"}, {"langCode": "eng"})):
        partner.otp(individualId=f"01234567891{end}", metadata=metadata)
    texts = [partner.inbox(f"+2665567891{end}")[0] for end in range(3)]
    both = re.compile(r"ID: khoutu .* metsotso e 3\. ID: your .* 3 minutes\.")
    assert all(both.fullmatch(one) for one in texts)
    assert max(map(len, texts)) <= 160


def test_a_code_is_texted_to_the_registered_number_and_authenticates(partner: Partner) -> None:
    sent = partner.otp()
    assert sent == {
        "id": "mosip.identity.otp", "version": "1.0", "responseTime": NOW, "transactionID": "1234567890",
        "response": {"maskedMobile": "XXXXXXX901", "maskedEmail": None}, "errors": None,
    }  # fmt: skip
    (text,) = partner.inbox("+26655678901")
    code = text.partition("code is ")[2][:6]
    right = partner.auth(code)
    assert right["errors"] is None and right["response"]["authStatus"] is True
    assert code_of(partner.auth(code)) == "IDA-OTA-005", "it is used up"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": "mosip.identity.auth"}, "IDA-MLC-009"),
        ({"id": None}, "IDA-MLC-006"),
        ({"version": "v1"}, "IDA-MLC-009"),
        ({"transactionID": "12345"}, "IDA-MLC-009"),
        ({"transactionID": 1234567890}, "IDA-MLC-006"),
        ({"requestTime": "today"}, "IDA-MLC-009"),
        ({"requestTime": "2026-11-23T09:00:00.000Z"}, "IDA-MLC-001"),
        ({"requestTime": "2026-11-23T09:30:00.000"}, "IDA-MLC-009"),
        ({"individualIdType": "NIN"}, "IDA-MLC-009"),
        ({"individualId": "12"}, "IDA-MLC-002"),
        ({"individualId": ID, "individualIdType": "VID"}, "IDA-MLC-004"),
        ({"individualId": "990000000001"}, "IDA-MLC-018"),
        ({"individualId": "980000000001"}, "IDA-MLC-014"),
        ({"individualId": "970000000001"}, "IDA-MLC-003"),
        ({"otpChannel": ["email"]}, "IDA-OTA-008"),
        ({"otpChannel": None}, "IDA-OTA-008"),
    ],
)
def test_a_request_for_a_code_is_refused_by_the_code_of_its_fault(
    partner: Partner, fields: dict[str, object], code: str
) -> None:
    refused = partner.otp(**fields)
    assert code_of(refused) == code and refused["response"] is None
    assert partner.inbox("+26655678901") == []


def spoiled(partner: Partner, how: str) -> dict[str, str]:
    header, _, signed = partner.sign(b"{}").split(".")
    told = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    match how:
        case "of another body":
            return {"Signature": f"{header}..{signed}"}
        case "missing":
            return {"Signature": ""}
        case "with its payload":
            return {"Signature": f"{header}.e30.{signed}"}
        case "of no algorithm":
            told["alg"] = "none"
        case "without a certificate":
            del told["x5c"]
        case "of no certificate":
            told["x5c"] = ["AAAA"]
        case "garbage":
            return {"Signature": "a.b"}
    return {"Signature": f"{b64encode(json.dumps(told).encode()).decode().rstrip('=')}..{signed}"}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("of another body", "IDA-MPA-001"),
        ("missing", "IDA-MLC-006"),
        ("with its payload", "IDA-MPA-001"),
        ("of no algorithm", "IDA-MPA-001"),
        ("without a certificate", "IDA-MPA-022"),
        ("of no certificate", "IDA-MPA-001"),
        ("garbage", "IDA-MPA-001"),
    ],
)
def test_a_signature_that_is_not_the_partners_is_refused(partner: Partner, how: str, code: str) -> None:
    assert code_of(partner.otp(spoiled(partner, how))) == code


def test_a_request_without_a_consent_token_is_refused(partner: Partner) -> None:
    refused = partner.otp({"Authorization": ""})
    assert refused["errors"] == [
        {"errorCode": "IDA-MLC-006", "errorMessage": "Missing Input Parameter - Authorization - header"}
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"requestedAuth": {"otp": False}}, "IDA-MLC-008"),
        ({"requestedAuth": None}, "IDA-MLC-008"),
        ({"consentObtained": False}, "IDA-MLC-012"),
        ({"thumbprint": "00" * 32}, "IDA-MPA-004"),
        ({"thumbprint": "%"}, "IDA-MPA-004"),
        ({"requestSessionKey": "AAAA"}, "IDA-MPA-003"),
        ({"request": "AAAA"}, "IDA-MPA-003"),
        ({"requestHMAC": None}, "IDA-MLC-006"),
        ({"transactionID": "0000000000"}, "IDA-OTA-005"),
        ({"individualIdType": "VID", "individualId": f"0000{ID}"}, "IDA-OTA-010"),
    ],
)
def test_an_authentication_is_refused_by_the_code_of_its_fault(
    partner: Partner, fields: dict[str, object], code: str
) -> None:
    partner.otp()
    refused = partner.auth("123456", **fields)
    assert code_of(refused) == code and refused["response"] == {"authStatus": False, "authToken": None}


def test_a_block_whose_hash_is_of_another_block_is_refused(partner: Partner) -> None:
    partner.otp()
    other = sealed(compact({"otp": "000000"}), partner.keys.certificate, counted_bytes())
    assert code_of(partner.auth("123456", requestHMAC=other["requestHMAC"])) == "IDA-MPA-016"


def test_a_block_in_another_spelling_than_theirs_fails_its_hash(partner: Partner) -> None:
    partner.otp()
    loose = sealed(json.dumps({"otp": "123456", "timestamp": NOW}).encode(), partner.keys.certificate, counted_bytes())
    assert code_of(partner.auth("123456", **loose)) == "IDA-MPA-016"


def test_a_thumbprint_in_hex_is_taken_as_well(partner: Partner) -> None:
    partner.otp()
    thumbprint = partner.keys.certificate.fingerprint(SHA256()).hex()
    assert code_of(partner.auth("000000", thumbprint=thumbprint)) == "IDA-OTA-004"


def test_a_certificate_as_pem_is_taken_as_their_own_client_sends_it(partner: Partner, identity_keys: Path) -> None:
    body = b"{}"
    pem = (identity_keys / "partner_certificate").read_bytes()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    text = load_pem_x509_certificate(pem).public_bytes(Encoding.PEM)
    header = unpadded(compact({"alg": "RS256", "x5c": [encodebytes(text).decode()]}))
    signed = key.sign(f"{header}.{unpadded(body)}".encode(), PKCS1v15(), SHA256())
    check_signature(f"{header}..{unpadded(signed)}", body, partner.keys.partner)


def unpadded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def test_testers_see_transactions_and_no_code(partner: Partner) -> None:
    partner.otp()
    code = partner.inbox("+26655678901")[0].partition("code is ")[2][:6]
    (row,) = partner._client.get("/idauthentication/codes").json()
    assert (row["transaction_id"], row["state"], row["tries"]) == ("1234567890", "active", 0)
    assert code not in json.dumps(row)


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path, clock: HeldClock) -> None:
    make_keys(tmp_path / "keys", clock, counted_bytes())
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    make_keys(tmp_path / "keys", clock, counted_bytes())
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_keys_that_cannot_be_read_stop_the_sandbox(tmp_path: Path, identity_keys: Path) -> None:
    (tmp_path / "ida").write_text("garbage", "ascii")
    with pytest.raises(SettingsWrong, match="delete the directory"):
        read_keys(tmp_path)


def test_without_keys_there_is_no_id_office(serve: Callable[[SandboxSettings], Served]) -> None:
    assert serve(SandboxSettings()).client.post("/idauthentication/v1/otp/a/b/c").status_code == 404
