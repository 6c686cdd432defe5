"""What citizens are told of service points: lists for menus, one point, its prices, and an answer to a text.

The house itself answers, out of the pack: no office is asked, so it works while all of them are away. The compiler
measures the same answers, so that every page is proven to hold the longest of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app import limits
from app.catalogue import Service
from app.house_services import Find
from app.points.finding import Area, Found, search
from app.points.hours import Hours, clock
from app.points.point import Point, Points
from app.values.formats import Currency, Formats
from app.values.rules import Text, ValueType
from app.values.text import Spelling, Template, fill_from, fit, septets, spell

DAY_PHRASES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OWN_AMOUNT = "own_amount"
"""What is said in the place of an amount that citizens type."""
EXAMPLE = "example"
"""What is said behind a price that nobody has published."""
POINT_PHRASES = (
    *DAY_PHRASES, "open_until", "opens_today", "opens_on", "always_open", "by_service", "free", "no_fee",
    OWN_AMOUNT, EXAMPLE,
)  # fmt: skip
"""What the house says of points, in a pack with a service that finds them; the last ones if it bills what is typed, and
if a price is an example.
"""
Answer = Mapping[str, str]
Entries = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Speech:
    """How a pack speaks: its phrases, how its languages write an amount, and how it spells what phones lack."""

    phrases: Mapping[str, Text]
    formats: Mapping[str, Formats]
    currency: Currency
    spelling: Spelling = field(default_factory=dict)

    def say(self, phrase: str, language: str) -> str:
        return _bare(self.phrases[phrase][language])


@dataclass(frozen=True, slots=True)
class Guide:
    """Answers in one language, at one moment on the clock of the points."""

    points: Points
    services: Mapping[str, Service]
    speech: Speech
    language: str
    there: datetime

    def answer(self, find: Find, arguments: Mapping[str, str]) -> Answer:
        """What is asked for and does not exist is empty."""
        ways: Mapping[Find, Callable[..., Answer]] = {
            Find.COUNCILS: self.councils,
            Find.SERVICES: self.offered,
            Find.POINTS: self.listed,
            Find.POINT: self.point,
            Find.SEARCH: self.search,
        }
        return ways[find](**arguments)

    def councils(self, district: str, service: str) -> Answer:
        """The councils of a district that have a point; before them, unless a service was chosen, a way to do so."""
        counts: dict[str, int] = {}
        for point in self.points.within(district, service=service):
            counts[point.council] = counts.get(point.council, 0) + 1
        entries = [{"council": name, "label": f"{name} ({count})"} for name, count in counts.items()]
        if counts and not service:
            entries.insert(0, {"council": "", "label": self._say("by_service")})
        return {"councils": json.dumps(entries, ensure_ascii=False)}

    def offered(self, district: str) -> Answer:
        """The services that some point of a district has."""
        points = self.points.within(district)
        counts = {name: sum(name in point.services for point in points) for name in self.services}
        entries = [
            {"service": name, "label": f"{self._title(name)} ({count})"} for name, count in counts.items() if count
        ]
        return {"services": json.dumps(entries, ensure_ascii=False)}

    def listed(self, district: str, council: str, service: str) -> Answer:
        """The points of a council; `only` is the id if there is just one."""
        found = self.points.within(district, council, service=service)[: limits.points_listed_max]
        entries = [{"id": one.id, "name": one.name, "kind": one.kind, "village": one.village} for one in found]
        only = found[0].id if len(found) == 1 else ""
        return {"points": json.dumps(entries, ensure_ascii=False), "only": only}

    def point(self, id: str, service: str) -> Answer:
        """Everything about one point, nothing if there is none; `prices` are its `fees` in a text, as many as fit.

        If a `service` is named, they are only that one's.
        """
        point = self.points.get(id)
        if point is None:
            return {name: "[]" if isinstance(given, tuple) else "" for name, given in GIVES[Find.POINT].items()}
        fees = [
            {"title": self._title(name), "price": self.price(self.services[name])}
            for name in point.services
            if name in self.services and service in ("", name)
        ]
        prices, left = self._packed([f"{fee['title']}: {fee['price']}" for fee in fees])
        return {
            "id": point.id,
            "name": point.name,
            "kind": point.kind,
            "village": point.village,
            "council": point.council,
            "district": self._district(point.district),
            "hours": self.hours(point.hours),
            "state": self.state(point.hours),
            "telephone": grouped(point.telephone),
            "fees": json.dumps(fees, ensure_ascii=False),
            "prices": f"{prices}; +{left}" if left else prices,
        }

    def search(self, words: str) -> Answer:
        """What a text asks for: the `id` of one point, `points` of the area `place`, or `candidates` to choose from."""
        found = search(words, self.points, self._spoken())
        service = found.services[0] if len(found.services) == 1 else ""
        told = {"id": "", "service": service, "place": "", "points": "", "left": "", "candidates": ""}
        candidates = self._candidates(found)
        if candidates:
            return told | {"candidates": self._packed(candidates)[0]}
        if found.point is not None:
            return told | {"id": found.point.id}
        if not found.areas:
            return told
        area = found.areas[0]
        points = self.points.within(area.district, area.council, area.village, service)
        if len(points) == 1:
            return told | {"id": points[0].id}
        text, left = self._packed([f"{one.id} {one.name} ({one.village})" for one in points])
        return told | {"place": self._short(area), "points": text, "left": str(left) if left else ""}

    def longest_of_search(self) -> Iterator[Answer]:
        """Answers to texts, each as long as any can be."""
        packs = [f"{one.id} {one.name} ({one.village})" for one in self.points.values()]
        packs += [f"{one.id} {self._title(name)}" for one in self.points.values() for name in one.services]
        areas = [Area(one.key, council) for one in self.points.districts.values() for council in ("", *one.councils)]
        areas += [Area(one.district, "", one.village) for one in self.points.values()]
        names = [self._name(area) for area in areas]
        titles = [self._title(name) for name in self._spoken()]
        candidates = [f"{max(names, key=len, default='')} {title}" for title in titles]
        full = "x" * limits.point_answer_septets_max
        for text in (full, *packs, *candidates):
            yield {"points": text, "candidates": text, "place": "", "id": "", "service": "", "left": ""}
        for area, name in zip(areas, names, strict=True):
            yield {
                "points": "", "candidates": name, "place": self._short(area), "id": "", "service": "", "left": "0000",
            }  # fmt: skip
        for point in self.points.values():
            for service in point.services:
                yield {
                    "id": point.id, "service": service, "place": "", "points": "", "candidates": "", "left": "",
                }  # fmt: skip

    def hours(self, hours: Hours) -> str:
        """`Monday-Friday 08:00-17:00, Saturday 08:00-13:00`."""
        return ", ".join(
            f"{self._day(first)}{f'-{self._day(last)}' if last > first else ''} {' '.join(span.told for span in times)}"
            for first, last, times in hours.runs()
        )

    def state(self, hours: Hours) -> str:
        """Until when it is open, or when it opens."""
        if hours.is_open(self.there):
            closes = hours.closes(self.there)
            return f"{self._say('open_until')} {closes:%H:%M}" if closes else self._say("always_open")
        opens = hours.opens(self.there)
        minute = clock(opens.hour * 60 + opens.minute)
        if opens.date() == self.there.date():
            return f"{self._say('opens_today')} {minute}"
        return f"{self._say('opens_on')} {self._day(opens.weekday())} {minute}"

    def price(self, service: Service) -> str:
        """What is paid at a point: in all, and of that to the government and to whoever serves; or, where citizens say
        themselves how much, what whoever serves takes on top. One that nobody has published says that it is an example.
        """
        return f"{self._price(service)} {self._say(EXAMPLE)}" if service.has_example else self._price(service)

    def _price(self, service: Service) -> str:
        if service.typed is not None:
            charge = service.charge.amount_minor if service.charge else 0
            return self._say(OWN_AMOUNT) + (f" + {self._money(charge)}" if charge else "")
        if service.fee is None and service.charge is None:
            return self._say("no_fee")
        fee, charge = (cost.amount_minor if cost else 0 for cost in (service.fee, service.charge))
        if not fee + charge:
            return self._say("free")
        return self._money(fee + charge) + (f" ({self._money(fee)}+{self._money(charge)})" if charge else "")

    def _candidates(self, found: Found) -> list[str]:
        """What may be meant, as it can be sent; nothing if it is clear."""
        if len(found.areas) > 1:
            return [self._name(area) for area in found.areas]
        if len(found.services) < 2 and not found.unread:
            return []
        offered = {name for point in self._asked(found) for name in point.services}
        titles = [self._title(name) for name in found.services or sorted(offered) if name in offered]
        begin = found.point.id if found.point else self._name(found.areas[0]) if found.areas else ""
        return [f"{begin} {title}" for title in titles] if begin else []

    def _asked(self, found: Found) -> Iterable[Point]:
        if found.point:
            return (found.point,)
        return [one for area in found.areas for one in self.points.within(area.district, area.council, area.village)]

    def _spoken(self) -> dict[str, list[str]]:
        offered = {name for point in self.points.values() for name in point.services}
        return {
            name: [name.replace("-", " "), *(_bare(title) for title in self.services[name].title.values())]
            for name in sorted(offered & self.services.keys())
        }

    def _name(self, area: Area) -> str:
        name = area.village or area.council
        return f"{name}, {self._district(area.district)}" if name else self._district(area.district)

    def _short(self, area: Area) -> str:
        return area.village or area.council or self._district(area.district)

    def _district(self, key: str) -> str:
        return _bare(self.points.districts[key].name[self.language])

    def _title(self, service: str) -> str:
        return _bare(self.services[service].title[self.language])

    def _day(self, day: int) -> str:
        return self._say(DAY_PHRASES[day])

    def _packed(self, texts: Iterable[str]) -> tuple[str, int]:
        return packed(texts, self.speech.spelling)

    def _say(self, phrase: str) -> str:
        return self.speech.say(phrase, self.language)

    def _money(self, minor: int) -> str:
        return self.speech.formats[self.language].money(minor, self.speech.currency)


def packed(texts: Iterable[str], spelling: Spelling) -> tuple[str, int]:
    """As many texts as a line of an answer holds, at least one, and how many are left."""
    every, told = list(texts), ""
    for place, text in enumerate(every):
        longer = f"{told}; {text}" if told else text
        if told and septets(fit(spell(longer, spelling), None)) > limits.point_answer_septets_max:
            return told, len(every) - place
        told = longer
    return told, 0


def _bare(template: Template) -> str:
    """A text that names no values. The compiler complains of one that does, and measures it all the same."""
    return fill_from(template, lambda _: "")


def grouped(telephone: str) -> str:
    """`2212 3456`, as telephone books write eight digits."""
    return f"{telephone[:4]} {telephone[4:]}" if len(telephone) == 8 else telephone


GIVES: Mapping[Find, Mapping[str, ValueType | tuple[str, ...]]] = {
    Find.COUNCILS: {"councils": ("label", "council")},
    Find.SERVICES: {"services": ("label", "service")},
    Find.POINTS: {"points": ("name", "kind", "village", "id"), "only": ValueType.TEXT},
    Find.POINT: {
        **dict.fromkeys(("id", "name", "village", "council", "district"), ValueType.TEXT),
        **dict.fromkeys(("hours", "state", "telephone"), ValueType.TEXT),
        "kind": ValueType.WORD,
        "fees": ("title", "price"),
        "prices": ValueType.TEXT,
    },
    Find.SEARCH: dict.fromkeys(
        ("id", "service", "place", "points", "left", "candidates"), ValueType.TEXT
    ),
}  # fmt: skip
"""What each way of finding gives; a tuple names the fields of a list's entries."""
