"""What each column of the database is, and how long it stays: the page that no new table gets past.

A test holds it against the tables, the sweep and the proof go by it, and the processing register is printed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Nature(StrEnum):
    TECHNICAL = "technical"  # ids, versions, states and moments of the house; names nobody
    LOOKUP = "lookup"  # a keyed hash of a number or a dialogue: tells who only to whoever has the key and the number
    SEALED = "sealed"  # a citizen's data, sealed
    STAFF = "staff"  # who works here: clerks, operators
    PUBLISHED = "published"  # menus, for everybody to read


@dataclass(frozen=True, slots=True)
class Table:
    """`stays` says for how long what names a citizen is there; empty if nothing does. `{language_days}` and
    `{messages_days}` are the pack's, `{silenced_days}` the house's.
    """

    holds: str
    stays: str
    columns: Mapping[str, Nature]


def _table(holds: str, stays: str = "", **columns: str) -> Table:
    named = {name: Nature(nature) for nature, names in columns.items() for name in names.split()}
    return Table(holds, stays, named)


TABLES: Mapping[str, Table] = {
    "requests": _table(
        "requests: number, answers, results",
        "each field for the days of its class, all of it for those of its purpose, from the end of the request",
        technical="id reference service language status reason stage filed_at changed_at version look_at forget_at "
        "rules mandate",
        lookup="number_hash",
        sealed="msisdn answers results",
    ),
    "request_history": _table(
        "how each request went", technical="id request_id status stage reason at evidence"
    ),
    "jobs": _table(
        "work and texts that are to be sent",
        "until done; what was set aside for a person, {messages_days} days",
        technical="id kind state due_at attempts lease lease_until reason ended_at added_at priority slot_at lapses",
        lookup="number_hash",
        sealed="payload",
    ),
    "preferences": _table(
        "the language that was chosen",
        "{language_days} days from when it was chosen",
        lookup="number_hash",
        technical="language changed_at",
    ),
    "tallies": _table(
        "what a number did in a day, as counts", "two days", lookup="number_hash", technical="name day count"
    ),
    "sms": _table(
        "what became of an SMS: no text",
        "{messages_days} days",
        lookup="number_hash",
        technical="aggregator message_id job_id status raw reason sent_at changed_at kind parts",
    ),
    "sms_spent": _table("what texts cost, all together", technical="since kind parts"),
    "silenced": _table(
        "numbers that no text reaches", "{silenced_days} days", lookup="number_hash", technical="reason at"
    ),
    "rates": _table("when an office may be asked again", technical="name next_at"),
    "doors": _table(
        "which offices are away, as workers meet them", technical="process office state since away_until seen_at"
    ),
    "menu_versions": _table("published menus", published="version pack sources kept_at"),
    "publications": _table("who published which menus", published="number version act at note numbers", staff="by"),
    "openings": _table(
        "how a dialogue began, and what of one that fell it offered to go on with",
        "two hours",
        lookup="session",
        technical="version at",
        sealed="fallen",
    ),
    "consents": _table(
        "what was agreed to and taken back, when, how and in which words",
        "while it stands; then three years, as proof",
        lookup="number_hash dialogue",
        technical="id purpose version act at channel language menus",
    ),
    "drafts": _table(
        "the last dialogue of a number that is not finished: what was typed, never a secret",
        "for as long as its program offers to go on",
        lookup="number_hash session",
        sealed="fallen",
        technical="at until",
    ),
    "audit": _table(
        "who did what; requests by their ids", technical="number at act subject details previous hash purpose",
        staff="actor",
    ),
    "tasks": _table(
        "work lists of offices without a system",
        technical="id request_id stage office operation opened_at promised_at revision escalated_at closed_at",
        staff="assignee",
    ),
    "bills": _table(
        "bills: number; price and state for ever",
        "as long as the number of their request",
        technical="id code request_id stage service currency minor_digits fee_minor charge_minor fee_to charge_to "
        "source state created_at expires_at changed_at receipt commission_minor",
        lookup="number_hash",
        sealed="msisdn",
    ),
    "pushes": _table(
        "which wallets were to ask for the money of a bill, never whom",
        technical="bill_id number effect wallet version at is_asked asked_at",
    ),
    "payments": _table(
        "payments: who paid, and under which reference of theirs; amounts for ever",
        "for the days of the purpose, from the end of the request or when the money came; what is to be given back, "
        "until it was",
        technical="receipt wallet correlation server_id bill_id paid_bill amount_minor currency unfit refund at "
        "posting forgotten_at left_back_minor",
        lookup="payer_hash reference_hash",
        sealed="payer",
        staff="asked_by",
    ),
    "applications": _table(
        "money in suspense that paid another bill", technical="receipt bill_id amount_minor at posting", staff="by"
    ),
    "statements": _table(
        "files of wallets and banks that were imported", technical="source digest day lines faults closing_minor at",
        staff="by vouched_by",
    ),
    "statement_lines": _table(
        "what wallets and banks say happened, by their own ids; neither number nor name of anybody",
        technical="source id flow currency amount_minor copy at day names bill_code digest receipt",
    ),
    "differences": _table(
        "how statements and books differ",
        technical="id source day kind flow line_id copy receipt theirs_minor theirs_currency ours_minor ours_currency "
        "bill_code state opened_at closed_at",
        staff="closed_by",
    ),
    "proposals": _table(
        "what one clerk asked for and another decided", technical="id act subject details note asked_at state "
        "decided_at", staff="asked_by decided_by",
    ),
    "postings": _table("the books", technical="number id kind receipt at", staff="by"),
    "entries": _table("the books", technical="posting line account currency amount_minor"),
    "balances": _table("the books: what agents' accounts stand at", technical="account currency amount_minor"),
    "agents": _table(
        "agents of service points, by their codes",
        technical="code point state currency day_payments day_minor added_at changed_at revision stated",
    ),
    "agent_numbers": _table(
        "the numbers that agents text from",
        "a year from when a number was removed",
        technical="id agent activation invited_until active_at usable_at removed_at",
        lookup="number_hash",
        sealed="msisdn",
    ),
    "agent_orders": _table(
        "what agents were asked to confirm; never the code",
        technical="id agent number_id bill_id amount_minor made_at until state receipt float_minor channel",
    ),
    "agent_intents": _table(
        "what agents said yes to in their menu, for a worker to carry out",
        technical="id kind agent number_id bill_id order_id at version",
    ),
    "agent_filings": _table(
        "which agent filed a request in their own name: a voucher redeemed, a person attested",
        technical="request_id agent number_id point attests channel at",
    ),
    "mandates": _table(
        "which citizens let an agent act for them, for what, and when; never the code",
        "thirty days",
        technical="id agent number_id point language program means asked_at state reason given_at given_by request_id",
        lookup="number_hash",
        sealed="msisdn",
    ),
    "sheet_codes": _table(
        "codes of printed sheets, by which citizens let agents act for them, as keyed hashes",
        "a year, or until another sheet is printed",
        lookup="number_hash code_hash",
        technical="made_at spent_at",
    ),
    "agent_proposals": _table(
        "what two clerks decide of agents' money and bounds",
        technical="id agent kind amount_minor currency payments state asked_at decided_at reference",
        staff="asked_by decided_by",
    ),
    "point_caps": _table(
        "what two clerks decide that points may take in a day",
        technical="id point payments amount_minor currency state asked_at decided_at",
        staff="asked_by decided_by",
    ),
    "agent_alerts": _table(
        "what looked odd of agents: receipts and references",
        technical="id rule agent point week about told raised_at settled_at",
        staff="settled_by",
    ),
    "agent_complaints": _table(
        "which agent, point and payment a complaint names", technical="request_id agent point receipt at"
    ),
    "checks": _table(
        "checks of who somebody is: the ID number, and a dialogue by SMS that waits for the code; never the code",
        "a day",
        technical="id office opened_at state reason verified_at verified_by evidence",
        lookup="number_hash",
        sealed="identity waiting",
    ),
    "check_counts": _table(
        "how often codes were sent and tried", "two days", lookup="subject_hash", technical="what since count"
    ),
    "errands": _table(
        "what was done by phone or at a point, to be counted: service, district, hour; names nobody",
        technical="id kind service district point channel at",
    ),
    "questions": _table(
        "questions by SMS and their answers; who was asked",
        "as long as the same may not be asked again, and an answer is taken",
        lookup="number_hash",
        technical="id kind about allowed opened_at expires_at answer answered_at answered_by forget_at",
    ),
    "question_turns": _table(
        "which question a number may be asked now", "a day longer than the question", lookup="number_hash",
        technical="question until",
    ),
    "objections": _table(
        "numbers that want to be asked nothing", "three years", lookup="number_hash", technical="at"
    ),
    "subscriptions": _table(
        "who wants to be warned of what, in which district",
        "until they want it no more, or take back what they agreed to",
        lookup="id number_hash",
        sealed="msisdn",
        technical="topic district purpose language at",
    ),
    "broadcasts": _table(
        "warnings that were sent, to how many; names nobody",
        technical="id topic district from_hour to_hour made_at until state cursor queued",
        published="texts",
        staff="by",
    ),
    "clerks": _table("who may work at a desk", staff="name office token_hash added_at"),
}  # fmt: skip
