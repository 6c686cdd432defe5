"""The pack of `own` with a program in which callers pay a bill from a wallet, behind a code of its own."""

from __future__ import annotations

from tests.work import own

CODE = "*384*26778#"
BY_WALLET = """
  by-wallet:
    title: Wallet
    kind: mine
    show: push
    wallet: wallet
    sms:
      paid: "Mohala: {total} ea {bill} e amohetsoe. Rasiti {receipt}."
      refused: "Mohala: tefo ea {bill} ha ea etsahala: {reason}. Lefa {total} ho fihlela {until}."
      over: "Mohala: tefo ea {bill} ha ea etsahala: {reason}. Nako e felile."
      stuck: "Mohala: tefo ea {bill} e lieha. Motho o tla e hlahloba."
"""
SERVICES = "\n  one-bill: {title: Tefo, kind: mine, show: bill}" + BY_WALLET
PROGRAM = """start: which
screens:
  which: {ask: Nomoro ea tefo, into: code, type: text, shortest: 10, longest: 14, to: look}
  look:
    call: one-bill
    with: {bill: code}
    results: {bill: bill, title: title, fee: fee, charge: charge, total: total, until: until}
    answered: sure
    refused: {unknown: unknown, settled: settled, waiting: waiting, over: over, under_way: under_way, too_many: enough}
  sure:
    confirm: "{title} {bill}: {fee} + {charge} = {total}"
    yes: push
    no: stopped
  push:
    call: by-wallet
    with: {bill: code}
    answered: asked
    refused: {settled: settled, waiting: waiting, over: over, under_way: under_way, too_many: enough}
  asked: {end: Sheba mohala.}
  unknown: {end: Ha e eo.}
  settled: {end: E lefuoe.}
  over: {end: E felile.}
  waiting: {end: Ema hoseng.}
  under_way: {end: E botsoa.}
  enough: {end: Hosane.}
  stopped: {end: Ha ho letho.}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text; what only English lacks is shown in Sesotho."""
    found = own.sources()
    entrances = found["entrances.yaml"].replace("ussd:\n", f'ussd:\n  "{CODE}": push\n', 1)
    services = found["services.yaml"].replace("\nservices:\n", f"\nservices:{SERVICES}", 1)
    assert entrances != found["entrances.yaml"] and services != found["services.yaml"]
    return {**found, "services.yaml": services, "push.yaml": PROGRAM, "entrances.yaml": entrances}
