"""The pack of `agent`, where whoever has a plot searched says themselves how much they pay for it."""

from __future__ import annotations

from tests.work import agent
from tests.work.conftest import Bench

CHARGE, COMMISSION = 2_50, 1_00
LEAST, MOST = 10_00, 5_000_00
PAY = f"{{pay: paying, least: {LEAST // 100}, most: {MOST // 100}, to: land, within_hours: 48,"
ASK = f"""  paying:
    ask: "Bokae?"
    into: paying
    type: amount
    least: {LEAST // 100}
    most: {MOST // 100}
    to: sure
"""
FILED = """  filed:
    end: |-
      Ref {reference}
      {bill}: {total} ho fihlela {until}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found = agent.sources()
    services, program = found["services.yaml"], found["land.yaml"]
    for old, new in (
        ('    fee: {amount: "30", source: "Gazette of the test", as_of: "2026-11-24"}\n', ""),
        ("takes: {plot: text, district: text}", "takes: {plot: text, district: text, paying: amount}"),
        (
            "{pay: fee, within_hours: 48,",
            f"{{pay: paying, least: {LEAST // 100}, most: {MOST // 100}, to: land, within_hours: 48,",
        ),
    ):
        assert services.count(old) == 1, old
        services = services.replace(old, new)
    for old, new in (
        ("    longest: 20\n    to: sure\n", f"    longest: 20\n    to: paying\n{ASK}"),
        ("district: {always: Leribe}}", "district: {always: Leribe}, paying: paying}"),
        ("results: {reference: reference}", "results: {reference: reference, bill: bill, total: total, until: until}"),
        ('  filed:\n    end: "Patlo e amohetsoe. Ref {reference}"\n', FILED),
    ):
        assert program.count(old) == 1, old
        program = program.replace(old, new)
    phrases = found["pack.yaml"].replace("phrases:\n", "phrases:\n  own_amount: chelete ea hau\n", 1)
    return {**found, "services.yaml": services, "land.yaml": program, "pack.yaml": phrases}


async def searched(bench: Bench, amount: str, session: str = "s1") -> str:
    """The last page of a citizen who typed an amount and said yes."""
    reply = await bench.dial("7", "1234-567", amount, "1", session=session)
    return reply.text
