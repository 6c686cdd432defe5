"""The coalescing client: one write a tick, every answer to its own caller, an end to every call."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import SettingsWrong, StoreUnavailable
from sessions.address import read_address
from sessions.connection import CoalescingClient

pytestmark = pytest.mark.anyio


async def statistic(client: CoalescingClient, section: str, name: str) -> int:
    lines = (await client.call("INFO", section)).decode().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).partition(":")[2])


async def test_calls_of_one_tick_leave_as_one_write(client):
    await client.call("PING")
    before = await statistic(client, "stats", "total_reads_processed")
    answers = await asyncio.gather(*(client.call("ECHO", str(number)) for number in range(200)))
    after = await statistic(client, "stats", "total_reads_processed")
    assert answers == [b"%d" % number for number in range(200)]
    assert after - before <= 4


async def test_every_caller_gets_its_own_answer_over_several_connections(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10, connections=3)

    async def citizen(number: int) -> None:
        for turn in range(20):
            text = f"{number} {turn}"
            assert await client.call("ECHO", text) == text.encode()

    await asyncio.gather(*(citizen(number) for number in range(50)))
    await client.close()


async def test_it_keeps_to_its_few_connections_and_to_resp_2(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10, connections=2)
    infos = [(await client.call("CLIENT", "INFO")).decode() for _ in range(20)]
    assert len({info.partition(" ")[0] for info in infos}) == 2
    assert all(" name=mohala " in info and " resp=2 " in info for info in infos)
    await client.close()


async def test_values_of_any_bytes_and_sizes_come_back_whole(client):
    for value in (b"", b"\r\n$3\r\n", bytes(range(256)), b"x" * 1_000_000):
        assert await client.call("ECHO", value) == value


async def test_a_cancelled_caller_does_not_disturb_the_others(client):
    await client.call("PING")
    tasks = [asyncio.create_task(client.call("ECHO", str(number))) for number in range(30)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    for number, answer in enumerate(answers):
        assert isinstance(answer, asyncio.CancelledError) if number % 3 == 0 else answer == b"%d" % number
    assert await client.call("ECHO", "after") == b"after"


async def test_a_caller_cancelled_before_the_tick_ends_sends_nothing(client):
    await client.call("CONFIG", "RESETSTAT")
    task = asyncio.create_task(client.call("ECHO", "never"))
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "cmdstat_echo" not in (await client.call("INFO", "commandstats")).decode()


async def test_a_caller_cancelled_while_the_connection_opens_leaves_the_others_whole(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10, connections=1)
    tasks = [asyncio.create_task(client.call("ECHO", str(number))) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError) and answers[1:] == [b"1", b"2", b"3"]
    await client.close()


async def test_the_line_of_waiting_calls_is_bounded(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10, connections=1, waiting_max=10)
    answers = await asyncio.gather(*(client.call("PING") for _ in range(12)), return_exceptions=True)
    assert answers[:10] == [b"PONG"] * 10
    assert all(isinstance(answer, StoreUnavailable) for answer in answers[10:])
    assert await client.call("PING") == b"PONG"
    await client.close()


async def test_an_error_names_its_kind_and_nothing_that_was_sent(client):
    await client.call("SET", "name", "Palesa")
    with pytest.raises(StoreUnavailable, match=r"\(WRONGTYPE\)"):
        await client.call("HGET", "name", "Palesa")
    with pytest.raises(StoreUnavailable) as failure:
        await client.call("PALESA", "50123456")
    assert "PALESA" not in str(failure.value) and "50123456" not in str(failure.value)


async def test_a_closed_client_refuses_calls_and_lets_go_of_those_who_wait(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10)
    await client.call("PING")
    waiting = asyncio.create_task(client.call("DEBUG", "SLEEP", "0"))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(StoreUnavailable):
        await waiting
    with pytest.raises(StoreUnavailable, match="closed"):
        await client.call("PING")


async def test_closing_while_a_connection_opens_leaves_nobody_waiting(valkey):
    client = CoalescingClient(valkey.url, deadline_seconds=10)
    waiting = asyncio.create_task(client.call("PING"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(StoreUnavailable):
        await waiting


async def test_something_that_is_no_redis_is_unavailable_and_not_a_crash():
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = CoalescingClient(f"redis://127.0.0.1:{port}", deadline_seconds=10)
        with pytest.raises(StoreUnavailable, match="protocol"):
            await client.call("PING")
        await client.close()


@pytest.fixture
async def tcp_port(client, unused_port) -> AsyncIterator[int]:
    """The same server on TCP, with a user who has a password."""
    await client.call("CONFIG", "SET", "port", unused_port)
    await client.call("ACL", "SETUSER", "mpho", "on", ">se cr:et/@", "~*", "+@all")
    yield unused_port
    await client.call("ACL", "DELUSER", "mpho")
    await client.call("CONFIG", "SET", "port", 0)


@pytest.fixture
async def unused_port() -> int:
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as server:
        return int(server.sockets[0].getsockname()[1])


async def test_a_tcp_address_with_user_password_and_database_is_understood(tcp_port):
    client = CoalescingClient(f"redis://mpho:se%20cr%3Aet%2F%40@127.0.0.1:{tcp_port}/3", deadline_seconds=10)
    assert await client.call("ACL", "WHOAMI") == b"mpho"
    assert b" db=3 " in await client.call("CLIENT", "INFO")
    await client.close()


async def test_a_wrong_password_is_told_without_repeating_it(tcp_port):
    client = CoalescingClient(f"redis://mpho:guess@127.0.0.1:{tcp_port}", deadline_seconds=10)
    with pytest.raises(StoreUnavailable, match=r"\(WRONGPASS\)") as failure:
        await client.call("PING")
    assert "guess" not in str(failure.value)
    await client.close()


@asynccontextmanager
async def tls_in_front_of(path: str, directory: Path, name: str) -> AsyncIterator[tuple[int, Path]]:
    """A TLS door with a certificate of its own: the server of the wheel speaks no TLS."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "both.pem").write_bytes(private + pem)
    (directory / "authority.pem").write_bytes(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "both.pem")

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)

    async with await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1], directory / "authority.pem"


async def test_a_rediss_address_speaks_tls_to_a_server_that_it_can_verify(valkey, tmp_path):
    path = read_address(valkey.url).path
    async with tls_in_front_of(path, tmp_path, "localhost") as (port, authority):
        client = CoalescingClient(f"rediss://localhost:{port}/?ssl_ca_certs={authority}", deadline_seconds=10)
        assert await client.call("ECHO", "sealed") == b"sealed"
        await client.close()


@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("elsewhere.example", True)])
async def test_a_certificate_that_cannot_be_verified_is_refused(valkey, tmp_path, name, trusted):
    path = read_address(valkey.url).path
    async with tls_in_front_of(path, tmp_path, name) as (port, authority):
        query = f"?ssl_ca_certs={authority}" if trusted else ""
        client = CoalescingClient(f"rediss://localhost:{port}/{query}", deadline_seconds=10)
        with pytest.raises(StoreUnavailable):
            await client.call("PING")
        await client.close()


@pytest.mark.parametrize(
    ("url", "host", "port", "database"),
    [
        ("redis://valkey.example", "valkey.example", 6379, 0),
        ("redis://valkey.example:7000/2", "valkey.example", 7000, 2),
        ("rediss://:secret@[::1]:7000/?db=4", "::1", 7000, 4),
    ],
)
def test_addresses_are_taken_apart(url, host, port, database):
    address = read_address(url)
    assert (address.host, address.port, address.database) == (host, port, database)
    assert "secret" not in repr(address)


def test_a_socket_path_may_hold_spaces():
    assert read_address("unix:///var/my%20data/valkey.sock?db=1").path == "/var/my data/valkey.sock"


@pytest.mark.parametrize(
    "url", ["", "http://h", "redis://h:hidden", "redis://h:1/hidden", "unix://", "redis://u:hidden@[h", "redis://h/-1"]
)
def test_an_address_of_another_shape_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsWrong, match="unix://") as refusal:
        read_address(url)
    assert "hidden" not in str(refusal.value)
