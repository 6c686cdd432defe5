"""What a person does about an alert of each rule."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "quick": "Ask who stood there; if nobody did, suspend the agent.",
    "split": "Ask whether a family paid for several; if not, why it was split.",
    "after_hours": "Ask whether it was open; if the phone was lost or lent, remove its number.",
    "unmet": "Ask some of the citizens whether they filed it.",
    "far_away": "Ask where the agent works now.",
    "refusing": "Ask why these are dropped; is the commission too small?",
    "taking_back": "Ask the citizens whether they have their money back.",
    "denied": "Ask the citizen, with the receipt; ask the agent for the cash book.",
    "complained": "Read the complaints together, `mohala desk show`.",
    "attesting": "Ask the office, and call some of these people.",
}
"""Short, for it stands in one line with what was found."""
