"""Fifteen journeys from dial to end, and how every request of them must end, whatever died on its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.audit import AuditEntry
from app.messages import Status
from integrations.database.consents import WITHDRAWN
from tests.crash.caller import Answers, Caller
from tests.crash.others import (
    RECEIPT,
    TOTAL,
    attached,
    bills,
    bring,
    decide,
    enrol,
    is_under_way,
    listed,
    pay_at_the_agents,
    pay_in_the_menu,
    payer_will,
    until_free,
    until_paid,
)
from tests.crash.points import passed

KNOWN, UNKNOWN = "012345678901", "999999999999"
SEARCH, DEED, CARD, LATE_BIRTH, UNITS, COMPLAINT, WALLET = (f"*384*2660{number}#" for number in range(1, 8))
TILL, ASSIST = "*384*26616#", "*384*26614#"
HOUR = 1.05  # after which the crash pack's registry is asked again
BILL_HOURS = 25.05  # after which its bills have expired: an hour, and until the end of that day
CODE_SECONDS = 5.0  # after which a citizen to whom no code came begins again
BIRTH: Answers = (
    ("Rea u amohela", "1"),
    ("Na u lumela", "1"),
    ("Lengolo la tsoalo.", "2"),
    ("Letsatsi", "5/3/2026"),
    ("O tsoaletsoe", "1"),
    ("Nomoro ea ID", KNOWN),
    ("U mang", "1"),
    ("Netefatsa", "1"),
)
METER: Answers = (
    ("Rea u amohela", "3"),
    ("Reka motlakase", "01234567897"),
    ("Bokae", "50"),
    ("Netefatsa", "1"),
)
PLOT: Answers = (("Nomoro ea setsha?", "1234-567"), ("Patlo ea setsha", "1"))
PAPER: Answers = (("Lengolo la setsha?", "1234-567"), ("Patlo ea lengolo", "1"))
PREPAID: Answers = (("Mitara ea hao?", "01234567897"), ("Bokae?", "50"), ("Motlakase", "1"))


@dataclass(frozen=True, slots=True)
class Journey:
    """`ends` says of each service how its requests end: all of them in one of these ways, and each way is seen."""

    name: str
    go: Callable[[Caller], Awaitable[None]]
    ends: Mapping[str, tuple[Status, ...]]


async def _buy(caller: Caller) -> None:
    """Pushed to the wallet, whose payer decides a moment later; then the vendor is down for a while."""
    await caller.land.knob("electricity", fail=True)
    before = _postponed(caller)
    await caller.walk(METER)
    await _until_postponed(caller, before)
    await caller.land.knob("electricity", fail=False)


async def _register_a_birth(caller: Caller) -> None:
    """The line falls, the citizen goes on; the registry is away, takes it, is asked how it stands, and ends it."""
    await caller.hang_up(BIRTH, 4)
    await caller.land.knob("civil-registry", fail=True)
    before = _postponed(caller)
    await caller.walk(BIRTH)
    await _until_postponed(caller, before)
    await caller.land.knob("civil-registry", fail=False)
    for status in (Status.READY, Status.DONE):
        await caller.land.pass_(0.0)
        await decide(caller, status)
        await caller.land.pass_(HOUR)
        await caller.stand(status, "birth-certificate")


async def _agree_and_take_it_back(caller: Caller) -> None:
    """A consent is kept with the filing and taken back by SMS; what was begun under it is brought to its end."""
    await caller.walk(BIRTH, f"1*1*2*05/03/2026*2*{KNOWN}*1")
    await caller.land.pass_(0.0)
    before = len(await caller.texts())
    await caller.text("STOP")
    await caller.told("tumello ea hao e hlakotsoe", after=before)
    entry = AuditEntry(caller.land.clock(), "operator:matrix", "export", "")
    acts = [one.act for one in (await caller.land.database.citizens.record(caller.number, entry)).consents]
    assert acts[-1] == WITHDRAWN and acts.count(WITHDRAWN) == 1, f"the consent is {acts}"
    await decide(caller, Status.DONE)
    await caller.land.pass_(HOUR)
    await caller.stand(Status.DONE, "birth-certificate")


async def _search_a_deed(caller: Caller) -> None:
    """Clerks without a system: a question to the citizen, who asks how it stands by SMS; then it is ready, and done."""
    await caller.walk(PAPER, code=DEED)
    await bring(caller, "deed-search", Status.QUERY, note="tlisa ID")
    await caller.told("tlisa ID")
    before = len(await caller.texts())
    await caller.text(f"STATUS {caller.references[-1]}")
    await caller.told("Boemo:", after=before)
    await bring(caller, "deed-search", Status.READY, where="Hlotse")
    await bring(caller, "deed-search", Status.DONE, note="Kea leboha")


async def _search_in_vain(caller: Caller) -> None:
    await caller.walk(PAPER, code=DEED)
    await bring(caller, "deed-search", Status.REJECTED, reason="no_plot")


async def _pay_in_the_menu(caller: Caller) -> None:
    await caller.walk(PLOT, code=SEARCH)
    await pay_in_the_menu(caller)
    await bring(caller, "plot-search", Status.DONE, note="Kea leboha")


async def _pay_from_the_wallet(caller: Caller) -> None:
    """The payer says no, and to the next push yes; that answer is lost, and the wallet is asked what became of it."""
    await caller.walk(PLOT, code=SEARCH)
    for code in await bills(caller):
        answers: Answers = (("Nomoro ea tefo?", code), ("Lefa Patlo", "1"))
        await payer_will(caller, "decline")
        await caller.walk(answers, code=WALLET)
        await caller.told(f"tefo ea {code} ha ea etsahala")
        await until_free(caller, code)
        await payer_will(caller, "accept")
        await caller.land.knob("wallet", after="cut")
        before = _postponed(caller)
        while not await is_under_way(caller, code):  # who goes on with the dialogue before hears what became of that
            await caller.walk(answers, code=WALLET)
        await _until_postponed(caller, before)
        await caller.land.knob("wallet", after="answer")
        await until_paid(caller, code)  # a cut filing may have left two bills, and the payer says no to the next first
    await bring(caller, "plot-search", Status.DONE, note="Kea leboha")


async def _never_pay(caller: Caller) -> None:
    await caller.walk(PLOT, code=SEARCH)
    await caller.told("lefa M32.50")
    await caller.land.pass_(BILL_HOURS)
    await caller.stand(Status.REJECTED, "plot-search")


async def _pay_an_agent(caller: Caller) -> None:
    agent = await enrol(caller)
    await caller.walk(PLOT, code=SEARCH)
    await pay_at_the_agents(caller, agent)
    await bring(caller, "plot-search", Status.DONE, note="Kea leboha")


async def _pay_at_the_till(caller: Caller) -> None:
    """From the agents' menu, where a yes is written down, and a worker pays."""
    agent = await enrol(caller)
    await caller.walk(PLOT, code=SEARCH)
    for code in await bills(caller):
        before = len(await caller.texts(agent))
        answers: Answers = (("Nomoro ea tefo", code), ("Chelete eo", f"{TOTAL}0"), ("Amohela chelete?", "1"))
        await caller.agent(agent).walk(answers, code=TILL)
        await caller.told(RECEIPT, agent, before)
    await bring(caller, "plot-search", Status.DONE, note="Kea leboha")


async def _be_helped(caller: Caller) -> None:
    """An agent buys electricity in the name of a citizen, who says the code that came to their phone."""
    agent, told = await enrol(caller), []

    async def newest() -> str:
        """One that was not tried: whoever is cut off may ask for another. Where none comes, the last again."""
        codes: list[str] = []

        async def look() -> bool:
            codes[:] = [one[1] for text in await caller.texts() if (one := re.search("Khoutu ([0-9]{4}):", text))]
            return bool(set(codes) - set(told))

        try:
            await caller.land.until(look, "a code", CODE_SECONDS)
        except AssertionError:
            if not codes:
                raise
        told.append(codes[-1])
        return codes[-1]

    answers: Answers = (
        ("Thusa moahi", "3"),
        ("Moahi o lumela", "1"),
        ("Nomoro ea mohala", caller.number.removeprefix("+266")),
        ("Khoutu eo", newest),
        *METER[1:],
    )
    await caller.agent(agent, is_for_me=True).walk(answers, code=ASSIST)


async def _complain(caller: Caller) -> None:
    """Of a search that was paid for and lies on the clerks' list, with its receipt attached."""
    await caller.walk(PLOT, code=SEARCH)
    await pay_in_the_menu(caller)
    receipt = (await caller.told(RECEIPT))[1]
    answers: Answers = (
        ("Tletlebo. U", "1"), ("Lebitso kapa", "Ofisi ea mobu"), ("Ho etsahetse", "Ha ba arabe"), ("Na u na le", "1"),
        ("Kenya nomoro ea rasiti", receipt), ("Romela tletlebo", "1"),
    )  # fmt: skip
    await caller.walk(answers, code=COMPLAINT)
    assert (await attached(caller, "complaint"))["receipt"] == receipt
    await bring(caller, "complaint", Status.DONE, note="Ba tla araba")
    await listed(caller, "plot-search")


async def _renew_a_card(caller: Caller) -> None:
    """Who it is, by a one-time code that goes to the registered phone, whoever asks.

    An office forgets a code that was right: where nobody heard that it was, the page says to begin again. So does the
    citizen where it says that the code may be late, and none comes.
    """
    id = f"01234{caller.run:07}"

    async def newest() -> str:
        phone, pattern = f"+2665{id[-7:]}", "code is ([0-9]+)"
        await caller.told(pattern, phone, seconds=CODE_SECONDS)  # the office's text may come after our page
        codes = [one[1] for text in await caller.texts(phone) if (one := re.search(pattern, text))]
        return codes[-1]

    async def late() -> str:
        """The house does not know whether the office was asked, and asks it no second time."""
        try:
            return await newest()
        except AssertionError:
            return "0"

    answers: Answers = (("Nomoro ea ID?", id), ("Kenya linomoro", newest), ("Khoutu e", late))
    page = await caller.walk(answers, code=CARD)
    if not page.startswith("U netefalitsoe"):
        assert "Qala hape" in page, page
        await caller.walk(answers, code=CARD)


async def _register_late(caller: Caller) -> None:
    """Behind X-Road: a refusal, and then one that is done while its answer is lost."""
    born: Answers = (("Letsatsi la tsoalo?", "5/3/2026"), ("Ngolisa", "1"))
    await caller.walk((*born, ("ID ea", UNKNOWN)), code=LATE_BIRTH)
    await caller.land.pass_(0.0)
    await caller.land.knob("x-road", after="cut")
    before = _postponed(caller)
    await caller.walk((*born, ("ID ea", KNOWN)), code=LATE_BIRTH)
    await _until_postponed(caller, before)
    await caller.land.knob("x-road", after="answer")


async def _buy_units(caller: Caller) -> None:
    """Pushed by M-Pesa: the payer says no, and then yes."""
    await payer_will(caller, "decline")
    await caller.walk(PREPAID, code=UNITS)
    await caller.stand(Status.REJECTED, "units")
    await payer_will(caller, "accept")
    await caller.walk(PREPAID, code=UNITS)


DONE, REJECTED = (Status.DONE,), (Status.REJECTED,)
JOURNEYS = (
    Journey("electricity, pushed to a wallet", _buy, {"electricity": DONE}),
    Journey("a birth certificate", _register_a_birth, {"birth-certificate": DONE}),
    Journey("a consent and its withdrawal", _agree_and_take_it_back, {"birth-certificate": DONE}),
    Journey("a manual office, done, and a status by SMS", _search_a_deed, {"deed-search": DONE}),
    Journey("a manual office, rejected", _search_in_vain, {"deed-search": REJECTED}),
    Journey("a bill in the wallet's menu", _pay_in_the_menu, {"plot-search": DONE}),
    Journey("a bill from the payer's wallet", _pay_from_the_wallet, {"plot-search": DONE}),
    Journey("a bill that expires", _never_pay, {"plot-search": REJECTED}),
    Journey("a bill at an agent's", _pay_an_agent, {"plot-search": DONE}),
    Journey("a bill in the agents' menu", _pay_at_the_till, {"plot-search": DONE}),
    Journey("electricity by an agent's help", _be_helped, {"electricity": DONE}),
    Journey("a complaint with a receipt", _complain, {"plot-search": (Status.IN_PROGRESS,), "complaint": DONE}),
    Journey("a one-time code", _renew_a_card, {"card-renewal": DONE}),
    Journey("an office behind X-Road", _register_late, {"late-birth": (Status.DONE, Status.REJECTED)}),
    Journey("units, pushed by M-Pesa", _buy_units, {"units": (Status.DONE, Status.REJECTED)}),
)


async def _until_postponed(caller: Caller, before: int) -> None:
    """Until a worker has met what is wrong with an office, and waits; `before` that, so much was postponed."""

    async def look() -> bool:
        return await asyncio.to_thread(_postponed, caller) > before

    await caller.land.until(look, "a job to be postponed")


def _postponed(caller: Caller) -> int:
    return sum(one.step == "after DatabaseOutbox.postpone" for one in passed(caller.land.told.steps))
