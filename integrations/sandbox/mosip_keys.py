"""The keys of the pretend ID Authentication: its own, and what it gave its one partner. Made once, kept in files."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from app.errors import SettingsWrong
from app.ports import Clock, RandomBytes
from app.replacing import replace_text

OWN = "ida"
"""The file that no partner gets: the key to what is sealed to `ida_certificate`."""
GIVEN = ("partner_certificate", "ida_certificate", "partner_id", "licence_key", "api_key")
"""The files that a partner has, by the names under which services.yaml names them."""
PARTNER = "mohala"
key_bits = 2048
lifetime_days = 3650
word_bytes = 20


@dataclass(frozen=True, slots=True)
class MosipKeys:
    key: RSAPrivateKey
    certificate: Certificate
    partner: Certificate
    licence_key: str
    partner_id: str
    api_key: str


def make_keys(directory: Path, clock: Clock, random_bytes: RandomBytes) -> None:
    """Write all files, readable by their owner only, unless they are there."""
    if (directory / OWN).exists():
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    partner, own = _pair(PARTNER, clock), _pair("ida", clock)
    texts = {
        "partner_certificate": _pem(*partner),
        "ida_certificate": own[1].public_bytes(Encoding.PEM).decode(),
        "partner_id": PARTNER,
        "licence_key": _word(random_bytes),
        "api_key": _word(random_bytes),
        OWN: _pem(*own),  # last: with it everything is there
    }
    for name, text in texts.items():
        replace_text(directory / name, text, mode=0o600)


def read_keys(directory: Path) -> MosipKeys:
    """Raises `SettingsWrong`."""
    try:
        own = (directory / OWN).read_bytes()
        partner = load_pem_x509_certificate((directory / "partner_certificate").read_bytes())
        key = load_pem_private_key(own, None)
        assert isinstance(key, RSAPrivateKey)
        licence_key, partner_id, api_key = (
            (directory / name).read_text("ascii") for name in ("licence_key", "partner_id", "api_key")
        )
        return MosipKeys(key, load_pem_x509_certificate(own), partner, licence_key, partner_id, api_key)
    except (OSError, ValueError, TypeError, AssertionError):
        raise SettingsWrong(f"The sandbox's keys in {directory} cannot be used; delete the directory.") from None


def _pair(name: str, clock: Clock) -> tuple[RSAPrivateKey, Certificate]:
    key = generate_private_key(65_537, key_bits)
    subject, now = Name([NameAttribute(NameOID.COMMON_NAME, f"{name}.sandbox")]), clock()
    builder = CertificateBuilder(subject, subject, key.public_key(), int.from_bytes(name.encode()))
    lasting = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=lifetime_days))
    return key, lasting.sign(key, SHA256())


def _pem(key: RSAPrivateKey, certificate: Certificate) -> str:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (certificate.public_bytes(Encoding.PEM) + private).decode()


def _word(random_bytes: RandomBytes) -> str:
    return b32encode(random_bytes(word_bytes)).decode()
