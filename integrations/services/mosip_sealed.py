"""What MOSIP's ID Authentication is sent: a code sealed to its certificate, and a signature over the body.

Source: `mosip-auth-sdk` 0.5.4 and MOSIP's documentation of its authentication APIs. The signature is RFC 7515's compact
form with the payload left out (appendix F); the primitives are those of `cryptography`.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from app.ports import RandomBytes

SESSION_KEY_BYTES = 32
NONCE_BYTES = 16  # not the usual 12: theirs is as long as a block of AES, and stands behind the tag
OAEP_SHA256 = OAEP(MGF1(SHA256()), SHA256(), None)


def compact(value: object) -> bytes:
    """JSON as they write it themselves: no blanks, keys in their order. Old releases hash what they read, not what we
    sent.
    """
    return json.dumps(value, separators=(",", ":")).encode()


def sealed(plain: bytes, certificate: Certificate, random_bytes: RandomBytes) -> Mapping[str, str]:
    """The fields that carry a request block, so that only the holder of the certificate's key can read it.

    The key of the session is new each time. What is called an HMAC is the block's SHA-256 in capital hex, sealed too.
    """
    public_key = certificate.public_key()
    assert isinstance(public_key, RSAPublicKey), "the certificate was looked at when it was read"
    key = random_bytes(SESSION_KEY_BYTES)
    digest = sha256(plain).hexdigest().upper().encode()
    return {
        "thumbprint": _encoded(certificate.fingerprint(SHA256())),
        "requestSessionKey": _encoded(public_key.encrypt(key, OAEP_SHA256)),
        "requestHMAC": _encoded(_encrypted(digest, key, random_bytes)),
        "request": _encoded(_encrypted(plain, key, random_bytes)),
    }


def signature(body: bytes, key: RSAPrivateKey, certificate: Certificate) -> str:
    """A JWS by RS256 over a body, which is left out of it: `header..signature`."""
    chain = [b64encode(certificate.public_bytes(Encoding.DER)).decode()]
    header = _unpadded(compact({"alg": "RS256", "x5c": chain}))
    signed = key.sign(f"{header}.{_unpadded(body)}".encode(), PKCS1v15(), SHA256())
    return f"{header}..{_unpadded(signed)}"


def _encrypted(plain: bytes, key: bytes, random_bytes: RandomBytes) -> bytes:
    nonce = random_bytes(NONCE_BYTES)
    return AESGCM(key).encrypt(nonce, plain, None) + nonce


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()


def _unpadded(value: bytes) -> str:
    return _encoded(value).rstrip("=")
