"""How an office of the sandbox is asked: its own routes behind guards, and the tester's, which no knob touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.params import Depends

from integrations.sandbox.country import key_reused
from integrations.sandbox.knobs import OfficeRoute

Doors = Mapping[str, Callable[..., Any]]
"""By method and path, as `GET /people/{id}`."""


def open_doors(prefix: str, guards: Sequence[Depends], own: Doors, testers: Doors) -> APIRouter:
    """What an office is sent with POST it answers with 201."""
    office = APIRouter(dependencies=guards, route_class=OfficeRoute)
    router = APIRouter(prefix=prefix)
    for door, answer in own.items():
        method, _, path = door.partition(" ")
        office.add_api_route(path, answer, methods=[method], status_code=201 if method == "POST" else 200)
    for door, answer in testers.items():
        method, _, path = door.partition(" ")
        router.add_api_route(path, answer, methods=[method])
    router.include_router(office)
    return router


def answer_again(before: dict[str, Any], body: str, response: Response) -> dict[str, Any]:
    """What was done under the key before, without its `body`; raises 409 if that was another one."""
    if before.pop("body") != body:
        raise key_reused()
    response.status_code = 200
    return before
