"""The key pair of the pretend M-Pesa: made once, its private half the sandbox's, its public half among the secrets."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.errors import SettingsWrong
from app.replacing import replace_text

KEY_FILE = "sandbox-m-pesa.pem"
bits = 2_048  # the portal's own has 4096, which takes a slow machine seconds to make


def ensure_key(path: Path) -> RSAPrivateKey:
    """The private key in a file, which is made if there is none; raises `SettingsWrong`."""
    if not path.exists():
        made = generate_private_key(65_537, bits)
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        replace_text(path, pem.decode("ascii"), mode=0o600)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsWrong(f"The sandbox cannot use the key in {path}: delete it, and another is made.")
    return key


def shown(key: RSAPrivateKey) -> str:
    """The public half as the portal shows its own: bare Base64 of DER."""
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode("ascii")
