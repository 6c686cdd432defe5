"""The pretend directory of service points: shops, schools and post offices, none of which exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from fastapi import APIRouter, HTTPException
from fastapi.params import Depends

from integrations.sandbox.districts import DISTRICTS, district_of
from integrations.sandbox.knobs import OfficeRoute


class Kind(StrEnum):
    SHOP = "shop"
    SCHOOL = "school"
    POST_OFFICE = "post_office"


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """`hours` is HH:MM-HH:MM on weekdays; `telephone` may be empty."""

    id: str
    name: str
    kind: Kind
    district: str
    village: str
    hours: str
    telephone: str


NAMES: Mapping[str, Mapping[str, Kind]] = {
    "Maseru": {
        "Naleli": Kind.SHOP,
        "Khoeli": Kind.SHOP,
        "Letsatsi": Kind.POST_OFFICE,
        "Pula": Kind.SHOP,
        "Lehlabula": Kind.SCHOOL,
        "Mariha": Kind.SHOP,
        "Selemo": Kind.POST_OFFICE,
        "Hoetla": Kind.SCHOOL,
    },
    "Leribe": {"Thaba": Kind.SHOP, "Molapo": Kind.POST_OFFICE, "Phula": Kind.SCHOOL, "Leralla": Kind.SHOP},
    "Berea": {"Lehloa": Kind.SHOP, "Moea": Kind.SCHOOL, "Leru": Kind.POST_OFFICE},
    "Mafeteng": {"Lejoe": Kind.POST_OFFICE, "Lehlaka": Kind.SHOP, "Sefate": Kind.SCHOOL},
    "Butha-Buthe": {"Nonyana": Kind.SHOP, "Khomo": Kind.POST_OFFICE},
    "Mohale's Hoek": {"Pere": Kind.SHOP, "Nku": Kind.SCHOOL},
    "Quthing": {"Poli": Kind.POST_OFFICE},
    "Qacha's Nek": {},  # so that clients meet a district with none
    "Mokhotlong": {"Phoka": Kind.SHOP, "Serame": Kind.SCHOOL},
    "Thaba-Tseka": {"Mohloli": Kind.POST_OFFICE},
}
"""Sun, rain, mountain and the like; every village is called an example, and no telephone number begins with 0."""
HOURS: Mapping[Kind, str] = {Kind.SHOP: "08:00-18:00", Kind.SCHOOL: "14:00-16:30", Kind.POST_OFFICE: "08:30-16:00"}


def _points() -> Iterator[ServicePoint]:
    every = [(district, name, kind) for district, names in NAMES.items() for name, kind in names.items()]
    for number, (district, name, kind) in enumerate(every, 1):
        telephone = "" if kind is Kind.SCHOOL else f"{number:08d}"
        yield ServicePoint(f"SP-{number:03d}", name, kind, district, f"Ha Mohlala {number}", HOURS[kind], telephone)


POINTS = tuple(_points())


def directory_router(guards: Sequence[Depends], door: str = "") -> APIRouter:
    """The directory's only route, behind `guards`; the same again at each `door` where somebody else stands guard."""
    router = APIRouter(prefix=f"{door}/directory", dependencies=guards, route_class=OfficeRoute)
    router.add_api_route("/service-points", _list, methods=["GET"])
    return router


async def _list(district: str = "") -> list[dict[str, str]]:
    """A bare list, as small directories often answer; a district without points has an empty one."""
    wanted = _wanted(district)
    return [asdict(point) for point in POINTS if point.district == wanted]


def _wanted(spelt: str) -> str:
    known = ", ".join(DISTRICTS)
    if not spelt:
        raise HTTPException(400, {"code": "district_missing", "message": f"Send `?district=` and one of: {known}."})
    district = district_of(spelt)
    if district is None:
        raise HTTPException(400, {"code": "district_unknown", "message": f"There is no such district; take: {known}."})
    return district
