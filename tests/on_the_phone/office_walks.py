"""Walks to an office: what is applied for, reported or asked at once."""

from __future__ import annotations

from tests.on_the_phone.walk import AWAY, COMPLAINTS, DONE, READY, REF, REFERENCE, Walk, ready

WALKS = (
    # Applied for and reported.
    Walk(
        "Apply for a birth certificate", ends=REF, slips={5: "31/02/2026", 7: "12345"}, resumes=4,
        office="civil-registry", at=7, sees="U mang ho ngoana", meanwhile=("lengolo la tsoalo e amohetsoe",), away=12.0,
        receives=("e se e fihlile ofising ea tsoalo .* CR-2026-[0-9]+",), stands=READY,
        decided="lengolo la tsoalo, kopo .*, le loketse ho nkuoa: Maseru",
        filed=(("/civil-registry/applications", REFERENCE),), picture="birth",
    ),
    Walk(
        "Report a death", ends=REF, slips={5: "1234", 6: "31/02/2026"}, resumes=3, office="x-road", at=5,
        sees="Letsatsi la lefu", meanwhile=("tsebiso ea lefu e amohetsoe",),
        clerk=ready("registry-desk", "tsebiso ea lefu"), stands=READY,
    ),
    Walk(
        "Ask for a day for an ID card", ends=REF, slips={5: "01/01/2020"}, resumes=2,
        meanwhile=("kopo ea letsatsi la ID e amohetsoe",), clerk=ready("registry-desk", "letsatsi la ID"), stands=READY,
    ),
    Walk(
        "Ask for a day for a passport", ends=REF, slips={5: "32/12/2026"}, resumes=2,
        meanwhile=("kopo ea letsatsi la pasa e amohetsoe",), clerk=ready("passport-desk", "letsatsi la pasa"),
        stands=READY,
    ),
    Walk(
        "Ask to renew a business licence", ends=REF, slips={4: "12"}, resumes=3,
        meanwhile=("kopo ea nchafatso e amohetsoe",), clerk=ready("business-desk", "nchafatso"), stands=READY,
    ),
    Walk(
        "Ask to register a business", ends=REF, slips={6: "x", 8: "12"}, resumes=4,
        meanwhile=("kopo ea ho ngolisa khoebo e amohetsoe",), clerk=ready("business-desk", "ho ngolisa khoebo"),
        stands=READY,
    ),
    Walk(
        "Ask for a caretaker", ends=REF, slips={3: "12345", 5: "12345", 6: "123"}, resumes=1, office="identity", at=5,
        sees="Ofisi ea ID " + AWAY, meanwhile=("kopo ea mohlokomeli e amohetsoe",),
        clerk=ready("social-desk", "mohlokomeli"), stands=READY,
    ),
    Walk(
        "Complain", ends=REF, slips={3: "x", 4: "x"}, instead={"Took too much": "O nkile chelete e ngata"},
        meanwhile=("tletlebo ea hao e amohetsoe",), clerk=COMPLAINTS, stands=DONE,
    ),
    Walk(
        "Complain with a receipt", ends=REF,
        slips={3: "x", 4: "x", 6: "12"}, before="token", meanwhile=("tletlebo ea hao e amohetsoe",), clerk=COMPLAINTS,
        stands=DONE,
    ),
    # Asked at once.
    Walk(
        "Ask how an application stands", ends="Boemo: E ntse e sebetsoa", before="birth",
        office="civil-registry", at=2, sees="Ofisi ha e so arabe. SMS e tla hang",
        receives=("Boemo: E ntse e sebetsoa",),
    ),
    Walk(
        "Ask how an application stands, by its number", ends="Boemo: E ntse e sebetsoa", slips={2: "7K4M-2PXQ9"},
        before="birth", office="civil-registry", at=2, sees="Ofisi ha e so arabe. SMS e tla hang",
        receives=("Boemo: E ntse e sebetsoa",),
    ),
    Walk(
        "See whether a pension was paid", ends=r"Penchele: M950\.00 e lefiloe [0-9/]+", slips={2: "12345", 4: "12345"},
        resumes=1, office="social-development", at=4, sees=AWAY, picture="pension",
    ),
    Walk(
        "See whether a child grant was paid", ends=r"M600\.00 e lefiloe [0-9/]+", slips={2: "12345", 4: "12345"},
        resumes=1, office="grants", at=4, sees=AWAY,
    ),
    Walk(
        "See whether public assistance was paid", ends=r"M750\.00 e lefiloe [0-9/]+",
        slips={2: "12345", 4: "x"}, resumes=1, office="grants", at=4, sees=AWAY,
    ),
    Walk(
        "See when proof of life is due", ends="hlokahala pele ho [0-9/]+", slips={3: "12345", 5: "12345"}, resumes=1,
        office="social-development", at=5, sees=AWAY,
    ),
    Walk(
        "See whether an ID card is ready", ends="kopo 1234564: E se e lokile", slips={2: "12"}, resumes=2,
        office="id-cards", at=2, sees=AWAY,
    ),
    Walk(
        "See whether a passport is ready", ends="kopo 1234564: E se e lokile", slips={3: "12"}, resumes=2,
        office="passports", at=3, sees=AWAY,
    ),
    Walk(
        "Check that a birth is registered", ends=r"2023BLINEO1 e ngolisitsoe\.\n.*05/03/2023", slips={3: "x"},
        office="opencrvs", at=3, sees=AWAY,
    ),
    Walk(
        "Check that a death is registered", ends=r"le ngolisitsoe\.\n.*02/11/2025", slips={4: "x"},
        resumes=3, office="opencrvs", at=4, sees=AWAY,
    ),
    Walk(
        "See how a business licence stands", ends=r"1234563\nBoemo: E ntse e sebetsa\nHo fihlela: ", slips={4: "12"},
        resumes=3, office="business", at=4, sees=AWAY,
    ),
    Walk(
        "See how a driving licence stands", ends=r"1234563\nBoemo: E ntse e sebetsa\nHo fihlela: ", slips={4: "12"},
        office="traffic", at=4, sees=AWAY,
    ),
    Walk(
        "See how a number plate stands", ends=r"A1234\nBoemo: E ntse e sebetsa\nHo fihlela: ", slips={4: "1234A"},
        office="traffic", at=4, sees=AWAY,
    ),
    Walk(
        "See how a farm voucher stands", ends="AB121234\n.*\ne emetse ho lokolloa", slips={3: "AB12"},
        office="farm-inputs", at=3, sees=AWAY,
    ),
)  # fmt: skip
