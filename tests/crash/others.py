"""Those besides the citizen: a clerk at the desk, one of the registry, a wallet's customer, an agent. What is cut off
is asked again, as each of them would.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from app.agency import Agent, AgentNumber, AgentState, Caps, Proposal, ProposalKind, decided
from app.audit import AuditEntry
from app.messages import Status
from app.payments import SETTLED, UNDER_WAY
from app.ports import Taken
from app.reference import new_reference, show_reference
from tests.crash.caller import TRIES, Caller
from tests.crash.land import Land
from tests.work.land import POINTS

BILL_CODE = r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\b"
RECEIPT = r"Rasiti ([0-9A-Z]{4}-[0-9A-Z]{5})"
TOTAL = "32.5"
REGISTRY = "/civil-registry/applications"
ACTIVATION = "12345678"
FLOAT_MINOR = 1_000_00


async def decide(caller: Caller, status: Status) -> None:
    """The registry's clerk, about all applications of this citizen."""
    wanted = {one.reference for one in await caller.requests("birth-certificate")}
    for row in await caller.land.rows(REGISTRY):
        if row["reference"].replace("-", "") in wanted:
            decision = {"status": status.value, "where": "Maseru" if status is Status.READY else "", "reason": ""}
            answer = await caller.land.sandbox.post(f"{REGISTRY}/{row['application']}", json=decision)
            answer.raise_for_status()


async def listed(caller: Caller, service: str) -> list[str]:
    """The references of this citizen's requests of a service, once all of them are on a clerk's list."""
    shown: list[str] = []

    async def look() -> bool:
        shown[:] = [show_reference(one.reference) for one in await caller.requests(service)]
        tasks = [await _desk(caller.land, "GET", one) for one in shown]
        return bool(shown) and all(task is not None for task in tasks)

    await caller.land.until(look, f"{service} to be on a list")
    return shown


async def bring(caller: Caller, service: str, status: Status, *, reason: str = "", **results: str) -> None:
    """The clerk, who looks first, does it, and does it again if nobody said that it was done."""
    for reference in await listed(caller, service):
        for _ in range(TRIES):
            task = await _desk(caller.land, "GET", reference)
            if task is not None and task["status"] == status.value:
                break
            if task is not None:
                told = {"status": status.value, "results": results, "reason": reason, "revision": task["revision"]}
                await _desk(caller.land, "POST", reference, "/move", told)
        else:
            raise AssertionError(f"no clerk can make {reference} {status}")


async def attached(caller: Caller, service: str) -> Mapping[str, str]:
    """What a clerk is shown beside the newest request."""
    task = await _desk(caller.land, "GET", (await listed(caller, service))[-1])
    assert task is not None
    found: Mapping[str, str] = task["attached"]
    return found


async def _desk(
    land: Land, method: str, reference: str, what: str = "", told: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """None: nobody knows whether it was done, or it is not to be done."""
    headers = {"Authorization": f"Bearer {land.clerk_key}"}
    for _ in range(TRIES):
        try:
            answer = await land.gateway.request(method, f"/desk/tasks/{reference}{what}", json=told, headers=headers)
        except httpx.HTTPError:
            if method == "POST":
                return None
            continue
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found
    raise AssertionError("the desk answers nobody")


async def bills(caller: Caller) -> Sequence[str]:
    """The codes that were texted, once there is one for each request."""
    codes: list[str] = []

    async def look() -> bool:
        codes[:] = dict.fromkeys(one[1] for text in await caller.texts() if (one := re.search(BILL_CODE, text)))
        return len(codes) >= len(await caller.requests("plot-search")) > 0

    await caller.land.until(look, "the bill")
    return codes


async def pay_in_the_menu(caller: Caller) -> None:
    """By the wallet's own menu: the wallet delivers the same payment until it hears what became of it."""
    for code in await bills(caller):
        order = {"number": caller.number, "code": code, "amount": TOTAL, "correlation": str(uuid4())}
        for _ in range(TRIES):
            answer = await caller.land.sandbox.post("/wallet/menu/pay", json=order)
            if answer.status_code == 200:
                (heard,) = answer.json()["answers"]
                if heard["status"] == 201 or heard["body"].get("errorCode") == "duplicateRequest":
                    break
                if heard["status"] < 500:
                    raise AssertionError(f"the wallet is told {heard}")
        else:
            raise AssertionError("no payment of the wallet is answered")


async def payer_will(caller: Caller, does: str) -> None:
    """What whoever has this number does from now on when a wallet asks: `decline`, `accept`."""
    (await caller.land.sandbox.post(f"/payers/{caller.number}", json={"does": does})).raise_for_status()


async def is_under_way(caller: Caller, code: str) -> bool:
    """Whether a wallet is asked for a bill, or has paid it."""
    bill = await caller.land.database.bills.find(code.replace("-", ""))
    return bill is not None and bill.state in UNDER_WAY | SETTLED


async def until_free(caller: Caller, code: str) -> None:
    """Until no wallet is asked for a bill any more: whoever was cut off may have confirmed twice."""

    async def look() -> bool:
        return not await is_under_way(caller, code)

    await caller.land.until(look, "the push to end")


async def until_paid(caller: Caller, code: str) -> None:
    """Until a bill is paid: whoever turns to the next one before changes their mind about this one."""

    async def look() -> bool:
        bill = await caller.land.database.bills.find(code.replace("-", ""))
        return bill is not None and bill.state in SETTLED

    await caller.land.until(look, "the push to pay")


async def enrol(caller: Caller) -> str:
    """An agent of this run, who has cooled down and has a float; the number that they text from."""
    land, code = caller.land, f"A{caller.run:04}"
    now, msisdn = land.clock() - timedelta(days=2), f"+2666{caller.run:07}"
    # Not all at one point, of which no more than a day's bound is taken.
    agent = Agent(code, POINTS[caller.run % len(POINTS)], AgentState.INVITED, "LSL", Caps(), now, now)
    number = AgentNumber(f"number-{code}", code, msisdn, now + timedelta(hours=72))
    agents = land.database.agents
    assert await agents.add(agent, number, ACTIVATION, AuditEntry(now, "clerk:lineo", "add", code))
    assert await agents.activate(number, ACTIVATION, now, now + timedelta(days=1))
    id = new_reference(os.urandom)
    asked = Proposal(id, code, ProposalKind.TOP_UP, FLOAT_MINOR, "LSL", "clerk:lineo", now)
    await agents.propose(asked, AuditEntry(now, "clerk:lineo", "propose", code))
    told = decided(asked, "clerk:thabo", now, approved=True)
    assert await agents.decide(told, AuditEntry(now, "clerk:thabo", "approve", code)) is Taken.TAKEN
    return msisdn


async def pay_at_the_agents(caller: Caller, agent: str) -> None:
    """Cash on the table, two texts of the agent's, and the code between them."""
    for code in await bills(caller):
        before = len(await caller.texts(agent))
        await caller.text(f"LEFA {code} M{TOTAL}", agent)
        asked = await caller.told("Araba E ([0-9]+)", agent, before)
        before = len(await caller.texts(agent))
        await caller.text(f"E {asked[1]}", agent)
        await caller.told(RECEIPT, agent, before)
