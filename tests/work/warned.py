"""The shipped pack with warnings of the weather, behind a code of its own."""

from __future__ import annotations

from pathlib import Path

from app.pack_files import read_sources

ROOT = Path(__file__).resolve().parents[2]
CODE = "*384*26778#"
SERVICES = """
  warn-me:
    title: Litemoso
    kind: mine
    show: subscribe
    topic: weather
    sms: {asked: "Mohala: u tla tsebisoa: {title}, {place}. STOP: emisa."}
  warn-me-not:
    title: Emisa
    kind: mine
    show: unsubscribe
    sms: {asked: "Mohala: litemoso tse {count} li emisitsoe."}
  my-warnings: {title: Litemoso tsa ka, kind: mine, show: subscriptions}
"""
PURPOSE = """purposes:
  warnings:
    text: "Re u romelle litemoso tsa leholimo ka SMS?"
    basis: consent
    source: whoever asks for them
    version: 1
    days: 30
"""
TOPICS = """
topics:
  weather: {title: Leholimo, purpose: warnings}
"""
PROGRAM = """start: warnings
consent: warnings
screens:
  warnings:
    choose: "Litemoso:"
    options:
      1: {text: Ka setereke, to: district}
      2: {text: Hohle, to: everywhere}
      3: {text: Tsa ka, to: mine}
      4: {text: Emisa kaofela, to: none_more}
  district:
    choose: "Setereke:"
    into: district
    options:
      1: {text: Leribe, value: Leribe, to: subscribe}
      2: {text: Quthing, value: Quthing, to: subscribe}
      3: {text: Moon, value: Moon, to: subscribe}
  subscribe:
    call: warn-me
    with: {district: district}
    results: {title: title, place: place}
    answered: subscribed
    refused: {unknown: no_district, too_many: enough}
  everywhere:
    call: warn-me
    with: {district: {always: ""}}
    answered: everywhere_told
    refused: {unknown: no_district, too_many: enough}
  subscribed: {end: "{title}: {place}"}
  everywhere_told: {end: Hohle}
  no_district: {end: Ha ho setereke}
  enough: {end: Li ngata}
  mine: {call: my-warnings, results: {subscriptions: subscriptions}, answered: which}
  which:
    pick: "Emisa:"
    from: subscriptions
    line: "{title} {place}"
    into: {topic: topic, ended_in: district}
    empty: nothing
    to: end_one
  nothing: {end: Ha ho letho}
  end_one: {call: warn-me-not, with: {topic: topic, district: ended_in}, results: {count: count}, answered: ended}
  none_more:
    call: warn-me-not
    with: {topic: {always: weather}, district: {always: ""}}
    results: {count: count}
    answered: ended
  ended: {end: "Li felile: {count}"}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text; what only English lacks is shown in Sesotho."""
    found, _ = read_sources(ROOT / "tests/flat")
    entrances = found["entrances.yaml"].replace("ussd:\n", f'ussd:\n  "{CODE}": warnings\n', 1)
    services = found["services.yaml"].replace("\nservices:\n", f"\nservices:{SERVICES}", 1)
    services = services.replace("purposes:\n", PURPOSE, 1) + TOPICS
    pack = found["pack.yaml"].rstrip() + '\nsms_price: {amount: "0.25", source: assumed, as_of: "2026-11-29"}\n'
    return {
        **found,
        "services.yaml": services,
        "warnings.yaml": PROGRAM,
        "entrances.yaml": entrances,
        "pack.yaml": pack,
    }
