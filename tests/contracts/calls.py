"""What is asked of each adapter for the table of docs/faults.md: samples, one exchange of which a fault befalls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.ports import Office
from tests.contracts.faults import ANYWHERE, word_for
from tests.contracts.opened import Keys, answer_of
from tests.contracts.samples import OFFICE_SAMPLES, Sample, sample
from tests.integrations.desk import Act, Answer, Cut, Last, Slow, Trickle, open_desk, say

PATIENCE_SECONDS = 2.0
OUT_OF_TIME_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Call:
    """The sample in which all goes well, which of its exchanges (from 0) a fault befalls, and what is said in words
    that are the adapter's own: by fault, samples of the same kind of call.
    """

    adapter: str
    right: str
    at: tuple[int, ...] = (0,)
    changes: bool = False
    words: Mapping[str, tuple[str, ...]] = ...  # type: ignore[assignment]


BUSY, KEY, TOKEN = "408, 429: busy", "our key is refused", "no token or session is to be had"
NO, PENDING = "it says no, with a reason", "it took it and never finishes"
