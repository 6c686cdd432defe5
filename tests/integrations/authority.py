"""An authority of the tests' own, the certificates that it gives, and a served office that demands one."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """Files below `directory`: `authority` is its own certificate, `give` writes one of somebody with their key."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._key = generate_private_key(SECP256R1())
        self._name = _name(name)
        self._certificate = self._signed(self._name, self._key, 30 * DAY, is_authority=True)
        self.authority = directory / f"{name}.pem"
        self.authority.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def give(self, name: str, *, password: bytes | None = None, ended: bool = False) -> Path:
        """One PEM file with certificate and key; `ended` is one of yesterday."""
        key = generate_private_key(SECP256R1())
        certificate = self._signed(_name(name), key, -DAY if ended else 30 * DAY)
        kept: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
        path = self._directory / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept)
        )
        return path

    def _signed(
        self, name: x509.Name, key: EllipticCurvePrivateKey, left: timedelta, *, is_authority: bool = False
    ) -> x509.Certificate:
        now = datetime.now(UTC)  # what OpenSSL goes by
        times = (now - 30 * DAY, now + left)
        built = (
            x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number(), *times)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if not is_authority:
            here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            built = built.add_extension(here, critical=False)
        return built.sign(self._key, hashes.SHA256())


@asynccontextmanager
async def served_over_tls(app: Any, authority: Authority) -> AsyncIterator[str]:
    """The address of an application that is served to whoever has a certificate of the authority's."""
    own = str(authority.give("office"))
    config = uvicorn.Config(
        app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1, ssl_certfile=own, ssl_keyfile=own,
        ssl_ca_certs=str(authority.authority), ssl_cert_reqs=ssl.CERT_REQUIRED,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
