"""Offices of recorded samples: opened by what a sample says, with keys and a time that are nobody's."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

from app import m_pesa, mosip
from app.ports import Office
from integrations.services import OFFICES
from integrations.services.placeholders import AT
from integrations.services.settings import OfficeSettings

NAME = "recorded"
WAKE_URL = "https://gateway.invalid/wake"
"""In a sample, where the wallet may say that something happened."""
key_bits = 2_048


def open_stand_in(
    adapter: str,
    address: str,
    operations: Mapping[str, Mapping[str, object]],
    options: Mapping[str, str],
    wake_url: str = "",
    *,
    lot: int = 1,
) -> Office:
    """With the keys of a lot, of which there are as many as are asked for. Raises `SettingsWrong` for what its adapter
    does not open.
    """
    secret = NAME if adapter == m_pesa.ADAPTER else None
    with TemporaryDirectory() as directory:
        files = {name: Path(directory, name) for name in _files(adapter, lot)}
        for name, path in files.items():
            path.write_text(_files(adapter, lot)[name], "ascii")
        told = OfficeSettings(NAME, address, secret, operations, options, files=files, wake_url=wake_url)
        return OFFICES[adapter](told, lambda: AT)


@cache
def _files(adapter: str, lot: int) -> Mapping[str, str]:
    """What the adapter reads when it opens; made once in a process, for a key takes a tenth of a second."""
    if adapter not in (mosip.ADAPTER, m_pesa.ADAPTER):
        return {}
    key = generate_private_key(65_537, key_bits)
    if adapter == m_pesa.ADAPTER:
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"public_key": b64encode(der).decode("ascii")}
    subject = Name([NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = CertificateBuilder(subject, subject, key.public_key(), 1).not_valid_before(AT)
    certificate = builder.not_valid_after(AT + timedelta(days=1)).sign(key, SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    words = {name: name for name in ("partner_id", "licence_key", "api_key")}
    return {
        **words,
        "partner_certificate": (certificate + private).decode("ascii"),
        "ida_certificate": certificate.decode("ascii"),
    }
