"""What we show MOSIP's ID Authentication, read from files among the secrets: never told in an error, never logged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from app.errors import SettingsWrong

key_bits_least = 2048
_WORD = re.compile(r"[A-Za-z0-9._~-]{1,200}")
"""What stands in an address as it is."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Our key and certificate, theirs, and what stands in the address; nothing of it is shown by `repr`."""

    key: RSAPrivateKey = field(repr=False)
    certificate: Certificate = field(repr=False)
    ida: Certificate = field(repr=False)
    address: str = field(repr=False)  # `/licence key/partner id/API key`


def read_keys(office: str, files: Mapping[str, Path]) -> Keys:
    """Raises `SettingsWrong` that names a file and never what is in it."""
    words = [_word(office, files[name]) for name in ("licence_key", "partner_id", "api_key")]
    ours, theirs = files["partner_certificate"], files["ida_certificate"]
    try:
        pem = ours.read_bytes()
        key, certificate = load_pem_private_key(pem, None), load_pem_x509_certificate(pem)
    except (OSError, ValueError, TypeError):
        raise _unusable(office, ours, "our certificate, and its RSA key without a password, as PEM") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < key_bits_least:
        raise _unusable(office, ours, f"an RSA key of {key_bits_least} bits or more, for they take no other")
    if key.public_key() != certificate.public_key():
        raise _unusable(office, ours, "a key and the certificate of that key")
    return Keys(key, certificate, _ida(office, theirs), "".join(f"/{word}" for word in words))


def _ida(office: str, path: Path) -> Certificate:
    try:
        certificate = load_pem_x509_certificate(path.read_bytes())
        public_key = certificate.public_key()
    except (OSError, ValueError):
        raise _unusable(office, path, "their certificate as PEM") from None
    if not isinstance(public_key, RSAPublicKey) or public_key.key_size < key_bits_least:
        raise _unusable(office, path, f"their certificate, of an RSA key of {key_bits_least} bits or more")
    return certificate


def _word(office: str, path: Path) -> str:
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not _WORD.fullmatch(text):
        raise _unusable(office, path, "one word of letters, digits, `.`, `_`, `~` and `-`, as they gave it")
    return text


def _unusable(office: str, path: Path, what: str) -> SettingsWrong:
    return SettingsWrong(f"A secret of office {office} cannot be used: put {what}, into {path}.")
