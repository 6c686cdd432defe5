"""What the pretend country shares with the shipped one: its money, numbers, places, and the words of its ID office."""

from __future__ import annotations

from collections.abc import Mapping

CURRENCY = "LSL"
CALLING_CODE = "266"
MOBILE = f"{CALLING_CODE}[56][0-9]{{7}}"
"""A pattern of numbers that can be texted, without the plus."""
PREPAID = f"+{CALLING_CODE}5"
"""How a number begins that an office has of somebody: the end of an ID number or a voucher follows."""
NETWORKS: Mapping[str, str] = {"5": "65101", "6": "65102"}
"""MCC and MNC by the first digit; no number is carried from one to the other."""
ZONE_NAME = "Africa/Maseru"
MARKET, COUNTRY = "vodacomLES", "LES"
"""The country in M-Pesa's words."""
PLACES = ("Maseru", "Hlotse", "Teyateyaneng", "Mafeteng")
"""Where papers lie ready."""
CODE_TEXTS: Mapping[str, str] = {
    "st": "ID: khoutu ea hao ke {code}. E sebetsa metsotso e {minutes}.",
    "en": "ID: your one-time code is {code}. It is good for {minutes} minutes.",
}
"""What the ID office texts: everybody gets all of them, the first one first."""


def code_text(code: str, minutes: int) -> str:
    """The SMS with a one-time code, in one part."""
    return " ".join(text.format(code=code, minutes=minutes) for text in CODE_TEXTS.values())
