"""Who stands in the registers of the pretend OpenCRVS: nobody who exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MASERU = "c7d1f0aa-0000-4000-8000-000000000001"
LERIBE = "c7d1f0aa-0000-4000-8000-000000000002"
"""Ids of places, as `/.well-known/locations.json` of OpenCRVS would list them."""


@dataclass(frozen=True, slots=True)
class Person:
    """Days are YYYY-MM-DD; `identifiers` by type."""

    given: str
    family: str
    sex: str
    born: str
    identifiers: Mapping[str, str] = field(default_factory=dict)

    def named(self) -> dict[str, Any]:
        first, _, middle = self.given.partition(" ")
        identifiers = [{"type": type, "value": value} for type, value in self.identifiers.items()]
        return {
            "identifier": identifiers,
            "given_name": first,
            "middle_name": middle or None,
            "family_name": self.family,
        }


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry of a register; `day` and `place` are of the event, `others` a mother, a father or a groom."""

    id: str
    register: str
    person: Person
    day: str
    place: str
    others: Mapping[str, Person] = field(default_factory=dict)

    def has(self, type: str, value: str) -> bool:
        """Whether anybody in it is known by this; in whatever letters, as its search engine compares."""
        everybody = (self.person, *self.others.values())
        return any(one.identifiers.get(type, "").casefold() == value.casefold() for one in everybody)

    def record(self) -> dict[str, Any]:
        """As OpenCRVS answers it: each register has names of its own for its days and places."""
        place = {"@type": "Place", "identifier": f"ocrvs:{self.place}"}
        relations = [{"relationship": role, **person.named()} for role, person in self.others.items()]
        person = {**self.person.named(), "relations": relations}
        match self.register:
            case "birth":
                return {**person, "birthDate": self.day, "sex": self.person.sex, "birthPlace": place}
            case "death":
                days = {"birthDate": self.person.born, "deathDate": self.day}
                return {**person, **days, "sex": self.person.sex, "deathPlace": place}
            case _:
                return {**person, "marriagedate": self.day, "marriagePlace": place}


def _person(given: str, sex: str, born: str, **identifiers: str) -> Person:
    return Person(given, "Mokoena", sex, born, identifiers)


def _entry(number: int, register: str, person: Person, place: str, day: str = "", **others: Person) -> Registration:
    id = f"0967bab8-0000-4000-8000-{number:012d}"
    return Registration(id, register, person, day or person.born, place, others)


_MAMELLO = _person("Mamello", "female", "1990-02-11", NID="012345678901")
_THABO = _person("Thabo", "male", "1988-07-30", NID="012345678902")
_LINEO = _person("Lineo Palesa", "female", "2023-03-05", BRN="2023BLINEO1")
_TUMELO = _person("Tumelo", "male", "2025-08-17", BRN="2025BTUMELO")
_MPHO = _person("Mpho", "male", "1941-01-09", DRN="2025DMPHO01", NID="012345678903")
_BRIDE = _person("Mamello", "female", "1990-02-11", MRN="2015MMOKOEN", NID="012345678901")
_GROOM = _person("Thabo", "male", "1988-07-30", MRN="2015MMOKOEN", NID="012345678902")

REGISTRATIONS = (
    _entry(1, "birth", _LINEO, MASERU, mother=_MAMELLO, father=_THABO),
    _entry(2, "birth", _TUMELO, MASERU, mother=_MAMELLO, father=_THABO),
    _entry(3, "birth", _person("Mamello", "female", "1990-02-11", BRN="1990BMAMELL", NID="012345678901"), LERIBE),
    _entry(4, "birth", _person("Khotso", "male", "2024-06-01", BRN="2024BKHOTSO"), LERIBE),
    _entry(5, "birth", _person("Pule", "male", "2024-06-01", BRN="2024BPULE01"), LERIBE),
    _entry(
        6, "death", _person("Mpho", "male", "1941-01-09", DRN="2025DMPHO01", NID="012345678903"), LERIBE, "2025-11-02"
    ),
    _entry(7, "marriage", _BRIDE, MASERU, "2015-12-12", groom=_GROOM),
    # One man twice, under one national id: what a register should not have, and some do.
    _entry(8, "birth", _person("Tau", "male", "1985-05-05", BRN="1985BTAU001", NID="012345678904"), MASERU),
    _entry(9, "birth", _person("Tau", "male", "1985-05-06", BRN="1985BTAU002", NID="012345678904"), MASERU),
)
