"""Phones of made-up people, on which a pack is tried: whose they are, what they dial, which network posts for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.errors import SettingsWrong

UNKNOWN_NETWORK = "99999"
"""What Africa's Talking posts from its sandbox, and for networks that it lists nowhere."""
CROWD_DIGITS = 7
"""The last digits of a number that a load makes up; those before them are of the first number here."""


@dataclass(frozen=True, slots=True)
class Handsets:
    """`numbers` are E.164 with their owners' names, the first the citizen's and the second a pretend agent's.
    `networks` maps the beginning of numbers to the network's code, and `code` is what these phones dial; `others` are
    further codes of the pack, those of agents among them.
    """

    code: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """Raises `SettingsWrong` if no number is known."""
        if not self.numbers:
            raise SettingsWrong("No number of a phone is known: give one, or name `handsets` in the pack's pack.yaml.")
        return next(iter(self.numbers))

    def other_than(self, number: str) -> str:
        """The second phone, or the first if the second is in use; raises `SettingsWrong` if there is none."""
        others = [one for one in (*tuple(self.numbers)[1:], *self.numbers) if one != number]
        if not others:
            raise SettingsWrong("No second phone is known: give its number, or name two under `handsets` in pack.yaml.")
        return others[0]

    @property
    def short_code(self) -> str:
        """Where their SMS go: the last part of the code."""
        return self.code.rstrip("#").rpartition("*")[2]

    @property
    def crowd(self) -> str:
        """How the numbers of a load begin."""
        return self.first[:-CROWD_DIGITS]

    def network_of(self, number: str) -> str:
        """By the longest beginning that is known."""
        known = [begin for begin in self.networks if number.startswith(begin)]
        return self.networks[max(known, key=len)] if known else UNKNOWN_NETWORK
