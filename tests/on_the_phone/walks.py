"""Every task of the shipped pack as a walk: what is typed, what goes wrong on it, and what the citizen is promised.

Each is a task of docs/tasks.md, typed as its recorded conversation has it unless the walk says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import Verb
from app.authoring.measuring import start_of
from tests.lands import ROOT

CONVERSATIONS = ROOT / "tests" / "conversations"
CODE, DAY, ID, REFERENCE, NUMBER = "CODE", "DAY", "ID", "REFERENCE", "NUMBER"
BILL, MANDATE = "BILL", "MANDATE"
"""In the place of an input: the code that was texted, a day to come, the caller's ID number, the reference of what was
filed before (or on this walk), the caller's own number; what a bill is paid by, and what a citizen tells an agent."""
RECORDED = {"246810": CODE, "07/12/2026": DAY, "012345678901": ID}
"""What stands for them in the recorded conversations."""
REF = r"Ref:? ?([0-9A-Z]{4}-[0-9A-Z]{5})"


@dataclass(frozen=True, slots=True)
class Clerk:
    """An office of people: the SMS once the promised day is over, what a clerk then does, and the SMS about that."""

    office: str
    late: str
    status: str
    filled: Mapping[str, str]
    told: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One task, typed as its conversation has it. Places count what is typed after the dial, from 0.

    `slips`: a wrong input at a question, by the place of the right one. From `resumes` on a dialogue whose line fell is
    offered again; None: it begins anew. `office` is a knob of the sandbox, turned before the input at `at`; then the
    citizen `sees` a page. `meanwhile` are SMS that come before the office is back (no sooner than `away` seconds),
    `receives` those afterwards. `agrees` is the place of a consent, which is not asked for again. `stands` is what the
    status says in the end. `filed`: a list of the sandbox, and what stands in exactly one new row. `before` was done
    already, `instead` of what the recorded conversation types, something else is; `pays` the bill that came.
    An agent has a `number` and dials a `code` of their own; the `citizen` beside them `hears` by SMS what came of it.
    `decided` is the SMS after the registry has made what was applied for.
    """

    task: str
    typed: tuple[str, ...] = ()
    ends: str = ""
    slips: Mapping[int, str] = field(default_factory=dict)
    resumes: int | None = None
    office: str = ""
    at: int = 0
    sees: str = ""
    meanwhile: tuple[str, ...] = ()
    receives: tuple[str, ...] = ()
    stands: str = ""
    filed: tuple[tuple[str, str], ...] = ()
    clerk: Clerk | None = None
    before: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    away: float = 6.0
    pays: bool = False
    repeats: bool = False
    agrees: int | None = None
    picture: str = ""
    code: str = "*384*26600#"
    number: str = ""
    citizen: str = ""
    hears: tuple[str, ...] = ()
    decided: str = ""


def ready(office: str, what: str) -> Clerk:
    told = rf"{what} [^:]*: u ka tla\. Maseru Tlo le ID"
    return Clerk(office, rf"{what} .* e lieha", "ready", {"where": "Maseru", "note": "Tlo le ID"}, told)


COMPLAINTS = Clerk(
    "complaints", "tletlebo .* e lieha", "done", {"note": "Re hlahlobile"}, r"e phethiloe\. Re hlahlobile"
)
NOTED, NUMBERED = "amohetse tefo ea kopo ", r"\. Nomoro ea bona: PF-[0-9]+"
BILL_CODE = "[0-9A-Z]{5}-[0-9A-Z]{5}"
REFERENCE_CODE = "[0-9A-Z]{4}-[0-9A-Z]{5}"
READY = "Boemo: E se e lokile Maseru"
DONE = "Boemo: Phethiloe"
AWAY = r"ha e arabe hona joale"

AGENT, AGENT_ID, COUNTER = "+26662123456", "012342123456", "*384*26601#"
"""Whom `mohala run` enrols in the sandbox country, their ID number, and what they dial."""

WALKS = (
    # Paid.
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
        "Pay the water account", ends=REF + r"(?s:.*)PIN e botsoa", slips={2: "12", 4: "85"}, resumes=2,
        office="water", at=6, sees="PIN e botsoa", instead={"100": "50"},
        receives=(r"M50\.00 metsi, ak'haonte 12345678\. Lirasiti: WASCO WR-[0-9]+, ea rona ",), stands=DONE,
        filed=(("/water/payments", "12345678"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk(
        "Look at the water account", ends=r"Mokoloto: M94\.50\nHo fihlela [0-9/]+", slips={2: "12"}, resumes=2,
        office="water", at=2, sees="WASCO " + AWAY,
    ),
    Walk(
        "Pay tax", ends=REF + r"(?s:.*)PIN e botsoa", slips={2: "12345", 4: "5"}, resumes=2,
        office="tax", at=5, sees="ha e so hlahlojoe",
        receives=(r"M500\.00 lekhetho, Thekiso \(VAT\)\. 1234567:VAT\. Lirasiti: RSL TR-[0-9]+, ea rona ",),
        stands=DONE, filed=(("/tax/payments", "1234567"), ("/m-pesa/transactions", NUMBER)),
    ),
    Walk(
        "Get the bill of a passport fee", ends=REF, slips={4: "12"}, resumes=2, office="passports", at=5,
        sees="ha e so hlahlojoe",
        meanwhile=(r"Lefa M135\.00 .* setsing ho fihlela [0-9/]+\. Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(r"M130\.00 le M5\.00 li amohetsoe .* Rasiti ", NOTED + "1234567" + NUMBERED),
        stands=DONE, filed=(("/passports/fees", "1234567"),),
    ),
    Walk(
        "Get the bill of a passport of 64 pages", ends=REF, slips={4: "12"}, resumes=2,
        office="passports", at=5, sees="ha e so hlahlojoe",
        meanwhile=(r"Lefa M305\.00 .* setsing ho fihlela [0-9/]+\. Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(r"M300\.00 le M5\.00 li amohetsoe .* Rasiti ", NOTED + "2345678" + NUMBERED),
        stands=DONE, filed=(("/passports/fees", "2345678"),),
    ),
    Walk(
        "Get the bill of an urgent passport", ends=REF, slips={5: "12"}, resumes=2,
        office="passports", at=6, sees="ha e so hlahlojoe",
        meanwhile=(r"Lefa M635\.00 .* setsing ho fihlela [0-9/]+\. Nomoro ea tefo: " + BILL_CODE,), pays=True,
        receives=(r"M630\.00 le M5\.00 li amohetsoe .* Rasiti ", NOTED + "3456789" + NUMBERED),
        stands=DONE, filed=(("/passports/fees", "3456789"),),
    ),
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
        "Ask how an application stands", ends="Boemo: E ntse e sebetsoa", slips={1: "7K4M-2PXQ9"}, before="birth",
        office="civil-registry", at=1, sees="Ofisi ha e so arabe. SMS e tla hang",
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
    # The caller's own.
    Walk("See one's applications", ends=REFERENCE_CODE + " .*Pasa", before="bill"),
    Walk("See one's payments", ends=r"Motlakase M50\.00, [0-9/]+", before="token"),
    Walk("See what is kept of one's number", ends="Ha ho letho le fetotsoeng", before="bill"),
    Walk(
        "Ask to be forgotten", ends="Motho o tla letsetsa nomoro ena pele ho [0-9/]+", office="sms", at=4,
        sees="Kopo e amohetsoe", receives=("hlakola litaba tsa nomoro ena e amohetsoe. .* pele ho ",),
    ),
    Walk(
        "Ask for warnings of the weather", agrees=3, ends="temoso e fihla: Leholimo, Maseru", office="sms",
        at=5, sees="U tla fumana SMS hang", receives=("u tla tsebisoa ka SMS: Leholimo, Maseru",),
    ),
    Walk(
        "Ask for news of farm inputs", ends="temoso e fihla: Manyolo le peo, Maseru",
        agrees=3, office="sms", at=5, sees="U tla fumana SMS hang",
        receives=("u tla tsebisoa ka SMS: Manyolo le peo, Maseru",),
    ),
    Walk(
        "End warnings", ends="E emisitsoe", before="warned", office="sms", at=4, sees="E emisitsoe hona joale",
        receives=("temoso eo u e khethileng e emisitsoe",),
    ),
    Walk("Choose Sesotho", ends="Lumela! English: 8"),
    # Told from the files of the pack.
    Walk("See what a passport costs", ends=r"Pasa ka potlako, 32: M[0-9]+\.00", resumes=2),
    Walk("See the weather", ends="Maseru: ha ho ponelopele mona hona joale. Sheba hape hosasane"),
    Walk("Find a hospital", ends=r"Scott\nMorija\. "),
    Walk("Find a service point and its prices", ends="Setsi 020, tefo "),
    Walk("Talk to a person", ends="BOEMO le nomoro ea kopo"),
    Walk("See how a company is registered", ends="Tla le: ", resumes=3),
    Walk("See what to bring for a birth", ends="Tla le: "),
    Walk("See what to bring for a death", ends="Tla le: ", resumes=3),
    Walk("See what to bring for an ID card", ends="Tla le: ", resumes=2),
    Walk("See what to bring for a passport", ends="Tla le: ", resumes=2),
    Walk("See what to bring for a business licence", ends="Tla le: ", resumes=3),
    Walk("See what to bring for a learner's licence", ends="Tla le: "),
    Walk("See what to bring for a number plate", ends="Tla le: seo ofisi e u joetsang"),
    Walk("See what an ID card costs", ends="Botsa|Tefiso", resumes=2),
    Walk("See what registering a business costs", ends="Botsa pele", resumes=3),
    Walk("See what number plates cost", ends="Botsa pele"),
    Walk("See what the state pays of farm inputs", ends="'Muso o lefa"),
    Walk("See where farm inputs are sold", ends="Sehoai: mekotla e 5"),
    # What agents do at the counter.
    Walk(
        "Pay a bill at an agent's", ends=r"M135\.00: e ntse e lefuoa", slips={1: "x", 2: "130"},
        office="passports", at=3, sees="e ntse e lefuoa", before="bill", number=AGENT, code=COUNTER,
        citizen="+26655390001", receives=(BILL_CODE + r" M135\.00 e lefiloe\. Rasiti ",),
        hears=(r"M130\.00\+ts'ebeletso M5\.00, .*moemeli DEMO\. Ref ", NOTED + "7654321" + NUMBERED),
        filed=(("/passports/fees", "7654321"),),
    ),
    Walk(
        "Take the money for electricity at an agent's", ends=r"M53\.00: e ntse e lefuoa", slips={1: "x", 2: "50"},
        office="electricity", at=3, sees="e ntse e lefuoa", before="electricity_bill", number=AGENT,
        code=COUNTER, citizen="+26655390002", receives=(BILL_CODE + r" M53\.00 e lefiloe\. Rasiti ",),
        hears=(
            r"M50\.00\+ts'ebeletso M3\.00, .*moemeli DEMO\. Ref ",
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


def walks() -> tuple[Walk, ...]:
    """All of them; those that do not say what is typed do as their conversations."""
    recorded = recorded_tasks()
    return tuple(walk if walk.typed else replace(walk, typed=_typed(walk, recorded[walk.task])) for walk in WALKS)


def _typed(walk: Walk, recorded: Sequence[str]) -> tuple[str, ...]:
    return tuple(walk.instead.get(text, RECORDED.get(text, text)) for text in recorded)


def recorded_tasks() -> Mapping[str, Sequence[str]]:
    """What is typed after the last dial, by the title of a task; what was captured by its name in capitals."""
    told: dict[str, Sequence[str]] = {}
    for one in read_files(sorted(CONVERSATIONS.glob("tasks*.yaml"))):
        if one.task is not None:
            actions = [turn.action for turn in one.turns[start_of(one) :] if turn.action is not None]
            typed = [action.text for action in actions if action.verb is Verb.TYPES]
            told[one.task.title] = [text.fill({name: name.upper() for name in text.names}) for text in typed]
    return told
