"""What tests of agents share: the pack in which a search of a plot costs money, an agent with a float, and texts."""

from __future__ import annotations

import itertools
from datetime import timedelta

from app.agency import Agent, AgentNumber, AgentState, Caps, Proposal, ProposalKind, decided, moved
from app.audit import AuditEntry
from app.messages import SmsEvent
from app.payments import Bill
from app.ports import Taken, Window
from app.reference import new_reference
from tests.work import land, paid
from tests.work.conftest import Bench

MPHO, LERATO = "+26650123456", "+26658765432"
THABO, PALESA = "+26659000014", "+26662000015"
"""Two agents: Thabo of point 014, Palesa of point 015."""
CODES = {THABO: "014", PALESA: "015"}
ACTIVATION = "12345678"
SEARCH = ("7", "1234-567", "1")
TOTAL, COMMISSION = 32_50, 1_00
COMMISSION_SAYS = '    commission: {share: "20", floor: "1", source: "contract of the test", as_of: "2026-11-25"}\n'
_ids = itertools.count(1)


def sources() -> dict[str, str]:
    found = paid.sources()
    told = found["services.yaml"].replace("    takes: {plot:", f"{COMMISSION_SAYS}    takes: {{plot:", 1)
    return {**found, "services.yaml": told}


POINT, OF_THE_SHEET = land.POINTS[0], "001"
"""Where agents are: the second where the pack has no service of `land`."""


async def invite(bench: Bench, number: str, caps: Caps | None = None, point: str = "") -> str:
    """Enrol whom a clerk has enrolled; the activation code is still to be texted."""
    code, now = CODES[number], bench.time()
    point = point or (POINT if POINT in bench.editions.current.points else OF_THE_SHEET)
    agent = Agent(code, point, AgentState.INVITED, "LSL", caps or Caps(), now, now)
    theirs = AgentNumber(f"number-{code}", code, number, now + timedelta(hours=72))
    added = await bench.database.agents.add(agent, theirs, ACTIVATION, AuditEntry(now, "clerk:lineo", "add", code))
    assert added
    return code


async def enrol(
    bench: Bench, number: str, float_minor: int = 1_000_00, caps: Caps | None = None, point: str = ""
) -> str:
    """An agent who is active, cooled down and has money in the float."""
    code = await invite(bench, number, caps, point)
    await text(bench, number, f"ACTIVATE {ACTIVATION}")
    bench.time.pass_(24 * 3600)
    if float_minor:
        assert await move(bench, code, ProposalKind.TOP_UP, float_minor) is Taken.TAKEN
    return code


async def move(bench: Bench, code: str, kind: ProposalKind, minor: int) -> Taken:
    """What two clerks decide of an agent's money."""
    now, agents = bench.time(), bench.database.agents
    id = new_reference(bench.database.bills._random_bytes)
    proposal = Proposal(id, code, kind, minor, "LSL", "clerk:lineo", now)
    await agents.propose(proposal, AuditEntry(now, "clerk:lineo", "propose", code))
    told = decided(proposal, "clerk:thabo", now, approved=True)
    return await agents.decide(told, AuditEntry(now, "clerk:thabo", "approve", code))


async def billed(bench: Bench, session: str = "s1", msisdn: str = MPHO) -> Bill:
    await bench.dial(*SEARCH, session=session, msisdn=msisdn)
    await bench.work()
    bills, _ = await bench.database.bills.of_number(msisdn, Window(1), bench.time())
    return bills[0]


async def text(bench: Bench, number: str, words: str, id: str = "") -> str:
    """Send a text and let the worker answer; what came back, empty if nothing did."""
    before = len(bench.mast.sent)
    await bench.texts.take_in(event(number, words, id))
    await bench.work(3)
    return next((sms.text for sms in bench.mast.sent[before:] if sms.msisdn == number), "")


def event(number: str, words: str, id: str = "") -> SmsEvent:
    return SmsEvent("africastalking", id or f"ATX{next(_ids)}", number, "26600", words)


def code_in(said: str) -> str:
    """The code that an agent was asked to send."""
    return said.rsplit(" ", 1)[-1]


async def suspend(bench: Bench, code: str) -> None:
    agent = await bench.database.agents.agent(code)
    assert agent is not None
    now = bench.time()
    changed = moved(agent, AgentState.SUSPENDED, now)
    assert await bench.database.agents.change(agent, changed, AuditEntry(now, "clerk:lineo", "suspend-agent", code))


async def float_of(bench: Bench, code: str = "014") -> int:
    return (await bench.database.agents.holdings(code, "LSL")).float_minor
