"""What the house says to agents, and to citizens of what agents did: phrases of the pack that name values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.agency import AgentNumber, Holdings, Proposal, ProposalKind
from app.bill_code import SHOWN_LENGTH
from app.engine.program import Declared, Program
from app.engine.rendering import show
from app.messages import Job, Priority, SmsKind
from app.reference import LENGTH
from app.values.rules import ValueType
from app.values.text import fill, slots, sms_parts

_AMOUNT = Declared(ValueType.AMOUNT, 10, {})
NAMES: Mapping[str, Declared] = {
    "agent": Declared(ValueType.TEXT, 6, {}),
    "bill": Declared(ValueType.TEXT, SHOWN_LENGTH, {}),
    "charge": Declared(ValueType.AMOUNT, 6, {}),
    "citizen": Declared(ValueType.TEXT, 10, {}),
    "code": Declared(ValueType.TEXT, 4, {}),
    "commission": Declared(ValueType.AMOUNT, 8, {}),
    "count": Declared(ValueType.NUMBER, 4, {}),
    "fee": _AMOUNT,
    "float": _AMOUNT,
    "month": Declared(ValueType.TEXT, 7, {}),
    "number": Declared(ValueType.TEXT, 10, {}),
    "paid": _AMOUNT,
    "point": Declared(ValueType.TEXT, 20, {}),
    "reference": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
    "receipt": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
    "service": Declared(ValueType.TEXT, 24, {}),
    "total": _AMOUNT,
    "until": Declared(ValueType.TEXT, 16, {}),
}
AGENT_PHRASES: Mapping[str, frozenset[str]] = {
    "agent_confirm": frozenset({"bill", "total", "citizen", "code"}),
    "agent_paid": frozenset({"bill", "total", "receipt", "commission", "float"}),
    "agent_amount": frozenset({"bill", "total", "paid"}),
    "agent_settled": frozenset({"bill"}),
    "agent_over": frozenset({"bill"}),
    "agent_under_way": frozenset({"bill"}),
    "agent_unknown": frozenset(),
    "agent_own": frozenset(),
    "agent_elsewhere": frozenset({"service", "point"}),
    "agent_short": frozenset({"total", "float"}),
    "agent_full": frozenset(),
    "agent_wrong": frozenset(),
    "agent_blocked": frozenset(),
    "agent_dropped": frozenset(),
    "agent_back": frozenset({"bill", "total", "float"}),
    "agent_asked": frozenset({"bill"}),
    "agent_kept": frozenset({"bill"}),
    "agent_joined": frozenset({"agent", "number", "until"}),
    "agent_left": frozenset({"agent", "number"}),
    "agent_float": frozenset({"float", "commission"}),
    "agent_topped": frozenset({"total", "reference", "float"}),
    "agent_paid_out": frozenset({"total", "reference", "float", "commission"}),
    "agent_today": frozenset({"count", "total", "commission"}),
    "agent_month": frozenset({"month", "count", "total", "commission", "float"}),
    "agent_help": frozenset(),
    "agent_enrolled": frozenset({"agent", "until"}),
    "agent_waits": frozenset({"until"}),
    "agent_suspended": frozenset({"agent"}),
    "agent_receipt": frozenset({"service", "reference", "total", "fee", "charge", "point", "agent", "receipt", "bill"}),
    "agent_returned": frozenset({"total", "bill", "agent"}),
    "callback_question": frozenset({"total", "point"}),
    "callback_yes": frozenset(),
    "callback_no": frozenset({"receipt"}),
}
"""What the house says besides, in a pack with words for agents, and what each may name. The last five go to
citizens."""

FULL = "_full"
AGENT_CHOICES: Mapping[str, frozenset[str]] = {f"agent_receipt{FULL}": AGENT_PHRASES["agent_receipt"]}
"""What a pack may say in the place of a phrase wherever that is one SMS: it tells more, and can be too long."""

MANDATE_TEXTS: Mapping[str, frozenset[str]] = {
    "mandate_code": frozenset({"agent", "point", "service", "code"}),
    "mandate_sheet": frozenset({"agent", "point", "service"}),
    "mandate_filed": frozenset({"agent", "point", "service", "reference"}),
}
"""What citizens are texted besides, in a pack with programs that agents start for them, and what each may name."""

AGENT_MENU_TEXTS: Mapping[str, frozenset[str]] = {
    "agent_late": frozenset(),
    "agent_sent": frozenset({"service", "reference"}),
    "agent_tried": frozenset(),
}
"""What agents are texted besides, in a pack with services of kind `agent` or such as they attest: nothing was paid, for
what they said yes to does not wait any more; an office is asked; no more tries today."""


def money_text(program: Program, proposal: Proposal, language: str, held: Holdings) -> str:
    """What an agent is told when two clerks moved money; empty: they moved none."""
    if proposal.kind is ProposalKind.CAPS:
        return ""
    phrase = "agent_topped" if proposal.kind is ProposalKind.TOP_UP else "agent_paid_out"
    return say(
        program, phrase, language, total=str(proposal.amount_minor), reference=proposal.id,
        float=str(held.float_minor), commission=str(held.commission_minor),
    )  # fmt: skip


def money_jobs(
    program: Program, proposal: Proposal, spoken: Sequence[tuple[AgentNumber, str]], held: Holdings
) -> tuple[Job, ...]:
    """The texts of it, to each of an agent's numbers in its language. They hear from us, and not from whoever took the
    money to the bank.
    """
    at = proposal.decided_at
    texts = [(one, money_text(program, proposal, language, held)) for one, language in spoken]
    return tuple(
        Job(f"agent-money:{proposal.id}:{one.id}", "text",
            {"aggregator": "", "to": one.msisdn, "text": text, "sms": SmsKind.AGENT.value}, at, Priority.LOW)
        for one, text in texts if text and at is not None
    )  # fmt: skip


def say_fitting(program: Program, phrase: str, language: str, **values: str) -> str:
    """As `say`, in the phrase's full wording if the pack has one and that is one SMS."""
    if f"{phrase}{FULL}" in program.phrases:
        text = say(program, f"{phrase}{FULL}", language, **values)
        if sms_parts(text) == 1:
            return text
    return say(program, phrase, language, **values)


def say(program: Program, phrase: str, language: str, **values: str) -> str:
    """A phrase with its values: amounts in minor units, references in their canonical form."""
    template = program.phrases[phrase][program.language_or_base(language)]
    language = program.language_or_base(language)
    shown = {
        slot: show(program, NAMES[slot.name], values[slot.name], language, slot.format) for slot in slots(template)
    }
    return fill(template, shown)
