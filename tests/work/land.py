"""The shipped pack with one office more, which has no system: people there search a plot of land for whoever asks."""

from __future__ import annotations

from app.pack_files import read_sources
from tests.lands import FLAT

OFFICE = """
  land:
    adapter: manual
    promise_days: 5
    operations:
      search:
        takes: [plot, district, number]
        results: {note: {longest: 40}, where: {longest: 20}}
        refused: {no_plot: {}, no_right: {}}
"""
SERVICE = """
  plot-search:
    title: Patlo ea setsha
    kind: file
    takes: {plot: text, district: text}
    purpose: civil-registration
    work:
      - {office: land, operation: search, with: {plot: plot, district: district, number: msisdn}, then: done}
    sms:
      received: "Mohala: patlo {reference} e amohetsoe."
      stuck: "Mohala: patlo {reference} e lieha."
      query: "Mohala: patlo {reference}: {note}"
      ready: "Mohala: patlo {reference} e loketse ho nkuoa: {where}"
      done: "Mohala: patlo {reference} e phethiloe. {note}"
      refused: "Mohala: patlo {reference} e hanetsoe: {reason}"
      overdue: "Mohala: patlo {reference} e lieha. Re kopa tšoarelo."
      promised: "Mohala: patlo {reference}: letsatsi le lecha ke {promised}."
"""
PROGRAM = """start: plot
screens:
  plot:
    ask: "Nomoro ea setsha?"
    into: plot
    type: text
    shortest: 4
    longest: 20
    to: sure
  sure:
    confirm: "Patlo ea setsha {plot}"
    yes: file
    no: welcome
  file:
    call: plot-search
    with: {plot: plot, district: {always: Leribe}}
    results: {reference: reference}
    answered: filed
  filed:
    end: "Patlo e amohetsoe. Ref {reference}"
"""
POINTS = tuple(str(id) for id in range(900, 920))
"""Service points that help with everything of these tests, at any hour."""
COUNCILS = ("Hlotse Urban", "Maputsoe Urban", "Hleoheng", "Litjotjela", "Menkhoaneng")
HOURS = "Mon-Sun 00:00-24:00"
POINTS_SHEET = "".join(
    f"{id},shop,Setsha sa {id},Ha Mohlala 900,{council},Leribe,{HOURS},plot-search,,the test\n"
    for id, council in zip(POINTS, COUNCILS * 4, strict=True)
)


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found, complaints = read_sources(FLAT)
    assert not complaints
    services = found["services.yaml"].replace("\nservices:\n", f"{OFFICE}\nservices:\n{SERVICE}")
    welcome = found["welcome.yaml"].replace(
        "      8: {text: Puo", "      7: {text: Setsha, to: land}\n      8: {text: Puo"
    )
    words = "words:\n  no_plot: setsha ha se eo\n  no_right: ha u na tokelo\n"
    pack = found["pack.yaml"].replace("words:\n", words)
    changed = {"services.yaml": services, "land.yaml": PROGRAM, "welcome.yaml": welcome, "pack.yaml": pack}
    return {**found, **changed, "points.csv": found["points.csv"] + POINTS_SHEET}
