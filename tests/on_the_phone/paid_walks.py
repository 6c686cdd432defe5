"""Walks on which something is paid."""

from __future__ import annotations

from tests.on_the_phone.walk import AWAY, BILL_CODE, DONE, NOTED, NUMBER, NUMBERED, REF, Walk


def passport_bill(task: str, slip: int, at: int, total: int, number: str) -> Walk:
    """A bill in whole maloti, of which 5 are the house's, that is paid at a service point for an application."""
    return Walk(
        task, ends=REF, slips={slip: "12"}, resumes=2, office="passports", at=at, sees="ha e so hlahlojoe",
        meanwhile=(rf"Lefa M{total}\.00 .* setsing ho fihlela [0-9/]+\. Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(rf"M{total - 5}\.00 le M5\.00 li amohetsoe .* Rasiti ", NOTED + number + NUMBERED),
        stands=DONE, filed=(("/passports/fees", number),),
    )  # fmt: skip


WALKS = (
    Walk(
        "Buy electricity", ends=REF + r"(?s:.*)PIN e botsoa", slips={2: "01234567898", 3: "5"}, resumes=2,
        office="electricity", at=4, sees="mitara ha e so hlahlojoe",
        receives=(r"M50\.00 motlakase, mitara 01234567897\. Token ([0-9]{4} ){5}\(27\.3 kWh\)\. Rasiti ",), stands=DONE,
        filed=(("/electricity/vends", "01234567897"), ("/m-pesa/transactions", NUMBER)), picture="electricity",
    ),
    Walk(
        "Buy electricity at a service point", ends=REF + r"\nFa setsi " + BILL_CODE + r" le M53\.00 ho fihlela [0-9/]+",
        slips={2: "05123456782", 3: "5"}, resumes=2, office="electricity", at=4, sees="ha e so hlahlojoe",
        meanwhile=(r"Lefa M53\.00 .* Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(
            r"M50\.00 le M3\.00 li amohetsoe .* Rasiti ",
            r"M50\.00 motlakase, mitara 05123456781\. Token ([0-9]{4} ){5}\(27\.3 kWh\)\. Ref ",
        ),
        stands=DONE, filed=(("/electricity/vends", "05123456781"),),
    ),
    Walk(
        "Pay the water account", ends=REF + r"(?s:.*)PIN e botsoa", slips={2: "12"}, resumes=2,
        office="water", at=5, sees="PIN e botsoa",
        receives=(r"M84\.00 metsi, ak'haonte 12345678\. Lirasiti: WASCO WR-[0-9]+, ea rona ",), stands=DONE,
        filed=(("/water/payments", "12345678"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk(
        "Look at the water account", ends=r"Mokoloto: M94\.50\nPele ho: [0-9/]+", slips={2: "12"}, resumes=2,
        office="water", at=2, sees="WASCO " + AWAY,
    ),
    Walk(
        "Pay tax", ends=REF + r"(?s:.*)PIN e botsoa", slips={2: "12345", 4: "5"}, resumes=2,
        office="tax", at=5, sees="ha e so hlahlojoe",
        receives=(r"M500\.00 lekhetho, Thekiso \(VAT\)\. 1234567:VAT\. Lirasiti: RSL TR-[0-9]+, ea rona ",),
        stands=DONE, filed=(("/tax/payments", "1234567"), ("/m-pesa/transactions", NUMBER)),
    ),
    passport_bill("Get the bill of a passport fee", slip=4, at=5, total=135, number="1234567"),
    passport_bill("Get the bill of a passport of 64 pages", slip=4, at=5, total=305, number="2345678"),
    passport_bill("Get the bill of an urgent passport", slip=5, at=6, total=635, number="3456789"),
    Walk(
        "Buy electricity by EcoCash", ends=REF + r"\nKa EcoCash: PIN e botsoa", slips={2: "01234567898", 3: "5"},
        resumes=2, office="electricity", at=4, sees="ha e so hlahlojoe",
        instead={"01234567897": "04123456784"},
        receives=(r"M50\.00 motlakase, mitara 04123456784\. Token ([0-9]{4} ){5}\(27\.3 kWh\)\. Rasiti ",), stands=DONE,
        filed=(("/electricity/vends", "04123456784"), ("/push-poll/transactions", NUMBER)),
    ),
    Walk(
        "Pay for water at a service point", ends=REF + r"\nFa setsi " + BILL_CODE + r" le M53\.00 ho fihlela [0-9/]+",
        slips={2: "12", 4: "85"}, resumes=2, office="water", at=6, sees=REF, instead={"100": "50"},
        meanwhile=(r"Lefa M53\.00 .* Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(
            r"M50\.00 le M3\.00 li amohetsoe .* Rasiti ",
            r"M50\.00 metsi, ak'haonte 12345678\. Rasiti ea WASCO WR-[0-9]+\. Ref ",
        ),
        stands=DONE, filed=(("/water/payments", "12345678"),),
    ),
    Walk(
        "Pay tax at a service point", ends=REF + r"\nFa setsi " + BILL_CODE + r" le M503\.00 ho fihlela [0-9/]+",
        slips={2: "12345", 4: "5"}, resumes=2, office="tax", at=5, sees="ha e so hlahlojoe",
        meanwhile=(r"Lefa M503\.00 .* Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(
            r"M500\.00 le M3\.00 li amohetsoe .* Rasiti ",
            r"M500\.00 lekhetho, Thekiso \(VAT\)\. 1234567:VAT\. Rasiti ea RSL TR-[0-9]+\. Ref ",
        ),
        stands=DONE, filed=(("/tax/payments", "1234567"),),
    ),
    Walk(
        "Pay for a lost passport", ends=REF + r"\nKa M-Pesa: PIN e botsoa", slips={5: "12"}, resumes=2,
        office="passports", at=6, sees="ha e so hlahlojoe",
        receives=(r"M430\.00 pasa, kopo 4567890\. Lirasiti: ofisi PF-[0-9]+, ea rona ",), stands=DONE,
        filed=(("/passports/fees", "4567890"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk(
        "Pay for a child's passport", ends=REF + r"\nKa M-Pesa: PIN e botsoa", slips={4: "12"}, resumes=2,
        office="passports", at=5, sees="ha e so hlahlojoe",
        receives=(r"M130\.00 pasa, kopo 5678901\. Lirasiti: ofisi PF-[0-9]+, ea rona ",), stands=DONE,
        filed=(("/passports/fees", "5678901"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk("See a fee that waits", ends=r"M135\.00\nNomoro ea tefo: " + BILL_CODE, before="bill"),
    Walk(
        "Pay a fee that waits from a wallet", ends="wallet e botsa PIN", before="bill", office="m-pesa", at=5,
        sees="wallet e botsa PIN",
        receives=(r"M130\.00 le M5\.00 li amohetsoe ka M-Pesa\. Rasiti ", NOTED + "7654321" + NUMBERED),
        filed=(("/passports/fees", "7654321"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk(
        "Get a receipt again", ends="Rasiti e romeloa mohaleng ona", before="token", office="sms", at=2,
        sees="Rasiti e romeloa", receives=(r"Token .* Ref ", r"Token .* Ref "), repeats=True,
    ),
)  # fmt: skip
