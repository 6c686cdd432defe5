"""All checks over one run, and the verdict in words: what was looked at, what is broken, how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from app.load import checks
from app.load.case import Case
from app.load.checks import Look

TOLD_MAX = 10
"""Violations of one check that are told; the others are counted."""
BOUND_EVENTS = 3.0
"""None bad in n: with 95 % certainty fewer than 3/n are (the rule of three)."""


@dataclass(frozen=True, slots=True)
class Check:
    """`promise` is the number of the invariant in docs/performance.md, `told` what has to hold."""

    name: str
    promise: str
    told: str
    look: Look


CHECKS = (
    Check("answered", "I9", "every callback that was sent is answered", checks.is_answered),
    Check("page", "I9", "every answer is HTTP 200 with a page that fits, CON or END", checks.is_a_page),
    Check("noted", "I9", "endings and texts are taken, if not at once", checks.is_noted),
    Check("in-time", "I6", "no answer comes later than an aggregator waits", checks.is_in_time),
    Check("same-bytes", "I3", "a repeated callback gets the same bytes", checks.is_the_same),
    Check("one-line", "I4", "of rivals one is heard, and what a transcript contradicts is not", checks.is_on_one_line),
    Check("heard", "I4", "repeats, rivals and contradictions end no dialogue", checks.is_heard),
    Check("over", "I4", "nothing is heard after the last page", checks.is_over_after_its_end),
    Check("kept", "I1", "every reference that was shown is in the ledger, as that citizen's", checks.is_kept),
    Check("text-kept", "I1", "a text that was taken is there to be answered", checks.is_text_kept),
    Check(
        "filed-once", "I3", "every request in the ledger was asked for, each by a turn of its own", checks.is_filed_once
    ),
    Check("own-reference", "I3", "every confirmation has a reference of its own", checks.is_shown_to_one),
    Check("paid-once", "I2", "a bill is paid once, and every posting sums to zero", checks.is_paid_once),
    Check("version", "I8", "a session files under the version that it began with", checks.is_of_its_version),
    Check(
        "moves",
        "I7",
        "a request moves along the arrows only, and its history tells every move",
        checks.moves_along_arrows,
    ),
    Check(
        "carried-on",
        "I7",
        "a request that nobody has begun with has work that waits, or a human has it",
        checks.is_carried_on,
    ),
    Check("recovered", "I17", "a minute after an overload nobody is turned away any more", checks.is_recovered),
)


class Verdict(msgspec.Struct, frozen=True):
    """`looked_at` things, of which `broken` break the promise; `violations` are the sentences for the first of them."""

    check: str
    promise: str
    told: str
    looked_at: int
    broken: int
    violations: tuple[str, ...]

    @property
    def bound(self) -> float:
        """With 95 % certainty the share that is broken is below this, if none was seen broken."""
        return min(1.0, BOUND_EVENTS / self.looked_at) if self.looked_at else 1.0


def prove(case: Case) -> tuple[Verdict, ...]:
    """A verdict for each check, in the order of `CHECKS`."""
    return tuple(_verdict(check, case) for check in CHECKS)


def as_text(verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.broken:
            yield f"BROKEN {verdict.promise:<3} {verdict.check}: {verdict.told}: {_of(verdict)}"
            yield from (f"       {violation}" for violation in verdict.violations)
            if verdict.broken > len(verdict.violations):
                yield f"       and {verdict.broken - len(verdict.violations)} more"
        elif verdict.looked_at:
            yield f"holds  {verdict.promise:<3} {verdict.check}: {verdict.told}: {_of(verdict)}"
        else:
            yield f"unseen {verdict.promise:<3} {verdict.check}: {verdict.told}: nothing to look at"
    broken = sum(verdict.broken > 0 for verdict in verdicts)
    yield f"{broken} of {len(verdicts)} checks are broken." if broken else "No check is broken."


def as_json(verdicts: tuple[Verdict, ...]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(verdicts))


def _of(verdict: Verdict) -> str:
    if verdict.broken:
        return f"{verdict.broken} of {verdict.looked_at}"
    return f"0 of {verdict.looked_at} (95 %: below {verdict.bound:.2g})"


def _verdict(check: Check, case: Case) -> Verdict:
    looked = list(check.look(case))
    violations = [violation for violation in looked if violation is not None]
    return Verdict(check.name, check.promise, check.told, len(looked), len(violations), tuple(violations[:TOLD_MAX]))
