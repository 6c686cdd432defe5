"""Who somebody is, by a one-time code that the office sends to the number that it knows: sent once, tried a few times.

Everything is counted before the office is asked, in the ledger's database: no crash and no other process, session or
number of the same citizen gets more tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app import limits
from app.catalogue import Service
from app.editions import Edition
from app.errors import ServiceFailed
from app.filing import Asker
from app.inquiries import Inquiries
from app.messages import Answered, Check, CheckState, Down, Handed, Late, Most, Outcome, Pending, Refused
from app.ports import Checks, Clock
from app.values.rules import ValueType

CHECK, VERIFIED = "check", "verified"
"""What the house gives for a code that was sent, and for one that was right."""
EXPIRED, BLOCKED = "expired", "blocked"


class Codes:
    """Has codes sent and tries them; says what a proof is worth when something is filed with it."""

    def __init__(self, checks: Checks, inquiries: Inquiries, clock: Clock) -> None:
        self._checks = checks
        self._inquiries = inquiries
        self._clock = clock

    async def send(
        self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker, patience: float
    ) -> Outcome:
        """A repeat of the same step sends no second code: what is known of the first is said again."""
        assert service.ask is not None, "the compiler saw to it"
        identity = arguments[service.ask.arguments["id"]]
        check = await self._open(service.ask.office, identity, asker)
        if check is None:
            return Refused(BLOCKED)
        if check.state is not CheckState.NEW:
            return _known(check)
        outcome: Outcome | Pending | Handed
        try:
            asked = {"id": identity}
            outcome = await self._inquiries.ask(edition, service, asked, check.id, asker, patience, check.office)
        except ServiceFailed as failure:
            outcome = Late() if failure.late else Down()
        settled = _sent(check, outcome)
        await self._checks.settle(settled)
        return _known(settled)

    async def check(
        self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker, patience: float
    ) -> Outcome:
        """A repeat of the step whose code was right says so again; the code itself is spent by then."""
        assert service.ask is not None, "the compiler saw to it"
        given = service.ask.arguments
        check = await self._checks.find(arguments[given["check"]], asker.msisdn)
        if check is not None and check.verified_by == asker.effect:
            return _verified(check)
        now = self._clock()
        if check is None or not _is_open(check, now):
            return Refused(EXPIRED)
        if not await self._checks.count(_guesses(check), now):
            return Refused(BLOCKED)
        tried = {"id": check.identity, "code": arguments[given["code"]]}
        try:
            outcome = await self._inquiries.ask(edition, service, tried, check.id, asker, patience, check.office)
        except ServiceFailed as failure:
            return Late() if failure.late else Down()
        if not isinstance(outcome, Answered):
            return Late() if isinstance(outcome, Pending | Handed) else outcome
        verified = replace(
            check, state=CheckState.VERIFIED, verified_at=now, verified_by=asker.effect, evidence=outcome.evidence
        )
        await self._checks.settle(verified)
        return _verified(verified)

    async def evidence(self, service: Service, arguments: Mapping[str, str], asker: Asker) -> str | None:
        """How it was verified that the caller is whom the service's ID number names; None if it was not, or too long
        ago, or if it was of another number. A menu alone cannot say so: its answers may have changed since.
        """
        proof, identity = service.parameter(ValueType.PROOF), service.parameter(ValueType.IDENTITY)
        assert proof is not None and identity is not None, "the compiler saw to it"
        check = await self._checks.find(arguments[proof], asker.msisdn)
        if check is None or check.verified_at is None or check.identity != arguments[identity]:
            return None
        if self._clock() - check.verified_at > timedelta(seconds=limits.proof_seconds_max):
            return None
        at = check.verified_at.isoformat(timespec="seconds")
        return f"verified by {check.office} at {at} {check.evidence}".rstrip()

    async def _open(self, office: str, identity: str, asker: Asker) -> Check | None:
        """The check of this step, or a new one. A step that was heard with another ID number before has another."""
        now = self._clock()
        forget_before = now - timedelta(seconds=limits.checks_kept_seconds)
        for count in range(1, limits.checks_of_a_step_max + 1):
            id = asker.effect if count == 1 else f"{asker.effect}:{count}"
            proposed = Check(id, office, asker.msisdn, identity, now)
            check = await self._checks.open(proposed, _sendings(proposed), forget_before)
            if check.identity == identity and check.office == office:
                return check
        return None


def _sendings(check: Check) -> tuple[Most, ...]:
    """How many codes may be sent. One caller with many ID numbers is counted as a caller."""
    return _each("sent", check, limits.codes_sent_window_max, limits.codes_sent_day_max)


def _guesses(check: Check) -> tuple[Most, ...]:
    """How many codes may be tried: of one that was sent, by one caller, and for one ID number whoever calls."""
    one = Most("guess", f"check {check.id}", limits.code_day_seconds, limits.code_guesses_check_max, check.opened_at)
    return (one, *_each("guess", check, limits.code_guesses_window_max, limits.code_guesses_day_max))


def _each(what: str, check: Check, window_most: int, day_most: int) -> tuple[Most, ...]:
    return tuple(
        Most(what, subject, seconds, most)
        for subject in (f"caller {check.msisdn}", f"identity {check.office} {check.identity}")
        for seconds, most in ((limits.code_window_seconds, window_most), (limits.code_day_seconds, day_most))
    )


def _sent(check: Check, outcome: Outcome | Pending | Handed) -> Check:
    match outcome:
        case Answered(evidence=evidence):
            return replace(check, state=CheckState.SENT, evidence=evidence)
        case Refused(reason=reason, evidence=evidence):
            return replace(check, state=CheckState.REFUSED, reason=reason, evidence=evidence)
        case Down():
            return replace(check, state=CheckState.DOWN)
        case _:  # the code may have been sent, and may still come
            return replace(check, state=CheckState.ASKED)


def _known(check: Check) -> Outcome:
    """What became of the code of a check. Which check it is is said whatever became of it."""
    match check.state:
        case CheckState.REFUSED:
            return Refused(check.reason)
        case CheckState.DOWN:
            return Down({CHECK: check.id})
        case CheckState.SENT | CheckState.VERIFIED:
            return Answered({CHECK: check.id})
        case _:
            return Late({CHECK: check.id})


def _verified(check: Check) -> Answered:
    return Answered({VERIFIED: check.id}, check.evidence)


def _is_open(check: Check, now: datetime) -> bool:
    lasts = timedelta(seconds=limits.code_seconds_max)
    return check.state in (CheckState.ASKED, CheckState.SENT) and now - check.opened_at <= lasts
