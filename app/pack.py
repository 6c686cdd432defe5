"""A country pack, compiled: its Program and its catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.baselines import Baselines
from app.catalogue import Catalogue
from app.engine.program import Program
from app.handsets import Handsets
from app.lookups import Table
from app.points import Points
from app.privacy import Privacy

PHRASES = (
    "back", "home", "more", "next", "yes", "no", "wrong_choice", "not_in_list", "not_same",
    "bad_text", "bad_digits", "bad_number", "bad_amount", "bad_date", "bad_phone", "bad_identity", "bad_meter",
    "bad_account", "bad_reference", "bad_secret",
    "unavailable", "busy", "over", "interrupted", "not_served", "sms_help",
)  # fmt: skip
"""What the house itself says; the pack has the words for it."""
RESUME_PHRASES = ("fell", "go_on", "start_again", "fell_sms")
"""What it says besides, in a pack with a program that is resumed."""
CODE_PHRASES = ("code_sms", "no_code")
"""What it says besides, in a pack with words for codes that come by SMS: how to send one, and that none is awaited."""


SURVEY_PHRASES = ("travel_question", "question_thanks")
"""What it says besides, in a pack that asks whether somebody would have travelled."""
MANDATE_PHRASES = ("mandate_over", "sheet_says")
"""What it says besides, in a pack with programs that agents start for citizens: the page when a citizen's mandate is
good no more, and what stands on a sheet of codes.
"""
LANGUAGE_PHRASES = ("language_chosen", "language_unknown")
"""What it says besides, in a pack with words that choose a language: that it is this one now, and how to choose."""
CONSENT_PHRASES = ("not_agreed", "withdrawn")
"""What it says besides, in a pack whose citizens are asked whether they agree."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One in `one_in` errands is asked about, no number within `days` again, from `from_hour` until `to_hour` o'clock.

    `purpose` is one of the catalogue's.
    """

    purpose: str
    one_in: int
    days: int
    from_hour: int
    to_hour: int


@dataclass(frozen=True, slots=True)
class SmsPrice:
    """What a hundred parts of SMS cost the state, in minor units; who says so, and when that was read."""

    hundred_minor: int
    source: str
    as_of: str

    def of(self, parts: int) -> int:
        """In minor units, rounded up."""
        return -(-self.hundred_minor * parts // 100)


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """How far the texts of a language were reviewed; `reviewers` counts texts by who reviewed them."""

    texts: int
    missing: int
    unreviewed: int
    reviewers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pack:
    """`reviews` has a count for each language; `points` has none if the pack has no places.yaml; `lookups` are the
    tables of the services of kind `lookup`, by their names; `handsets` are the phones on which the pack is tried;
    `options_max` is what a screen is to offer at the most (0: whatever fits).
    """

    program: Program
    catalogue: Catalogue
    reviews: Mapping[str, ReviewCount]
    privacy: Privacy = field(default_factory=Privacy)
    points: Points = field(default_factory=Points)
    baselines: Baselines = field(default_factory=Baselines)
    survey: Survey | None = None
    lookups: Mapping[str, Table] = field(default_factory=dict)
    sms_price: SmsPrice | None = None
    handsets: Handsets = field(default_factory=lambda: Handsets(""))
    options_max: int = 0
