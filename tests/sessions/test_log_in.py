"""A server that asks who comes: TLS with an authority of one's own, and a user who may do no more than is needed."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Keeping, Lost, Opened, Repeated, SessionKey, Won
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore
from tests.sessions.telling import commit_dialled, commit_recalled

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
MPHO = SessionKey(b"mpho" * 4, b"dia1" * 4)
WELCOME = Reply("Lumela", final=False)


def rights() -> list[str]:
    """The rule as the documentation tells operators to write it."""
    text = (ROOT / "docs" / "decisions" / "sessions.md").read_text("utf-8")
    return text.partition("```\nuser mohala on >PASSWORD ")[2].partition("```")[0].split()


async def all_that_a_store_does(store: RedisSessionStore, make_session) -> None:
    assert await store.begin(MPHO, b"dial", b"lease", 30) == Opened(None)
    assert await store.commit(MPHO, b"dial", b"lease", None, make_session(0), WELCOME, Keeping(300, 600)) == Won()
    assert await store.begin(MPHO, b"dial", b"lease", 30) == Repeated(WELCOME)
    assert await store.load(MPHO) == make_session(0)
    for hop in range(1, 12):
        kept = await store.commit(MPHO, b"hop %d" % hop, b"", hop - 1, make_session(hop), WELCOME, Keeping(300))
        assert kept == Won()
    recalled = store.recall(MPHO, b"hop 12")
    assert recalled is not None
    assert await commit_recalled(store, MPHO, b"hop 12", recalled, make_session(12), WELCOME, Keeping(300)) == Won()
    assert await store.commit(MPHO, b"late", b"", 3, make_session(4), WELCOME, Keeping(300)) == Lost(None)
    await store.abandon(MPHO, b"lease")
    thabo = SessionKey(b"thab" * 4, b"dia2" * 4)
    assert await commit_dialled(store, thabo, b"dial", make_session(0), WELCOME, Keeping(300), 20) == Won()
    await store.ping()


async def test_a_user_with_the_rights_that_are_documented_can_do_all_and_nothing_else(
    client, valkey, keyring, make_session
) -> None:
    assert len(rights()) > 10
    await client.call("ACL", "SETUSER", "mohala", "reset", "on", ">s@cret", *rights())
    try:
        theirs = client_for(valkey.url.replace("unix://", "unix://mohala:s%40cret@"), deadline_seconds=5.0)
        store = RedisSessionStore(theirs, keyring)
        await all_that_a_store_does(store, make_session)
        for refused in (("KEYS", "*"), ("FLUSHALL",), ("GET", "somebody else's"), ("CONFIG", "GET", "*")):
            with pytest.raises(StoreUnavailable, match="NOPERM"):
                await theirs.call(*refused)
        await theirs.close()
        wrong = client_for(valkey.url.replace("unix://", "unix://mohala:hushed@"), deadline_seconds=5.0)
        with pytest.raises(StoreUnavailable, match="WRONGPASS") as refusal:
            await wrong.call("PING")
        assert "hushed" not in str(refusal.value)
        await wrong.close()
    finally:
        await client.call("ACL", "DELUSER", "mohala")


def make_authority(directory: Path) -> tuple[Path, Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, its key, and one of somebody else."""
    paths = []
    for name in ("ours", "theirs"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} of the tests")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        paths.append(directory / f"{name}.pem")
        paths[-1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths.append(directory / f"{name}.key")
        paths[-1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return paths[0], paths[1], paths[2]


@asynccontextmanager
async def behind_tls(socket_path: str, certificate: Path, key: Path) -> AsyncIterator[int]:
    """The server binary speaks no TLS, so this stands before it, as many put a proxy before theirs."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(socket_path)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_server_behind_tls_is_used_if_its_authority_is_known(
    client, valkey, keyring, make_session, tmp_path: Path
) -> None:
    certificate, key, stranger = make_authority(tmp_path)
    async with behind_tls(valkey.url.removeprefix("unix://"), certificate, key) as port:
        ours = client_for(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}", deadline_seconds=5.0)
        await all_that_a_store_does(RedisSessionStore(ours, keyring), make_session)
        await ours.close()
        for query in (f"?ssl_ca_certs={stranger}", ""):
            theirs = client_for(f"rediss://127.0.0.1:{port}/0{query}", deadline_seconds=2.0)
            with pytest.raises(StoreUnavailable):
                await theirs.call("PING")
            await theirs.close()
