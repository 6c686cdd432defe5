"""Pretend offices that only tell how something stands: ID cards, passports, driving licences and plates, businesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.params import Depends

from integrations.sandbox.country import Country
from integrations.sandbox.knobs import OfficeRoute
from integrations.sandbox.standing import initials_of, making_of, require_known, today_in, validity_of

APPLICATION_DIGITS, LICENCE_DIGITS = range(6, 13), range(6, 13)
PLATE = re.compile("[A-Z]{1,3}[0-9]{3,4}")
UNKNOWN_PLATES = "ZZ"


class IdCards:
    def router(self, guards: Sequence[Depends]) -> APIRouter:
        router = APIRouter(prefix="/id-cards", dependencies=guards, route_class=OfficeRoute)
        router.add_api_route("/applications/{number}", _making, methods=["GET"])
        return router


class Traffic:
    def __init__(self, country: Country) -> None:
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        router = APIRouter(prefix="/traffic", dependencies=guards, route_class=OfficeRoute)
        router.add_api_route("/licences/{number}", self._licence, methods=["GET"])
        router.add_api_route("/plates/{plate}", self._plate, methods=["GET"])
        return router

    async def _licence(self, number: str) -> dict[str, Any]:
        require_known(number, LICENCE_DIGITS)
        return {"number": number, **validity_of(number, today_in(self._country))}

    async def _plate(self, plate: str) -> dict[str, Any]:
        if not PLATE.fullmatch(plate) or plate.startswith(UNKNOWN_PLATES):
            raise HTTPException(404, {"code": "unknown"})
        return {"plate": plate, **validity_of(plate, today_in(self._country))}


class Businesses:
    def __init__(self, country: Country) -> None:
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        router = APIRouter(prefix="/business", dependencies=guards, route_class=OfficeRoute)
        router.add_api_route("/licences/{number}", self._licence, methods=["GET"])
        return router

    async def _licence(self, number: str) -> dict[str, Any]:
        require_known(number, LICENCE_DIGITS)
        return {"number": number, "name": initials_of(number), **validity_of(number, today_in(self._country))}


async def _making(number: str) -> dict[str, Any]:
    """Of an application for a card, by the number on its receipt."""
    require_known(number, APPLICATION_DIGITS)
    return {"number": number, **making_of(number)}
