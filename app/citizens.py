"""What `mohala citizen` does: give citizens what is kept of them, and forget it when they ask for that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from app import limits
from app.audit import AuditEntry
from app.catalogue import services_by_consent
from app.desking import prepared, with_database
from app.editions import Editions
from app.errors import SettingsWrong
from app.mandate import DIGITS, Means
from app.ports import RandomBytes
from app.privacy import read_mark
from app.reference import show_reference
from app.settings import Settings
from app.values.msisdn import read_msisdn
from app.values.text import fill
from app.wiring import now_utc
from integrations.database import Database
from integrations.database.citizen_record import Asking, CitizenRecord, RequestRecord


def export(settings: Settings, msisdn: str, by: str, why: str) -> str:
    """Everything under a number as JSON, for its owner; that it was given stands in the audit log."""
    number = _checked(msisdn)
    entry = AuditEntry(now_utc(), f"operator:{by}", "export-citizen", "", why)
    record = with_database(settings, lambda database: database.citizens.record(number, entry))
    return msgspec.json.format(msgspec.json.encode(_told(number, record)), indent=2).decode() + "\n"


def erase(settings: Settings, msisdn: str, by: str, why: str) -> tuple[Sequence[str], Sequence[str]]:
    """The references that were erased, and those that were left because they are under way."""
    number = _checked(msisdn)
    entry = AuditEntry(now_utc(), f"operator:{by}", "erase-citizen", "", why)
    erased, left = with_database(settings, lambda database: database.citizens.erase(number, entry))
    return [show_reference(one) for one in erased], [show_reference(one) for one in left]


def erasures(settings: Settings, by: str, why: str) -> Sequence[Asking]:
    """Who asks to be forgotten; whoever holds a phone need not be whose number it is, so a person makes sure."""
    entry = AuditEntry(now_utc(), f"operator:{by}", "show-erasures", "", why)
    return with_database(settings, lambda database: database.citizens.erasures(entry))


def withdraw(settings: Settings, msisdn: str, purpose: str | None, by: str, why: str) -> Sequence[str]:
    """The purposes that stood agreed to and do not any more; all of them if none is named."""
    number = _checked(msisdn)

    async def work(database: Database) -> Sequence[str]:
        editions = await Editions.open(database.archive, prepared)
        services = services_by_consent(editions.current.catalogue)
        if purpose is not None and purpose not in services:
            raise SettingsWrong(f"Nobody is asked to agree to {purpose}; known are {', '.join(services) or 'none'}.")
        meant = {name: theirs for name, theirs in services.items() if purpose in (None, name)}
        entry = AuditEntry(now_utc(), f"operator:{by}", "withdraw", "", why)
        if purpose is None:
            await database.questions.object(number, entry.at)
        return sorted(read_mark(mark)[0] for mark in await database.ledger.withdraw(number, meant, entry))

    return with_database(settings, work)


def code_sheet(settings: Settings, msisdn: str, by: str, why: str) -> tuple[Sequence[str], Sequence[str]]:
    """The codes of a new sheet for a number, told this once, and what the sheet says in each language; none of one that
    was printed before is good any more.
    """
    number = _checked(msisdn)

    async def work(database: Database) -> tuple[Sequence[str], Sequence[str]]:
        program = (await Editions.open(database.archive, prepared)).current.program
        if not program.assisted:
            raise SettingsWrong("These menus have no program that agents start for citizens, so no sheet is of use.")
        codes = new_codes(os.urandom)
        entry = AuditEntry(now_utc(), f"operator:{by}", "code-sheet", "", why)
        await database.mandates.new_sheet(number, codes, entry)
        return codes, [fill(program.phrases["sheet_says"][language], {}) for language in program.languages]

    return with_database(settings, work)


def revoke_sheet(settings: Settings, msisdn: str, by: str, why: str) -> int:
    """How many codes of a number's sheet were good until now."""
    number = _checked(msisdn)
    entry = AuditEntry(now_utc(), f"operator:{by}", "revoke-code-sheet", "", why)
    return with_database(settings, lambda database: database.mandates.revoke_sheet(number, entry))


def new_codes(random_bytes: RandomBytes) -> list[str]:
    """Codes of eight digits for one sheet, no two of them alike."""
    digits, codes = DIGITS[Means.SHEET], dict[str, None]()
    while len(codes) < limits.sheet_codes_count:
        codes[f"{int.from_bytes(random_bytes(8), 'big') % 10**digits:0{digits}}"] = None
    return list(codes)


def _checked(msisdn: str) -> str:
    """As the aggregators write it; a slip would give one citizen's data to another."""
    number = read_msisdn(msisdn)
    if number is None:
        raise SettingsWrong("That is no phone number: write it with its country, such as +12025550123.")
    return number


def _told(number: str, record: CitizenRecord) -> dict[str, Any]:
    return {
        "number": number,
        "language": record.language,
        "counts": [{"what": what, "day": day, "count": count} for what, day, count in record.counts],
        "payments": [asdict(one) for one in record.payments],
        "checks": [{"office": office, "at": at, "end": end} for office, at, end in record.checks],
        "consents": [
            {
                "purpose": one.purpose,
                "version": one.version,
                "act": one.act,
                "at": one.at,
                "channel": one.channel,
                "language": one.language,
                "menus": one.menus,
            }
            for one in record.consents
        ],
        "agents": [asdict(one) for one in record.agents],
        "mandates": [asdict(one) for one in record.mandates],
        "sheet_codes": [{"made_at": at, "unspent": count} for at, count in record.sheets],
        "warned_of": [{"topic": topic, "district": district, "since": at} for topic, district, at in record.warned],
        "unfinished_until": record.unfinished_until,
        "silenced_since": record.silenced_since,
        "questions": [{"kind": kind, "at": at, "answer": answer} for kind, at, answer in record.questions],
        "objects_since": record.objects_since,
        "texts": [asdict(one) for one in record.waiting],
        "unopened": [show_reference(reference) for reference in record.unopened],
        "texts_sent": [asdict(one) for one in record.texted],
        "requests": [_request_told(one) for one in record.requests],
    }


def _request_told(whole: RequestRecord) -> dict[str, Any]:
    request = whole.request
    return {
        "reference": show_reference(request.reference),
        "service": request.service,
        "language": request.language,
        "status": request.status,
        "reason": request.reason,
        "filed_at": request.filed_at,
        "changed_at": request.changed_at,
        "answers": request.answers,
        "results": request.results,
        "history": [{"status": one.status, "at": one.at, "reason": one.reason} for one in whole.history],
        "messages": [
            {"occasion": one.occasion, "status": one.status, "sent_at": one.sent_at} for one in whole.messages
        ],
        "bills": [asdict(one) for one in whole.bills],
    }
