"""Telephone numbers as the aggregators write them."""

from __future__ import annotations

import phonenumbers


def read_msisdn(text: str, country: str | None = None) -> str | None:
    """A valid number as E.164; None: it is none. Without `country` (ISO 3166) it must begin with its country's code."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    is_one = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_one else None
