"""The word that a dialogue is over, at the door of a gateway that has too much to do."""

from __future__ import annotations

import httpx
import pytest

from app import limits
from app.messages import UssdEnded
from app.web.callbacks import Callbacks
from integrations.aggregators.africastalking import AfricasTalking
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
ENDED = {
    "sessionId": "s1", "phoneNumber": "+26650123456", "networkCode": "65101", "serviceCode": "*384*26600#",
    "status": "Incomplete",
}  # fmt: skip


async def nowhere(*_: object) -> None:
    raise AssertionError("callbacks go no further")


@pytest.mark.parametrize(
    ("in_hand", "times"),
    [(0, 1), (limits.turns_in_hand_dense, 0), (limits.turns_in_hand_max, 0)],
    ids=["little", "dense", "full"],
)
@pytest.mark.plain  # a method is replaced
async def test_it_is_taken_always_and_looked_at_when_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, in_hand: int, times: int
) -> None:
    told: list[UssdEnded] = []

    async def tell(event: UssdEnded) -> None:
        told.append(event)

    monkeypatch.setattr(bench.falls, "tell", tell)
    bench.crowd.in_hand = in_hand
    door = Callbacks(
        ("dev",), {"africastalking": AfricasTalking("sandbox", "sandbox")}, bench.gateway, bench.texts,
        bench.database.sms, bench.measures, bench.crowd, bench.time, nowhere,
    )  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://gateway") as client:
        answer = await client.post("/callbacks/dev/africastalking/ussd/end", data=ENDED)
    assert (answer.status_code, len(told)) == (200, times)
