"""What a large pack costs to compile, and a step through it: 1,000 screens of all kinds in 4 languages.

Times depend on the machine, so read the ratios: to reading the same YAML alone, and to one `json.dumps` of 1 kB.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial

from app.compiler.budgets import check_budgets
from app.compiler.pack import compile_pack
from app.compiler.source import read_yaml
from app.engine.exchange import Facts, Gave
from app.engine.program import Program
from app.engine.state import State
from app.engine.step import dial, hear, resume
from app.pack import PHRASES

GROUPS, GROUP = 7, 12
LANGUAGES = ("st", "en", "zu", "xh")
ROUNDS = 7
STEPS = 2_000
POINTS = [{"name": f"Service point {number}", "phone": f"2231{number:04}"} for number in range(12)]
FACTS = Facts(date(2026, 11, 24), "africastalking", "vodacom")

PACK = """\
pack: large
languages: [st, en, zu, xh]
keys: {back: "9", home: "0", more: "99"}
currency: {code: LSL, symbol: M, minor_digits: 2}
country: LS
timezone: Africa/Maseru
numbers: {identity: {patterns: ["999999999999"]}}
phrases:
"""
SERVICES = """\
offices:
  registry:
    adapter: http_json
    address: http://127.0.0.1:8100/registry
    operations:
      person:
        method: GET
        path: /people/{id}
        takes: [id]
        answered: [200]
        results: {holder: {from: holder, longest: 20}}
        refused: {unknown: {status: 404}}
      points:
        method: GET
        path: /points
        query: {district: "{district}"}
        takes: [district]
        answered: [200]
        results:
          points: {from: points, most: 12, list: {name: {from: name, longest: 18}, phone: {from: phone, longest: 12}}}
      register:
        method: POST
        path: /registrations
        takes: [id, born, fee, point]
        body: {id: "{id}", born: "{born}", fee_minor: {integer: fee}, point: "{point}"}
        answered: [201]
services:
  person:
    {title: ID, kind: ask, takes: {id: identity}, classes: {id: public},
     ask: {office: registry, operation: person, with: {id: id}}}
  points:
    {title: Points, kind: ask, takes: {district: text},
     ask: {office: registry, operation: points, with: {district: district}}}
  register:
    title: Register
    kind: file
    takes: {id: identity, born: date, fee: amount, point: text}
    classes: {id: public}  # of nobody: these menus are only measured
    work:
      - {office: registry, operation: register, with: {id: id, born: born, fee: fee, point: point}, then: done}
    sms: {stuck: "Your request {reference} is delayed."}
"""
PROGRAM = """\
start: district
screens:
  district:
    choose: "Service %(number)s. In which district do you live?"
    into: district
    options:
      1: {text: Maseru, value: maseru, to: id}
      2: {text: Leribe, value: leribe, to: id}
      3: {text: Berea, value: berea, when: 'caller.channel == "ussd"', to: id}
      4: {text: Mafeteng, value: mafeteng, to: about}
  about:
    page: >-
      Service %(number)s is for everybody who lives in the district. Bring your identity card and the papers that
      you have, and come to the service point that you choose here on any weekday before noon. It costs nothing.
    to: id
  id:
    ask: "Your ID number (12 digits):"
    into: id
    type: identity
    help: {text: "It stands on the front of your ID card."}
    to: person
  person:
    call: person
    with: {id: id}
    results: {holder: holder}
    answered: {to: born, say: "Good day {holder}."}
    refused: {unknown: {to: id, say: "This ID was not found."}}
    late: born
    down: born
  born:
    ask: "When were you born? (such as 05/03/1990)"
    into: born
    type: date
    to: fee
  fee:
    ask: "How much will you pay? M10 to M500"
    into: fee
    type: amount
    least: 10
    most: 500
    must:
      - {that: 'fee >= 50.0 || born < today - duration("438000h")', say: "At least M50 below the age of 50."}
    to: points
  points:
    call: points
    with: {district: district}
    results: {points: points}
    answered: point
    late: later
    down: later
  point:
    pick: "Where will you go?"
    from: points
    line: "{name}, {phone}"
    into: {point: name, phone: phone}
    empty: later
    to: check
  check:
    confirm: |-
      Please confirm:
      ID {id}, born {born}
      {fee} at {point}
    yes: file
    no: [{to: later, when: 'fee > 100.0'}, district]
  file:
    call: register
    with: {id: id, born: born, fee: fee, point: point}
    results: {reference: reference}
    answered: done
  done: {end: "Ref: {reference}. You will get an SMS."}
  later: {end: "The office does not answer. Please try again later."}
"""
TEXTS = {
    "district": {
        "text": "Service NUMBER. In which district do you live?",
        "options": dict(zip("1234", ("Maseru", "Leribe", "Berea", "Mafeteng"), strict=True)),
    },
    "about": {"text": "Service NUMBER is for everybody. Bring your ID card and the papers that you have. " * 2},
    "id": {"text": "Your ID number (12 digits):", "help": "It stands on the front of your ID card."},
    "person": {"say": {"answered": "Good day {holder}.", "unknown": "This ID was not found."}},
    "born": {"text": "When were you born? (such as 05/03/1990)"},
    "fee": {"text": "How much will you pay? M10 to M500", "must": {"1": "At least M50 below the age of 50."}},
    "point": {"text": "Where will you go?", "line": "{name}, {phone}"},
    "check": {"text": "Please confirm:\nID {id}, born {born}\n{fee} at {point}"},
    "done": {"text": "Ref: {reference}. You will get an SMS."},
    "later": {"text": "The office does not answer. Please try again later."},
}


def large_pack() -> dict[str, str]:
    """The files of the pack: a menu of 7 groups, their menus of 12 services, and 84 services of 12 screens."""
    sources = {"pack.yaml": PACK, "services.yaml": SERVICES, "entrances.yaml": 'ussd: {"*": welcome}\n'}
    sources["pack.yaml"] += "".join(f'  "{name}": "{name.replace("_", " ")}"\n' for name in PHRASES)
    menus = {"welcome": [f"group-{group}" for group in range(1, GROUPS + 1)]}
    for group in range(GROUPS):
        menus[f"group-{group + 1}"] = [f"service-{group * GROUP + place}" for place in range(1, GROUP + 1)]
    for name, members in menus.items():
        sources[f"{name}.yaml"] = _menu(members)
    for number in range(1, GROUPS * GROUP + 1):
        sources[f"service-{number}.yaml"] = PROGRAM % {"number": number}
    return sources | {f"languages/{language}.yaml": _language(menus, language) for language in LANGUAGES[1:]}


def _keyed(members: list[str]) -> dict[str, str]:
    keys = [str(key) for key in range(1, 20) if key != 9]  # 9 leads back
    return dict(zip(keys, members, strict=False))


def _menu(members: list[str]) -> str:
    options = "".join(f"      {key}: {{text: {name}, to: {name}}}\n" for key, name in _keyed(members).items())
    return "start: menu\nscreens:\n  menu:\n    choose: Choose\n    options:\n" + options


def _language(menus: dict[str, list[str]], language: str) -> str:
    programs: dict[str, object] = {
        name: {"menu": {"text": "Choose", "options": _keyed([f"{member} ({language})" for member in members])}}
        for name, members in menus.items()
    }
    programs |= {f"service-{number}": _texts(number, language) for number in range(1, GROUPS * GROUP + 1)}
    services: dict[str, dict[str, object]] = {name: {"title": name} for name in ("person", "points", "register")}
    services["register"]["sms"] = {"stuck": "Your request {reference} is delayed."}
    told = {"phrases": dict.fromkeys(PHRASES, "Phrase"), "services": services, "programs": programs}
    return json.dumps(told, indent=1)  # which is YAML, too


def _texts(number: int, language: str) -> object:
    return json.loads(json.dumps(TEXTS).replace("NUMBER", f"{number} ({language})"))


def seconds(work: Callable[[], object]) -> float:
    """The best of several runs: what else the machine does can only make a run slower."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def microseconds(work: Callable[[], object]) -> float:
    """The median cost of one call, over several rounds of many."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(STEPS):
            work()
        rounds.append((time.perf_counter() - started) / STEPS * 1e6)
    return statistics.median(rounds)


def reached(program: Program) -> dict[str, State]:
    """A State on each of the measured screens, deep in a dialogue as citizens are."""
    state = dial(program, "welcome/menu", "en", FACTS).state
    states = {}
    for typed, screen in (("1", "menu"), ("1", "district"), ("1", "id")):
        state = hear(program, state, typed, FACTS).state
        states[screen] = state
    states["about"] = hear(program, states["district"], "4", FACTS).state
    state = hear(program, state, "123456789012", FACTS).state
    state = states["born"] = resume(program, state, Gave({"holder": "Palesa Mokoena"}), FACTS).state
    state = states["fee"] = hear(program, state, "5/3/1990", FACTS).state
    state = hear(program, state, "100", FACTS).state
    state = states["point"] = resume(program, state, Gave({"points": json.dumps(POINTS)}), FACTS).state
    states["check"] = hear(program, state, "3", FACTS).state
    assert states["check"].screen == "service-1/check", states["check"].screen
    return states


def step_costs(program: Program) -> dict[str, float]:
    states = reached(program)
    heard = {
        "choose": ("district", "1"),
        "choose with a condition": ("menu", "1"),
        "ask a date": ("born", "5/3/1990"),
        "ask an amount, compared": ("fee", "100"),
        "a wrong answer": ("born", "32/13/1990"),
        "a long text, next page": ("about", "99"),
        "a list, next page": ("point", "99"),
        "a list, pick": ("point", "3"),
        "confirm": ("check", "1"),
        "back": ("check", "9"),
    }
    return {
        name: microseconds(partial(hear, program, states[screen], typed, FACTS))
        for name, (screen, typed) in heard.items()
    }


def main() -> None:
    sources = large_pack()
    size = sum(map(len, sources.values()))
    program = compile_pack(sources).program
    read = seconds(lambda: [read_yaml(file, text, print) for file, text in sources.items()])
    whole = seconds(lambda: compile_pack(sources))
    budgets = seconds(lambda: list(check_budgets(program, frozenset(program.names))))
    screens, languages = len(program.screens), len(program.languages)
    print(f"{screens} screens, {languages} languages, {len(sources)} files, {size // 1000} kB")
    for name, value in (
        ("reading the YAML", read), ("compiling", whole - budgets), ("proving that it fits", budgets), ("all", whole),
    ):  # fmt: skip
        print(f"{name:<26}{value:>7.2f} s{value / read:>8.1f}x")
    kilobyte = json.dumps({f"answer_{number}": "x" * 20 for number in range(25)})
    dumped = json.loads(kilobyte)
    base = microseconds(lambda: json.dumps(dumped))
    print(f"\none step; json.dumps of {len(kilobyte)} bytes: {base:.1f} µs")
    for name, cost in step_costs(program).items():
        print(f"{name:<26}{cost:>7.1f} µs{cost / base:>7.1f}x")


if __name__ == "__main__":
    main()
