"""The pretend ministry of social development: who gets a grant, where it goes, and when they have to be seen alive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.params import Depends

from integrations.sandbox.country import Country
from integrations.sandbox.home import PREPAID
from integrations.sandbox.knobs import OfficeRoute
from integrations.sandbox.standing import UNKNOWN_PREFIX, place_of, today_in

PERSON = re.compile(r"[0-9]{12}")
NOT_PAID_PREFIX = "96"
"""ID numbers that begin so are known and get nothing."""
PROVEN = "OAP"
"""The one programme whose people have to be seen alive; of the others both are empty."""


class SocialDevelopment:
    """Whoever has an ID number gets all three; its payments stand at the payer of grants under the reference `slip`."""

    def __init__(self, country: Country) -> None:
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        router = APIRouter(prefix="/social-development", dependencies=guards, route_class=OfficeRoute)
        router.add_api_route("/people/{id}/{programme}", self._person, methods=["GET"])
        return router

    async def _person(self, id: str, programme: Literal["OAP", "CGP", "PAG"]) -> dict[str, Any]:
        if not PERSON.fullmatch(id) or id.startswith((UNKNOWN_PREFIX, NOT_PAID_PREFIX)):
            raise HTTPException(404, {"code": "unknown"})
        is_due = id[-1] in "13579"
        by = today_in(self._country) + timedelta(days=45 if is_due else 300)
        proof = {"proof": "due" if is_due else "seen", "proof_by": by.isoformat()}
        return {
            "slip": f"{programme}-{PREPAID.removeprefix('+')}{id[-7:]}-1",
            "where": "M-Pesa" if id[-2] in "02468" else place_of(id),
            **(proof if programme == PROVEN else {"proof": "", "proof_by": ""}),
        }
