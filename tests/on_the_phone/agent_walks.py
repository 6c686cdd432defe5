"""Walks of agents at the counter."""

from __future__ import annotations

from tests.on_the_phone.walk import AGENT, AGENT_ID, BILL_CODE, COUNTER, NOTED, NUMBERED, REF, Walk

WALKS = (
    Walk(
        "Pay a bill at an agent's", ends=r"M135\.00: e ntse e lefuoa", slips={1: "x", 2: "130"},
        office="passports", at=3, sees="e ntse e lefuoa", before="bill", number=AGENT, code=COUNTER,
        citizen="+26655390001", receives=(BILL_CODE + r" M135\.00 e lefiloe\. Rasiti ",),
        hears=(r"=M130\.00\+M5\.00 ho .*moemeli DEMO\. Rasiti ", NOTED + "7654321" + NUMBERED),
        filed=(("/passports/fees", "7654321"),),
    ),
    Walk(
        "Take the money for electricity at an agent's", ends=r"M53\.00: e ntse e lefuoa", slips={1: "x", 2: "50"},
        office="electricity", at=3, sees="e ntse e lefuoa", before="electricity_bill", number=AGENT,
        code=COUNTER, citizen="+26655390002", receives=(BILL_CODE + r" M53\.00 e lefiloe\. Rasiti ",),
        hears=(
            r"=M50\.00\+M3\.00 ho .*moemeli DEMO\. Rasiti ",
            r"M50\.00 motlakase, mitara 04123456784\. Token ([0-9]{4} ){5}",
        ),
        filed=(("/electricity/vends", "04123456784"),),
    ),
    Walk(
        "Redeem a farm voucher at an agent's", ends=REF + r"\nOfisi e botsitsoe",
        slips={2: "MAIZ", 3: "x"}, office="farm-inputs", at=4, sees="Ofisi e botsitsoe", number=AGENT, code=COUNTER,
        citizen="+26650101235", receives=("Voucher MAIZ1235 e lokolotsoe: .*E fane ho mong'a eona. Ref ",),
        hears=("voucher ea hao MAIZ1235 e lokolotsoe: ",), filed=(("/farm-inputs/redemptions", "MAIZ1235"),),
    ),
    Walk(
        "Attest a proof of life at an agent's", ends=REF + r"\nOfisi e botsitsoe", slips={2: "12345"},
        office="pensions", at=3, sees="Ofisi e botsitsoe", number=AGENT, code=COUNTER, citizen="+26650203456",
        receives=("Bopaki ba bophelo ba [0-9]{4} bo amohetsoe. Ref ",), hears=("o pakile hore u ntse u phela",),
        filed=(("/pensions/proofs", AGENT_ID),),
    ),
    Walk(
        "Have an agent apply for a birth certificate", instead={"50123456": "55390003"},
        ends=REF, slips={2: "123", 3: "x", 5: "31/02/2026"},
        office="civil-registry", at=7, sees="U mang ho ngoana", number=AGENT, code="*384*26614#", away=12.0,
        citizen="+26655390003", hears=("o u rometse kopo: Lengolo la tsoalo. Ref ", "e se e fihlile ofising ea tsoalo"),
        filed=(("/civil-registry/applications", AGENT_ID),),
    ),
)  # fmt: skip
