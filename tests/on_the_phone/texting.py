"""Tasks that are done by SMS alone: a wrong text, the right one twice, the SMS centre away while the answer is due."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from tests.on_the_phone.handset import Handset
from tests.on_the_phone.land import FAULTS, SMS_CENTRE, Land
from tests.on_the_phone.told import Told
from tests.on_the_phone.walk import AGENT, REFERENCE

FARMER = "+26650105678"
"""Whose voucher it is, as the sandbox's office makes numbers of vouchers."""
AWAY_SECONDS = 4.0
QUIET_SECONDS = 1.5
"""Long enough for a second answer, if there were one."""


@dataclass(frozen=True, slots=True)
class ByText:
    """`wrong` is answered by a `remark`, `right` by an SMS like `answer`; one like `told` goes `to` another number."""

    task: str
    wrong: str
    remark: str
    right: str
    answer: str
    before: str = ""
    number: str = ""
    office: str = SMS_CENTRE
    to: str = ""
    told: str = ""
    filed: tuple[str, str] = ("", "")


TEXTS = (
    ByText(
        "Ask how an application stands, by SMS", "BOEMO 7K4M-2PXQ9", "Nomoro ea kopo e fosahetse",
        f"BOEMO {REFERENCE}", "Boemo: E ntse e sebetsoa", before="birth",
    ),
    ByText(
        "Find a service point, by SMS", "SEBAKA Atlantis", "Ha re fumane setsi", "SEBAKA Leribe",
        r"Leribe: .*\nSEBAKA nomoro",
    ),
    ByText(
        "Ask what a service point charges, by SMS", "TEFISO Atlantis", "Ha re fumane setsi", "TEFISO 014", "Setsi 014",
    ),
    ByText(
        "Complain by SMS", "TLETLEBO x", "Ha rea utloisisa", "TLETLEBO 014 O nkile chelete e ngata",
        "tletlebo e amohetsoe. Ref ",
    ),
    ByText(
        "End all warnings, by SMS", "KHAOTSO", "romela ho 26600: BOEMO", "KHAOTSA", "tumello ea hao e hlakotsoe",
        before="warned",
    ),
    ByText(
        "Redeem a farm voucher at an agent's, by SMS", "LOKOLLA MAIZ5678 1111", "linomoro tsa ID li fosahetse",
        "LOKOLLA MAIZ5678 8765", r"Voucher MAIZ5678 e lokolotsoe: .*E fane ho mong'a eona", number=AGENT,
        office="farm-inputs", to=FARMER, told="voucher ea hao MAIZ5678 e lokolotsoe",
        filed=("/farm-inputs/redemptions", "MAIZ5678"),
    ),
)  # fmt: skip


async def texted(text: ByText, handset: Handset, land: Land) -> Told:
    """One of them, on a phone that is switched on."""
    told = Told(text.task)
    values = await land.before(text.before, handset.number)
    right = text.right.replace(REFERENCE, values.get(REFERENCE, ""))
    await handset.texts(text.wrong)
    told.wrong.append((text.wrong, await handset.receives(text.remark)))
    async with land.alone(text.office):
        await land.ill(text.office, "down")
        told.late = f"`{text.office}` {FAULTS['down'][1]}"
        before = len(await handset.inbox())
        await handset.texts_twice(right)
        told.fell = "no line: the text arrived twice, and was answered once"
        await asyncio.sleep(AWAY_SECONDS)
        since = (await handset.inbox())[before:]
        assert not [one for one in since if re.search(text.answer, one)], "told before the office was back"
        told.seen = since[-1] if since else "no SMS yet"
    told.end = await handset.receives(text.answer)
    if text.to:
        await land.texted(text.to, text.told)
    if text.filed[0]:
        assert await land.rows(*text.filed) == 1, "done exactly once"
    await asyncio.sleep(QUIET_SECONDS)
    told.texts = [one for one in await handset.inbox() if one.startswith(("Mohala", "Voucher"))]
    for one in await handset.inbox():
        handset.tongue.check(one)
    assert len(set(told.texts)) == len(told.texts), f"a text came twice: {told.texts}"
    return told
