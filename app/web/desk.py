"""The desk over HTTP, for a clerk's own tools: the same as `mohala desk`, behind a token for each clerk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from app import limits, sheet
from app.deeds import Deed
from app.desk import Desk, Sight
from app.errors import DeskRefused, SealBroken, ServiceFailed, StoreUnavailable
from app.messages import Status
from app.ports import Clock
from app.reference import show_reference
from app.tasks import Clerk, Entry, Wanted

ClerkOf = Callable[[str], Awaitable[Clerk | None]]
PAGE = 100
sheet_bytes_max = 2_000_000
SHEET_TYPE = "text/csv; charset=utf-8"


class Move(BaseModel):
    """`status` None: it stays; `promised` is the last day; `revision` that of the look before, None: any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status | None = None
    results: Annotated[Mapping[str, str], Field(max_length=40)] = {}
    reason: Annotated[str, Field(max_length=40)] = ""
    promised: date | None = None
    revision: Annotated[str | None, Field(max_length=20)] = None


def _admit(clerk_of: ClerkOf) -> Callable[[Request], Awaitable[None]]:
    async def admit(request: Request) -> None:
        """A dependency: 401, or the clerk in `request.state`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        clerk = await clerk_of(token.strip()) if scheme.lower() == "bearer" and token.isascii() else None
        if clerk is None:
            told = "Send `Authorization: Bearer TOKEN`; `mohala desk clerks add` makes a token."
            raise HTTPException(401, told, {"WWW-Authenticate": "Bearer"})
        request.state.clerk = clerk

    return admit


def desk_router(desk: Desk, clerk_of: ClerkOf, clock: Clock) -> APIRouter:
    """`/desk/tasks`, `/desk/tasks/{reference}` with `take`, `release` and `move`, and `/desk/sheet`.

    401 without a clerk's token, 409 with a sentence for what may not be done, 503 while it cannot be.
    """
    router = APIRouter(prefix="/desk", tags=["desk"], dependencies=[Depends(_admit(clerk_of))])

    @router.get("/tasks")
    async def tasks(
        request: Request,
        assignee: str | None = None,
        office: str = "",
        overdue: bool = False,
        ended: bool = False,
        after: str = "",
    ) -> dict[str, Any]:
        """A page of the work list, without a citizen's data; `next` is `after` of the next page."""
        clerk = request.state.clerk
        last = (await desk.find(clerk, after)).task if after else None
        entries = await desk.entries(clerk, Wanted(office, assignee, clock() if overdue else None, ended, last, PAGE))
        following = show_reference(entries[-1].request.reference) if len(entries) == PAGE else None
        return {"tasks": [_line(entry) for entry in entries], "next": following}

    @router.get("/tasks/{reference}")
    async def look(reference: str, request: Request) -> dict[str, Any]:
        """What a citizen asked for, and how it can be answered."""
        return _whole(await desk.look(request.state.clerk, reference))

    @router.post("/tasks/{reference}/take")
    async def take(reference: str, request: Request) -> dict[str, Any]:
        return _line(await desk.take(request.state.clerk, reference))

    @router.post("/tasks/{reference}/release")
    async def release(reference: str, request: Request) -> dict[str, Any]:
        return _line(await desk.release(request.state.clerk, reference))

    @router.post("/tasks/{reference}/move")
    async def move(reference: str, told: Move, request: Request) -> dict[str, Any]:
        deed = Deed(told.status, told.results, told.reason, told.promised, told.revision)
        return _line(await desk.do(request.state.clerk, reference, deed))

    @router.get("/sheet", response_class=Response)
    async def export(request: Request, office: str = "") -> Response:
        """What is open as CSV, citizens' data and all."""
        entries = await sheet.all_entries(desk, request.state.clerk, Wanted(office), limits.desk_sheet_rows_max)
        return Response(sheet.written(await desk.sights(request.state.clerk, entries)), media_type=SHEET_TYPE)

    @router.post("/sheet")
    async def fill(request: Request) -> dict[str, Any]:
        """Do what a filled-in sheet says, line by line; `refused` are the lines that could not be done."""
        try:
            text = (await request.body()).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DeskRefused("The sheet is not UTF-8; save it as CSV in UTF-8.") from None
        done, refused = await sheet.fill_in(desk, request.state.clerk, text)
        return {"changed": done, "refused": refused}

    return router


def explain_refusals(app: FastAPI) -> None:
    """How the desk's errors are told; nothing in them is a citizen's."""

    async def refused(_: Request, error: Exception) -> Response:
        return JSONResponse({"message": str(error)}, 409)

    async def unavailable(_: Request, error: Exception) -> Response:
        return JSONResponse({"message": "It cannot be done now; try again soon."}, 503, {"Retry-After": "5"})

    app.add_exception_handler(DeskRefused, refused)
    for kind in (StoreUnavailable, ServiceFailed, SealBroken):
        app.add_exception_handler(kind, unavailable)


def _line(entry: Entry) -> dict[str, Any]:
    task, request = entry.task, entry.request
    return {
        "reference": show_reference(request.reference),
        "service": request.service,
        "office": task.office,
        "status": request.status.value,
        "filed_at": request.filed_at.isoformat(),
        "promised_at": task.promised_at.isoformat(),
        "escalated": task.escalated_at is not None,
        "assignee": task.assignee,
        "revision": entry.mark,
        "ended": task.closed_at is not None,
    }


def _whole(sight: Sight) -> dict[str, Any]:
    request, form = sight.entry.request, sight.form
    return _line(sight.entry) | {
        "title": sight.title,
        "language": request.language,
        "asked": dict(sight.arguments),
        "attached": dict(sight.attached),
        "results": {
            name: {"longest": most, "value": request.results.get(name, "")} for name, most in form.results.items()
        },
        "moves": [status.value for status in form.moves],
        "reasons": list(form.reasons),
    }
