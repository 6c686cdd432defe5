"""The wallets' door, over a socket: a callback hastens the job that asks the wallet and does nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app import limits
from app.crowd import Crowd
from app.errors import StoreUnavailable
from app.measures import Measures
from app.messages import Pending
from app.wakes import id_of
from app.web.wakes import WakeLimits, Wakes
from integrations.services import READERS
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
BUY = ("3", "01234567897", "50", "1")
GSMA, M_PESA = "/wakes/5ec2e7/mobile_money", "/wakes/5ec2e8/m_pesa"
STRANGERS = f"{'f' * 32}:0"


class Door:
    """The door of a bench's house, its crowd, and how it counts seconds."""

    def __init__(self, bench: Bench) -> None:
        self.crowd = Crowd()
        self.measures = Measures()
        self.seconds = 1_000.0
        readers = {GSMA: READERS["mobile_money"], M_PESA: READERS["m_pesa"]}
        limits_of_it = WakeLimits(lambda: self.seconds)
        self.outbox = Counted(bench)
        self.app = FastAPI()
        self.app.include_router(
            Wakes(readers, self.outbox, self.measures, self.crowd, bench.time, limits_of_it).router()  # type: ignore[arg-type]
        )

    def became(self) -> dict[str, int]:
        return {dict(labels)["became"]: n for labels, n in self.measures.measured().counts["mohala_wakes_total"]}


class Counted:
    """The bench's outbox, with its looks counted; away if told so."""

    def __init__(self, bench: Bench) -> None:
        self._outbox = bench.database.outbox
        self.looks = 0
        self.is_away = False

    async def hasten(self, job_id: str, now: object) -> bool:
        self.looks += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return await self._outbox.hasten(job_id, now)  # type: ignore[arg-type]


@asynccontextmanager
async def open_door(bench: Bench) -> AsyncIterator[tuple[Door, httpx.AsyncClient]]:
    door = Door(bench)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(door.app, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=10) as client:
        yield door, client
    server.should_exit = True
    await serving


async def waiting(bench: Bench) -> str:
    """A payment that its payer has not decided; the key with which the wallet was asked."""
    bench.desk.answers["request-payment"] = Pending()
    await bench.dial(*BUY)
    await bench.work()
    return [key for operation, _, key in bench.desk.asked if operation == "request-payment"][-1]


def asked(bench: Bench) -> int:
    return sum(operation == "request-payment" for operation, _, _ in bench.desk.asked)


async def test_a_call_has_the_wallet_asked_at_once(bench: Bench) -> None:
    key = await waiting(bench)
    await bench.work()
    assert asked(bench) == 1, "not due yet"
    async with open_door(bench) as (door, client):
        answer = await client.put(f"{GSMA}/{id_of(key)}", json={"transactionStatus": "completed"})
    assert (answer.status_code, answer.content) == (204, b"")
    await bench.work()
    assert asked(bench) == 2 and door.became() == {"woken": 1}


async def test_m_pesa_is_answered_in_its_own_words_and_names_the_payment_in_the_body(bench: Bench) -> None:
    key = await waiting(bench)
    result = {
        "input_OriginalConversationID": "5b28bbba",
        "input_TransactionID": "MP1",
        "input_ResultCode": "0",
        "input_ResultDesc": "d",
        "input_ThirdPartyConversationID": id_of(key),
    }
    async with open_door(bench) as (door, client):
        answer = await client.post(M_PESA, json=result)
    assert answer.json() == {
        "output_OriginalConversationID": "5b28bbba",
        "output_ResponseDesc": "Successfully Accepted Result",
        "output_ResponseCode": "0",
        "output_ThirdPartyConversationID": id_of(key),
    }
    await bench.work()
    assert asked(bench) == 2 and door.became() == {"woken": 1}


async def test_a_forged_call_that_says_paid_moves_nothing(bench: Bench) -> None:
    key = await waiting(bench)
    async with open_door(bench) as (_, client):
        await client.put(f"{GSMA}/{id_of(key)}", json={"transactionStatus": "completed", "amount": "50"})
    await bench.work()
    assert bench.mast.sent == []
    assert "vend" not in [operation for operation, _, _ in bench.desk.asked]


@pytest.mark.parametrize("id", [id_of(STRANGERS), "x", "..%2f..", "a" * 500])
async def test_an_unknown_id_is_answered_as_a_known_one_and_wakes_nobody(bench: Bench, id: str) -> None:
    await waiting(bench)
    async with open_door(bench) as (door, client):
        answer = await client.put(f"{GSMA}/{id}", json={})
    assert (answer.status_code, answer.content) in ((204, b""), (404, b'{"detail":"Not Found"}'))
    await bench.work()
    assert asked(bench) == 1 and "woken" not in str(door.measures.measured().counts)


@pytest.mark.parametrize(
    "path",
    ["/wakes/wrong/mobile_money/x", "/wakes/5ec2e7/m_pesa", "/wakes/5ec2e8/mobile_money/x", "/wakes/5ec2e7/push_poll"],
)
async def test_a_wrong_secret_or_the_secret_of_another_wallet_gets_an_empty_404(bench: Bench, path: str) -> None:
    async with open_door(bench) as (door, client):
        answer = await client.put(path, json={})
    assert (answer.status_code, answer.content) == (404, b"")
    assert door.outbox.looks == 0


async def test_a_job_is_not_woken_again_within_the_pause(bench: Bench) -> None:
    key = await waiting(bench)
    async with open_door(bench) as (door, client):
        for _ in range(20):
            assert (await client.put(f"{GSMA}/{id_of(key)}")).status_code == 204
            await bench.work()
        assert asked(bench) == 2 and door.outbox.looks == 1
        door.seconds += limits.wake_pause_seconds
        await client.put(f"{GSMA}/{id_of(key)}")
    await bench.work()
    assert asked(bench) == 3
    assert door.became() == {"woken": 2, "soon": 19}


async def test_a_flood_of_unknown_ids_does_not_reach_the_database(bench: Bench) -> None:
    key = await waiting(bench)
    async with open_door(bench) as (door, client):
        answers = [await client.put(f"{GSMA}/{id_of(f'{n:032x}:0')}") for n in range(limits.wakes_a_second_max + 20)]
        assert door.outbox.looks == limits.wakes_a_second_max
        assert [answer.status_code for answer in answers].count(503) == 20
        door.seconds += 1
        assert (await client.put(f"{GSMA}/{id_of(key)}")).status_code == 204
    assert door.became()["woken"] == 1


def test_what_is_remembered_of_a_flood_is_bounded() -> None:
    seconds = [0.0]
    soon = WakeLimits(lambda: seconds[0])
    for number in range(10_000):
        seconds[0] += 0.005
        if not soon.is_too_much():
            soon.note(f"job-{number}")
    assert 0 < soon.noted <= limits.wakes_a_second_max * (limits.wake_pause_seconds + 1)


async def test_a_body_is_bounded_in_size_and_must_be_m_pesas(bench: Bench) -> None:
    async with open_door(bench) as (door, client):
        long = await client.put(f"{GSMA}/x", content=b"x" * (limits.wake_body_bytes_max + 1))
        bad = [await client.post(M_PESA, content=body) for body in (b"", b"[]", b"{", b"{}", b"[" * 10_000)]
        odd = await client.post(
            M_PESA, json={"input_ThirdPartyConversationID": "x" * 65, "input_OriginalConversationID": "c"}
        )
    assert long.status_code == 413
    assert {answer.status_code for answer in (*bad, odd)} == {400}
    assert door.outbox.looks == 0


async def test_a_body_that_does_not_come_is_not_waited_for(bench: Bench) -> None:
    async with open_door(bench) as (_, client):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(f"PUT {GSMA}/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{".encode())
        head = await asyncio.wait_for(reader.readline(), limits.wake_body_seconds + 5)
        writer.close()
    assert b" 408 " in head


async def test_a_gateway_with_too_much_in_hand_or_without_a_database_says_so(bench: Bench) -> None:
    key = await waiting(bench)
    async with open_door(bench) as (door, client):
        door.outbox.is_away = True
        assert (await client.put(f"{GSMA}/{id_of(key)}")).status_code == 503
        door.outbox.is_away = False
        door.crowd.late_seconds = limits.late_seconds_dense + 1
        assert (await client.put(f"{GSMA}/{id_of(key)}")).status_code == 503
    assert door.became() == {"database_away": 1, "dense": 1}


async def test_neither_a_number_nor_an_id_reaches_the_log(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    key = await waiting(bench)
    capsys.readouterr()
    async with open_door(bench) as (_, client):
        await client.put(f"{GSMA}/{id_of(key)}", json={"debitParty": [{"key": "msisdn", "value": "+26650123456"}]})
    told = capsys.readouterr()
    assert "50123456" not in told.out + told.err and key[:32] not in told.out + told.err
    assert '"became": "woken"' in told.out or "became=woken" in told.out
