"""What tests of the agents' menu share: an agent's phone on the counter's code, a bill, and what it shows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

from app.bill_code import show_bill_code
from app.filing import Asker
from app.messages import Reply, Request
from app.pack import Pack
from app.pack_files import read_pack
from app.payments import Bill
from app.ports import Window
from tests.lands import SHIPPED
from tests.work.agent import MPHO, THABO
from tests.work.assisting import Line
from tests.work.conftest import Bench

CODE = "*384*26601#"
TOTAL, COMMISSION = 135_00, 3_00
MAIN, CHECK, PAYING = "Moemeli. English: 8", "Amohela chelete? M135.00", "M135.00: e ntse e lefuoa."
LAPSED, BARRED, DROPPED = "Tefo eo ha e sa emetse.", "Ha u lumelloe ho etsa joalo", "E emisitsoe."
SETTLED, SHORT, OWN = "Tefo ena e se e lefiloe pele.", "Balanse ha e lekane", "Moemeli ha a lefe tefo ea hae."
ENOUGH = "Ho lekiloe hangata haholo kajeno."
ORDINARY = "Lumela! English: 8"
VOUCHER, END = "MAIZ1234", "4321"
PENSIONER = "012345678901"
_filed = itertools.count(1)


@cache
def shipped() -> Pack:
    return read_pack(SHIPPED)


@dataclass
class Till(Line):
    """The same at the counter, where the agents' own menu is dialled."""

    session: str = "t1"
    code: str = CODE

    async def dial(self) -> Reply:
        return await self.again()


async def billed(bench: Bench, msisdn: str = MPHO) -> Bill:
    """A bill of M135 for a passport, filed as a citizen's own phone would."""
    edition, effect = bench.editions.current, f"filing-{next(_filed)}"
    service = edition.catalogue.services["passport-32"]
    asker = Asker(msisdn, "st", effect, 3.0)
    await bench.worker._requests.filings.file(edition, service, {"application": "1234567", "pages": "32"}, asker)
    await bench.work()
    bills, _ = await bench.database.bills.of_number(msisdn, Window(1), bench.time())
    return bills[0]


async def at_check(bench: Bench, bill: Bill, session: str = "t1", agent: str = THABO) -> Till:
    """An agent who looks at the page that asks to confirm a payment."""
    till = Till(bench, session, agent)
    await till.dial()
    page = await till.type("1", show_bill_code(bill.code), "135")
    assert page.text.startswith(CHECK), page.text
    return till


async def fresh(bench: Bench, bill: Bill) -> Bill:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found


def texts_to(bench: Bench, number: str = THABO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


async def attested(bench: Bench, number: str = THABO) -> list[Request]:
    """What stands filed under an agent's number, oldest first."""
    ids = [line.subject for line in await bench.database.audit.page(0) if line.act == "file"]
    found = [await bench.database.ledger.request(id) for id in dict.fromkeys(ids)]
    return [one for one in found if one is not None and one.msisdn == number]
