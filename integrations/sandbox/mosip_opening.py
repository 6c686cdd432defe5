"""Opens what the pretend ID Authentication is sent: whose signature it bears, and what was sealed to its certificate.

Source: `BaseAuthFilter`, `IdAuthFilter`, `KeyManager` and `PartnerServiceManager` of `mosip/id-authentication`.
"""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate

from integrations.sandbox.mosip_keys import MosipKeys
from integrations.sandbox.mosip_words import Ida, Refusal

NONCE_BYTES = 16
SIGNATURE_HEADER = "signature header"


def check_signature(header: str, body: bytes, partner: Certificate) -> None:
    """A JWS by RS256 with its payload left out, and the partner's certificate in it. Raises `Refusal`."""
    if not header:
        raise Refusal(Ida.MISSING, SIGNATURE_HEADER)
    try:
        protected, empty, signed = header.split(".")
        told = json.loads(_decoded(protected))
        chain = told.get("x5c") or []
        if not chain:
            raise Refusal(Ida.NO_CERTIFICATE)
        certificate = _certificate(b64decode(chain[0]))
        key = certificate.public_key()
        if empty or told.get("alg") != "RS256" or not isinstance(key, RSAPublicKey):
            raise Refusal(Ida.SIGNATURE, SIGNATURE_HEADER)
        key.verify(_decoded(signed), f"{protected}.{_encoded(body)}".encode(), PKCS1v15(), SHA256())
    except (ValueError, AttributeError, TypeError, InvalidSignature, BadBase64):
        raise Refusal(Ida.SIGNATURE, SIGNATURE_HEADER) from None
    if certificate.fingerprint(SHA256()) != partner.fingerprint(SHA256()):
        raise Refusal(Ida.OTHER_CERTIFICATE)


def opened(told: Mapping[str, Any], keys: MosipKeys) -> Mapping[str, Any]:
    """The request block. Raises `Refusal`."""
    for name in ("thumbprint", "requestSessionKey", "requestHMAC", "request"):
        if not isinstance(told.get(name), str) or not told[name]:
            raise Refusal(Ida.MISSING, name)
    if _thumbprint(told["thumbprint"]) != keys.certificate.fingerprint(SHA256()):
        raise Refusal(Ida.OTHER_KEY)
    try:
        key = keys.key.decrypt(_decoded(told["requestSessionKey"]), OAEP(MGF1(SHA256()), SHA256(), None))
        plain, digest = _decrypted(told["request"], key), _decrypted(told["requestHMAC"], key)
        block = json.loads(plain)
    except (ValueError, InvalidTag, BadBase64):
        raise Refusal(Ida.UNREADABLE) from None
    # Old releases hash the block as they write it out again; a client whose JSON is not theirs fails there.
    as_they_write = json.dumps(block, separators=(",", ":"), ensure_ascii=False).encode()
    if digest.decode("ascii", "replace") != sha256(as_they_write).hexdigest().upper():
        raise Refusal(Ida.HMAC)
    if not isinstance(block, dict):
        raise Refusal(Ida.INVALID, "request")
    return block


def _certificate(data: bytes) -> Certificate:
    """As DER (RFC 7515, 4.1.6) or as PEM, which their own client sends and Java reads as well."""
    return load_pem_x509_certificate(data) if data.startswith(b"-----") else load_der_x509_certificate(data)


def _decrypted(text: str, key: bytes) -> bytes:
    sealed = _decoded(text)
    return AESGCM(key).decrypt(sealed[-NONCE_BYTES:], sealed[:-NONCE_BYTES], None)


def _thumbprint(text: str) -> bytes:
    """In hex or, what is no hex, in base64url: they take both."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        return _decoded(text)
    except ValueError:
        raise Refusal(Ida.UNABLE) from None


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
