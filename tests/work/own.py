"""The pack of `paid` with a program in which callers see what is theirs, behind a code of its own."""

from __future__ import annotations

from tests.work import paid

CODE = "*384*26777#"
SERVICES = """
  my-requests: {title: Likopo, kind: mine, show: requests}
  my-payments: {title: Litefo, kind: mine, show: payments}
  my-bills: {title: Litefiso, kind: mine, show: bills}
  my-receipt: {title: Rasiti, kind: mine, show: receipt}
  my-data: {title: Boitsebiso, kind: mine, show: data}
  my-language: {title: Puo, kind: mine, show: language}
  forget-me:
    title: Ho hlakola
    kind: mine
    show: erase
    sms:
      asked: "Mohala: kopo ea ho hlakola e amohetsoe. Re tla u letsetsa pele ho {until}."
"""
PROGRAM = """start: mine
screens:
  mine:
    choose: "Tsa hao:"
    options:
      1: {text: Likopo, to: requests}
      2: {text: Litefo, to: payments}
      3: {text: Boitsebiso, to: data}
      4: {text: Hlakola, to: forget}
      5: {text: Puo, to: language}
      6: {text: Rasiti, to: which}
      7: {text: Litefiso, to: bills}
  requests: {call: my-requests, results: {requests: requests, count: count}, answered: listed}
  listed: {page: "Likopo: {count}", from: requests, line: "{reference} {title}: {status}", empty: none}
  payments: {call: my-payments, results: {payments: payments}, answered: paid}
  paid:
    pick: "Litefo:"
    from: payments
    line: "{amount} {title} {date}"
    into: {receipt: receipt}
    empty: none
    to: receipt
  bills: {call: my-bills, results: {bills: bills, count: bill_count}, answered: open}
  open: {page: "Litefiso: {bill_count}", from: bills, line: "{bill} {amount} {title} {until}", empty: none}
  which: {ask: Nomoro, into: receipt, type: reference, to: receipt}
  receipt:
    call: my-receipt
    with: {receipt: receipt}
    answered: sent
    refused: {unknown: none, too_many: enough}
  sent: {end: E rometsoe.}
  enough: {end: Hosane.}
  data:
    call: my-data
    results: {requests: kept_requests, payments: kept_payments, texts: texts, agreements: agreements}
    answered: kept
  kept: {end: "Likopo {kept_requests}, litefo {kept_payments}, melaetsa {texts}, litumello {agreements}"}
  forget: {call: forget-me, results: {until: until}, answered: asked}
  asked: {end: "Re tla u letsetsa pele ho {until}."}
  language: {call: my-language, results: {language: language}, answered: spoken}
  spoken: {end: "Puo: {language}"}
  none: {end: Ha ho letho.}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text; what only English lacks is shown in Sesotho."""
    found = paid.sources()
    entrances = found["entrances.yaml"].replace("ussd:\n", f'ussd:\n  "{CODE}": mine\n', 1)
    services = found["services.yaml"].replace("\nservices:\n", f"\nservices:{SERVICES}", 1)
    assert entrances != found["entrances.yaml"] and services != found["services.yaml"]
    return {
        **found,
        "services.yaml": services,
        "mine.yaml": PROGRAM,
        "entrances.yaml": entrances,
    }
