"""What a service point may take in a day, all its agents together: one clerk asks, another decides. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import limits
from app.agency import Caps, ProposalState

POINT_CAPS = Caps(limits.point_payments_a_day, limits.point_minor_a_day)
"""Those of a point for which nobody decided others."""


@dataclass(frozen=True, slots=True)
class PointProposal:
    """Other caps of a point's day; `id` is a reference, as that of any proposal. The last one approved holds."""

    id: str
    point: str
    caps: Caps
    currency: str
    asked_by: str
    asked_at: datetime
    state: ProposalState = ProposalState.ASKED
    decided_by: str = ""
    decided_at: datetime | None = None
