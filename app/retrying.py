"""When work is tried again that an office did not do, or has not finished."""

from __future__ import annotations

from app import limits
from app.endings import PENDING, Again, GivenUp, JobEnding
from app.errors import ServiceFailed


def after_failure(failure: ServiceFailed, waited_seconds: float, *, never_repeated: bool = False) -> JobEnding:
    """Where an office is away, the longer work has waited for it, the longer until the next look.

    What may never be repeated is counted only if it may have been done: so its second attempt is one too many.
    """
    if not failure.retryable:
        return GivenUp(failure.reason)
    if failure.closed_seconds is None and (failure.late or not never_repeated):
        return Again(failure.reason)
    longest = min(waited_seconds * limits.office_closed_pause_share, limits.job_backoff_slow_seconds)
    least = failure.closed_seconds or limits.office_probe_pause_seconds
    return Again(failure.reason, pause_seconds=max(least, longest), counted=False)


def while_pending(waited_seconds: float, attempt: int) -> JobEnding:
    """Looked at ever more seldom, and not for ever; only the first time counts as an attempt to do it."""
    if attempt > 1 and waited_seconds > limits.office_pending_hours_max * 3_600:
        return GivenUp(f"the office has not finished it for {limits.office_pending_hours_max} hours")
    longest = min(waited_seconds * limits.office_closed_pause_share, limits.job_backoff_slow_seconds)
    pause = max(limits.office_pending_pause_seconds, longest)
    return Again(PENDING, failed=False, pause_seconds=pause, counted=attempt == 1)
