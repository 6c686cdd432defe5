"""What a walk is: what is typed, what goes wrong on it, and what the citizen is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
READY = "Boemo: E se e lokile, Maseru"
DONE = "Boemo: Phethiloe"
AWAY = r"ha e arabe hona joale"

AGENT, AGENT_ID, COUNTER = "+26662123456", "012342123456", "*384*26601#"
"""Whom `mohala run` enrols in the sandbox country, their ID number, and what they dial."""
