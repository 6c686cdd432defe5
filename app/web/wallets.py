"""The wallets' door: the GSMA Mobile Money API 1.2 for bills, by which a wallet asks us for a bill and pays it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import limits
from app.audit import stamp
from app.bill_api import (
    Account,
    ApiRefusal,
    Category,
    account_of,
    checked_correlation,
    checked_date,
    checked_hash,
    invalid,
    link_to,
    read_account,
    read_time,
    told_bill,
    told_payment,
    told_state,
    told_time,
    unknown,
)
from app.billing import Coming, Denied
from app.counter import Counter, Wallet
from app.editions import Editions
from app.errors import SealBroken, ServiceFailed, StoreUnavailable, TooManyGuesses, place_of
from app.measures import Measures
from app.payments import Bill, Unfit
from app.ports import Clock, Window

log = structlog.get_logger()
PING_SECONDS = 1.0
CODES = {"missing": "mandatoryValueNotSupplied", "string_too_long": "lengthError", "string_too_short": "lengthError"}
ShortText = Annotated[str, Field(max_length=256)]
UNDER_WAY = ("incorrectState", "A wallet is being asked for this bill: its payer would pay twice. Ask again later.")
REFUSED = {
    Unfit.UNDER: ("underPaymentNotAllowed", "The amount is less than the bill's."),
    Unfit.OVER: ("overPaymentNotAllowed", "The amount is more than the bill's."),
    Unfit.SECOND: ("incorrectState", "The bill is paid."),
    Unfit.CLOSED: ("incorrectState", "The bill is not to be paid any more."),
    Denied.KNOWN: (
        "duplicateRequest",
        "This X-CorrelationID was supplied before; /responses tells of it.",
    ),
    Denied.UNDER_WAY: UNDER_WAY,
}


class BillPayment(BaseModel):
    """`requestBillPayment`: what of it is used; the rest is let pass."""

    model_config = ConfigDict(frozen=True)

    amount: Annotated[str, Field(alias="amountPaid", min_length=1, max_length=23)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    reference: Annotated[ShortText, Field(alias="requestingOrganisationTransactionReference")] = ""
    requested: Annotated[Any, Field(alias="requestDate")] = None
    payment_type: Annotated[str, Field(alias="paymentType", pattern="^(partial|full)payment$")] = "fullpayment"


def _guarded(clock: Clock, measures: Measures) -> type[APIRoute]:
    """Routes whose every answer carries X-Date, and whose errors are error objects without a word of what was sent."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    response = await handle(request)
                except Exception as error:
                    refusal = _refusal(error)
                    response = JSONResponse(refusal.told(clock()), refusal.status)
                    measures.count("mohala_wallets_refused_total", code=refusal.code)
                response.headers["X-Date"] = stamp(clock())
                response.headers["Cache-Control"] = "no-store"
                return response

            return guarded

    return Guarded


def _refusal(error: Exception) -> ApiRefusal:
    if isinstance(error, ApiRefusal):
        return error
    if isinstance(error, TooManyGuesses):
        return ApiRefusal(Category.BUSINESS_RULE, "rateLimitError", "Too many codes that are none; try tomorrow.")
    if isinstance(error, StoreUnavailable | ServiceFailed | SealBroken):
        return ApiRefusal(Category.SERVICE_UNAVAILABLE, "genericError", "It cannot be done now; try again soon.")
    log.error("wallet_refused", reason=f"our mistake: {place_of(error)}")
    return ApiRefusal(Category.INTERNAL, "genericError", "It could not be done, by our mistake.")


class _Door:
    """What each route does first, and what it says of bills."""

    def __init__(self, counter: Counter, editions: Editions, clock: Clock) -> None:
        self.counter = counter
        self._editions = editions
        self.clock = clock

    async def admit(self, request: Request) -> tuple[Wallet, bytes]:
        """The wallet and the body; raises `ApiRefusal`. Who it is comes first: a stranger learns nothing else."""
        headers = request.headers
        wallet = self.counter.admit(
            request.path_params["wallet"], headers.get("x-client-id", ""), headers.get("x-api-key", "")
        )
        if wallet is None:
            told = "X-Client-Id or X-API-Key is not that of this wallet."
            raise ApiRefusal(Category.AUTHORISATION, "clientAuthorisationError", told)
        checked_date(headers.get("x-date"), self.clock())
        body = await _body(request)
        checked_hash(headers.get("x-content-hash"), body)
        return wallet, body

    def bill(self, bill: Bill, *, is_under_way: bool) -> dict[str, Any]:
        edition = self._editions.current
        service = edition.catalogue.services.get(bill.service)
        title = "".join(map(str, service.title[edition.program.base])) if service else bill.service
        due = edition.program.day(bill.last_at)
        return told_bill(bill, title, due.isoformat(), is_under_way=is_under_way)


def wallets_router(counter: Counter, editions: Editions, measures: Measures, clock: Clock) -> APIRouter:
    """`/wallets/{wallet}/v1.2/...`, as the bill payments of the GSMA's API have it."""
    router = APIRouter(prefix="/wallets/{wallet}/v1.2", tags=["wallets"], route_class=_guarded(clock, measures))
    door = _Door(counter, editions, clock)

    @router.get("/heartbeat")
    async def heartbeat(request: Request) -> Response:
        """Whether bills can be asked for and paid now."""
        await door.admit(request)
        try:
            async with asyncio.timeout(PING_SECONDS):
                await counter.ping()
        except (TimeoutError, StoreUnavailable):
            return JSONResponse({"serviceStatus": "unavailable"})
        return JSONResponse({"serviceStatus": "available"})

    @router.get("/requeststates/{server_id}")
    async def state(request: Request, server_id: str) -> Response:
        wallet, _ = await door.admit(request)
        found = await counter.came(wallet, server_id=checked_correlation(server_id, "serverCorrelationId"))
        if found is None:
            raise unknown("No request has this id.")
        return JSONResponse(told_state(found[0], calls_back=wallet.later))

    @router.get("/responses/{correlation}")
    async def response(request: Request, correlation: str) -> Response:
        """Where a payment is whose answer was lost."""
        wallet, _ = await door.admit(request)
        found = await counter.came(wallet, correlation=checked_correlation(correlation, "clientCorrelationId"))
        if found is None:
            raise unknown("No request has this id.")
        return JSONResponse({"link": link_to(*found)})

    @router.get("/bills/{code}/payments/{receipt}")
    async def payment(request: Request, code: str, receipt: str) -> Response:
        """What `/responses` leads to."""
        wallet, _ = await door.admit(request)
        found = await counter.came(wallet, receipt=receipt) if receipt else None
        if found is None or found[1].code != code:
            raise unknown("No payment has this reference.")
        return JSONResponse(told_payment(*found))

    _add(router, door, "/bills", _listing(door))
    _add(router, door, "/bills/{code}/payments", _payments(door), _paying(door))

    @router.api_route("/{elsewhere:path}", methods=["GET", "POST"], include_in_schema=False)
    async def elsewhere(request: Request) -> Response:
        """What the API has and we do not, such as payments without a bill: told as the API tells it."""
        await door.admit(request)
        raise unknown("There is no such resource here.")

    return router


Handler = Callable[[Request, Wallet, Account, bytes], Awaitable[Response]]


def _add(router: APIRouter, door: _Door, path: str, get: Handler, post: Handler | None = None) -> None:
    """A path below each way to name an account; payments are found by the bill's code alone as well."""

    def routed(handler: Handler, read: Callable[[Request], Account]) -> Callable[[Request], Awaitable[Response]]:
        async def route(request: Request) -> Response:
            wallet, body = await door.admit(request)
            return await handler(request, wallet, read(request), body)

        return route

    ways: dict[str, Callable[[Request], Account]] = {
        "/accounts/{account}": lambda request: read_account(request.path_params["account"]),
        "/accounts/{identifier_type}/{identifier}": lambda request: account_of(
            [(request.path_params["identifier_type"], request.path_params["identifier"])]
        ),
    }
    if post is not None:
        ways[""] = lambda _: Account()
    for way, read in ways.items():
        router.add_api_route(f"{way}{path}", routed(get, read), methods=["GET"])
        if post is not None:
            router.add_api_route(f"{way}{path}", routed(post, read), methods=["POST"], status_code=201)


def _listing(door: _Door) -> Handler:
    async def listing(request: Request, wallet: Wallet, account: Account, body: bytes) -> Response:
        found = await door.counter.listed(wallet, account, _window(request))
        if found is None:
            raise unknown()
        if account.code and found.under_way:
            raise ApiRefusal(Category.BUSINESS_RULE, *UNDER_WAY)
        counts = {"X-Records-Available-Count": str(found.count), "X-Records-Returned-Count": str(len(found.bills))}
        told = [door.bill(bill, is_under_way=bill.id in found.under_way) for bill in found.bills]
        return JSONResponse(told, headers=counts)

    return listing


def _payments(door: _Door) -> Handler:
    async def payments(request: Request, wallet: Wallet, account: Account, body: bytes) -> Response:
        """A bill is paid once, so this is one payment, as the API's description has it."""
        found = await door.counter.payment_of(wallet, account, request.path_params["code"])
        if found is None:
            raise unknown("No payment of this wallet is known for this bill.")
        counts = {"X-Records-Available-Count": "1", "X-Records-Returned-Count": "1"}
        return JSONResponse(told_payment(*found), headers=counts)

    return payments


def _paying(door: _Door) -> Handler:
    async def paying(request: Request, wallet: Wallet, account: Account, body: bytes) -> Response:
        correlation = checked_correlation(request.headers.get("x-correlationid"))
        callback = _callback(wallet, request.headers.get("x-callback-url"))
        told = _read(body)
        payer = account.msisdn
        coming = Coming(
            *(wallet.name, correlation, told.amount, told.currency, payer, told.reference, wallet.keeps, callback),
            begun_at=told_time(told.requested),
        )
        taken = await door.counter.pay(wallet, account, request.path_params["code"], coming)
        if taken is None or taken is Unfit.LATE:
            raise unknown()
        if taken is Denied.CURRENCY:
            raise invalid("currencyNotSupported", "The bill is of another currency.", "currency")
        if taken is Denied.AMOUNT:
            raise invalid("formatError", "An amount above zero is wanted, such as 130 or 2.5.", "amountPaid")
        if isinstance(taken, Unfit | Denied):
            raise ApiRefusal(Category.BUSINESS_RULE, *REFUSED[taken])
        if wallet.later:
            return JSONResponse(told_state(taken, calls_back=bool(callback)), 202)
        found = await door.counter.came(wallet, receipt=taken.receipt)
        assert found is not None, "what was just taken is there"
        return JSONResponse(told_payment(*found), 201)

    return paying


def _callback(wallet: Wallet, url: str | None) -> str:
    """Where the wallet wants to be told; empty: nowhere. Only what was agreed beforehand is ever called."""
    if not wallet.later or url is None:
        return ""
    if not wallet.can_be_called_at(url):
        raise invalid("formatError", "X-Callback-URL is not below an address that was agreed.", "X-Callback-URL")
    return url


def _read(body: bytes) -> BillPayment:
    try:
        return BillPayment.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_context=False)[0]
        field = str(problem["loc"][0]) if problem["loc"] else "body"
        code = CODES.get(problem["type"], "formatError")
        raise invalid(code, "The body is not a bill payment.", field) from None


def _window(request: Request) -> Window:
    query = request.query_params
    limit, offset = query.get("limit", str(limits.bills_listed_max)), query.get("offset", "0")
    if not _is_count(limit) or limit.strip("0") == "":
        raise invalid("formatError", "`limit` is a whole number above zero.", "limit")
    if not _is_count(offset):
        raise invalid("invalidOffset", "`offset` is a whole number.", "offset")
    since, until = (read_time(query[name], name) if name in query else None for name in ("fromDateTime", "toDateTime"))
    return Window(min(int(limit), limits.bills_listed_max), int(offset), since, until)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


async def _body(request: Request) -> bytes:
    """Raises `ApiRefusal` past `wallet_body_bytes_max`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.wallet_body_bytes_max:
            raise invalid("lengthError", "The body is too long.", "body")
    return bytes(body)
