"""What tests of agents who pay by text do again and again."""

from __future__ import annotations

import asyncio

from app.bill_code import show_bill_code
from app.endings import Finished
from app.messages import Job
from app.payments import Bill
from app.sms import text_id
from tests.work.agent import event, float_of
from tests.work.conftest import Bench

HELP = "Mohala: romela STATUS"
PAID = "e lefiloe. Rasiti"
WRONG = "Khoutu e fosahetse"
BLOCKED = "Liteko tse fosahetseng"


def pay(bill: Bill, amount: str = "M32.50") -> str:
    return f"LEFA {show_bill_code(bill.code)} {amount}"


async def fresh(bench: Bench, bill: Bill) -> Bill:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found


async def is_unpaid(bench: Bench, bill: Bill) -> bool:
    now = await fresh(bench, bill)
    return now.receipt == "" and await float_of(bench) == 1_000_00


async def at_once(bench: Bench, *texts: tuple[str, str]) -> list[str]:
    """Texts that workers answer at the same moment; what each was answered."""
    jobs = []
    for number, words in texts:
        sent = event(number, words)
        id = text_id(bench.keyring, sent.aggregator, sent.message_id, sent.sender)
        payload = {"aggregator": sent.aggregator, "sender": number, "text": words}
        jobs.append(Job(id, "answer", payload, bench.time()))
    return await answered(bench, jobs)


async def answered(bench: Bench, jobs: list[Job], *, is_first: bool = False) -> list[str]:
    endings = await asyncio.gather(*(bench.texts.answer(job, is_first=is_first) for job in jobs))
    return [ending.jobs[0].payload["text"] for ending in endings if isinstance(ending, Finished)]
