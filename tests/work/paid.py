"""The pack of `land`, where a search of a plot costs money, which is paid before clerks begin."""

from __future__ import annotations

from app import limits
from tests.work import land

BILL_SECONDS = 62 * 3600
"""From the hour of the tests, 10:00 in Maseru, so long can a bill be paid: 48 hours, and until that day is over."""
TELLING_SECONDS = limits.bill_telling_hours * 3600
"""So long after that a wallet may tell of money that was paid in time; then the bill expires."""
COSTS = """    fee: {amount: "30", source: "Gazette of the test", as_of: "2026-11-24"}
    charge: {amount: "2.50", source: "notice of the test", as_of: "2026-11-25", to: land}
"""
PAY = """    work:
      - {pay: fee, within_hours: 48, then: in_progress}
"""
TEXTS = """      stuck_after: "Mohala: patlo {reference}: tefo e amohetsoe, e lieha."
      bill: "Mohala: lefa {total} ({fee} le {charge}) ka {bill} pele ho {until}."
      paid: "Mohala: patlo {reference}: {fee} le {charge} li amohetsoe ka {way}. Rasiti {receipt}."
      expired: "Mohala: patlo {reference}: nako ea ho lefa {bill} e fetile."
      suspense: "Mohala: {paid} ea {bill} e bolokiloe. Rasiti {receipt}."
      refunded: "Mohala: {paid} ea {bill} e khutlisitsoe. Rasiti {receipt}."
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found = land.sources()
    head, mark, tail = found["services.yaml"].partition("  plot-search:\n")
    assert mark
    takes = "    takes: {plot: text, district: text}\n"
    tail = tail.replace(takes, COSTS + takes, 1)
    tail = tail.replace("    work:\n", PAY, 1).replace("    sms:\n", f"    sms:\n{TEXTS}", 1)
    return {**found, "services.yaml": head + mark + tail}
