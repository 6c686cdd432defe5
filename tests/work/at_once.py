"""The pack of `typed`, where whoever has a plot searched may have a wallet ask for the money as soon as it is filed."""

from __future__ import annotations

from tests.work import typed
from tests.work.conftest import Bench
from tests.work.pushed import BY_WALLET

WAY = """  way:
    choose: "Ka eng?"
    into: way
    options:
      1: {text: Ka wallet, value: by-wallet, to: sure}
      2: {text: Setsing, value: point, to: sure}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found = typed.sources()
    services, program = found["services.yaml"], found["land.yaml"]
    for old, new in (
        ("\nservices:\n", f"\nservices:{BY_WALLET}"),
        ("district: text, paying: amount}", "district: text, paying: amount, wallet: text}\n    most_a_day: 5"),
        ("to: land, within_hours", "to: land, push: wallet, within_hours"),
    ):
        assert services.count(old) == 1, old
        services = services.replace(old, new)
    for old, new in (
        (typed.ASK, typed.ASK.replace("to: sure", "to: way") + WAY),
        ("paying: paying}", "paying: paying, wallet: way}"),
        ("    answered: filed\n", "    answered: filed\n    refused: {too_many: enough}\n"),
        ("  filed:\n", "  enough: {end: Li felile.}\n  filed:\n"),
    ):
        assert program.count(old) == 1, old
        program = program.replace(old, new)
    return {**found, "services.yaml": services, "land.yaml": program}


async def searched(bench: Bench, amount: str, way: str = "1", session: str = "s1") -> str:
    """The last page of a citizen who typed an amount, chose how to pay and said yes."""
    reply = await bench.dial("7", "1234-567", amount, way, "1", session=session)
    return reply.text
