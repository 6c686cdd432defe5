"""The shipped pack with one more service: a list of towns, which an office gives and which tells of nobody."""

from __future__ import annotations

from collections.abc import Mapping

TOWNS = """\
    operations:
      towns:
        method: GET
        path: /points
        takes: []
        answered: [200]
        results: {points: {from: points, list: {town: {from: town, longest: 12}}, most: 20}}
      person:
"""
TOWNS_SERVICE = """\
services:
  towns: {title: Libaka, kind: ask, takes: {}, ask: {office: civil-registry, operation: towns, with: {}}}
  person:
"""
TOWNS_IN_ENGLISH = """\
programs:
  towns:
    choose: {text: "Choose a place:", line: "{town}"}
    chosen: {text: "You chose {town}"}
    none: {text: Nothing.}
"""
TOWNS_PROGRAM = """\
start: find
screens:
  find: {call: towns, results: {points: points}, answered: choose, late: none, down: none}
  choose: {pick: "Khetha sebaka:", from: points, line: "{town}", into: {town: town}, empty: none, to: chosen}
  chosen: {end: "U khethile {town}"}
  none: {end: Ha ho letho.}
"""


def with_towns(sources: Mapping[str, str]) -> dict[str, str]:
    """The shipped pack with one more service: a list of towns, of which a citizen picks one."""
    edits = (
        ("services.yaml", "    operations:\n      person:\n", TOWNS),
        ("services.yaml", "services:\n  person:\n", TOWNS_SERVICE),
        ("languages/en.yaml", "services:\n", "services:\n  towns: {title: Places}\n"),
        ("languages/en.yaml", "3: Buy electricity, 5", "3: Buy electricity, 4: Places, 5"),
        ("languages/en.yaml", "programs:\n", TOWNS_IN_ENGLISH),
        ("welcome.yaml", "      5: {text: Litsi", "      4: {text: Libaka, to: towns}\n      5: {text: Litsi"),
    )
    changed = {**sources, "towns.yaml": TOWNS_PROGRAM}
    for name, old, new in edits:
        assert changed[name].count(old) == 1, old
        changed[name] = changed[name].replace(old, new)
    return changed
