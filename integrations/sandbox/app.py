"""The sandbox country as one web application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import anyio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHttpException

from app.errors import SettingsWrong
from app.ports import Clock, RandomBytes
from integrations.sandbox import (
    civil_registry,
    electricity,
    farm_inputs,
    grants,
    knobs,
    licences,
    m_pesa,
    m_pesa_words,
    mosip,
    oauth,
    opencrvs,
    paid_accounts,
    passports,
    payers,
    pensions,
    push_poll,
    pushes,
    sms_centre,
    social_development,
    standing,
    statement,
    wallet,
    x_road,
)
from integrations.sandbox.callouts import Callout, call_back
from integrations.sandbox.country import Country, require_basic, require_key
from integrations.sandbox.delivery import DeliveryReports
from integrations.sandbox.directory import directory_router
from integrations.sandbox.home import CALLING_CODE
from integrations.sandbox.knobs import SILENCE, HangUp, KnobBoard, OfficeName
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.mosip_keys import read_keys
from integrations.sandbox.page import page_router
from integrations.sandbox.payer import Payer
from integrations.sandbox.store import Store
from integrations.sandbox.wallet_words import Category, refusal

body_bytes_max = 65_536
TABLES = (
    knobs.TABLE,
    knobs.AFTER_TABLE,
    civil_registry.TABLE,
    electricity.TABLE,
    passports.TABLE,
    farm_inputs.TABLE,
    farm_inputs.TRIES_TABLE,
    pensions.TABLE,
    wallet.TABLE,
    wallet.CALLBACKS_TABLE,
    payers.TABLE,
    statement.MOVES_TABLE,
    statement.FAULTS_TABLE,
    pushes.TABLE,
    m_pesa.TABLE,
    sms_centre.TABLE,
    sms_centre.RECIPIENT_INDEX,
    oauth.TABLE,
    grants.TABLE,
    mosip.TABLE,
    standing.TABLE,
)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What the sandbox is told at its start.

    `database` None keeps everything in memory; `delivery_url` None sends no delivery reports, `gateway_url` None has
    no bills in the wallet's menu. The pretend payer
    needs `wallet_approves_after_seconds`, and may decide for `payer_seconds`; a silent office hangs up after
    `silence_seconds_max`. A token is good for `token_seconds`, short enough that a developer sees it renewed. Without
    the directory `identity_keys` there is no ID office, for nobody could sign what is asked of it. M-Pesa's sessions
    are sealed for `m_pesa_key`; None makes one. The SMS centre reaches numbers of the calling code `home_code`.
    """

    database: Path | None = None
    delivery_url: str | None = None
    gateway_url: str | None = None
    wallet_approves_after_seconds: float = 1.0
    silence_seconds_max: float = 120.0
    token_seconds: int = 300
    identity_keys: Path | None = None
    payer_seconds: float = 60.0
    m_pesa: MPesaSettings = field(default_factory=MPesaSettings)
    m_pesa_key: RSAPrivateKey | None = field(default=None, repr=False)
    home_code: str = CALLING_CODE


def create_sandbox(settings: SandboxSettings, clock: Clock, random_bytes: RandomBytes) -> FastAPI:
    """The application, ready to be served by one process; raises `SettingsWrong`."""
    _check_delivery_url(settings.delivery_url)
    country = Country(Store(settings.database, TABLES), clock, random_bytes)
    reports = DeliveryReports(settings.delivery_url)
    moves = statement.MoveBook(country)
    payer = Payer(country, moves, settings.gateway_url)
    callers: list[Callable[[], Iterable[Callout]]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as background:
            background.start_soon(reports.run)
            background.start_soon(call_back, callers)
            yield
            background.cancel_scope.cancel()
        await payer.close()
        country.store.close()

    # The generated pages fetch their scripts from another host; docs/sandbox.md and the page at / stand in.
    app = FastAPI(
        title="Mohala sandbox country",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=body_bytes_max,
    )
    app.add_exception_handler(RequestValidationError, _say_what_is_wrong)
    app.add_exception_handler(AnyHttpException, _refuse)
    board = KnobBoard(country.store, settings.silence_seconds_max)
    app.state.country, app.state.board = country, board
    app.include_router(moves.router())
    _open_offices(app, board, country, settings, reports, payer)
    callers += _open_wallets(app, board, country, settings)
    return app


def _open_wallets(
    app: FastAPI, board: KnobBoard, country: Country, settings: SandboxSettings
) -> list[Callable[[], Iterable[Callout]]]:
    """The wallets, which share their payers; what of them calls back."""

    def unavailable() -> HTTPException:
        return refusal(Category.SERVICE_UNAVAILABLE, "genericError", "The wallet is down.", country.now())

    people = payers.Payers(country.store, settings.wallet_approves_after_seconds)
    gsma = wallet.Wallet(country, people, settings.payer_seconds)
    pesa = m_pesa.MPesa(country, people, settings.m_pesa, settings.m_pesa_key)
    polled = push_poll.PushPollWallet(country, people, settings.payer_seconds)
    app.include_router(people.router())
    app.include_router(gsma.router([Depends(board.gate(OfficeName.WALLET, unavailable))]))
    app.include_router(pesa.router([Depends(board.gate(OfficeName.M_PESA, m_pesa_words.unavailable))]))
    app.include_router(polled.router([Depends(board.gate(OfficeName.PUSH_POLL))]))
    return [gsma.callouts, pesa.callouts]


def _open_offices(
    app: FastAPI,
    board: KnobBoard,
    country: Country,
    settings: SandboxSettings,
    reports: DeliveryReports,
    payer: Payer,
) -> None:
    key = Depends(require_key)
    registry_gate = Depends(board.gate(OfficeName.CIVIL_REGISTRY))
    electricity_gate = Depends(board.gate(OfficeName.ELECTRICITY))
    sms_gate = Depends(board.gate(OfficeName.SMS))
    directory_gate = Depends(board.gate(OfficeName.DIRECTORY))
    x_road_gate = Depends(board.gate(OfficeName.X_ROAD, x_road.unavailable))
    app.include_router(page_router(board, country.store, payer.bills))
    app.include_router(payer.router())
    app.include_router(board.router())
    app.include_router(civil_registry.CivilRegistry(country).router([registry_gate, key]))
    app.include_router(electricity.Electricity(country).router([electricity_gate, key]))
    passports_gate = Depends(board.gate(OfficeName.PASSPORTS))
    app.include_router(passports.Passports(country).router([passports_gate, key]))
    _open_small_offices(app, board, country)
    centre = sms_centre.SmsCentre(country, reports, settings.home_code)
    app.include_router(centre.router([sms_gate]))
    app.include_router(directory_router([directory_gate, key]))
    tokens = oauth.TokenDesk(country, settings.token_seconds)
    app.include_router(tokens.router([Depends(board.gate(OfficeName.OAUTH, oauth.unavailable))]))
    app.include_router(directory_router([directory_gate, Depends(tokens.require("directory"))], "/oauth"))
    app.include_router(directory_router([directory_gate, Depends(require_basic)], "/basic"))
    app.state.security_server = x_road.SecurityServer(country)
    app.include_router(app.state.security_server.router([x_road_gate]))
    registers = Depends(board.gate(OfficeName.OPENCRVS, opencrvs.unavailable))
    app.include_router(opencrvs.OpenCrvs(country, tokens).router([registers]))
    guards = [Depends(board.gate(OfficeName.GRANTS, grants.unavailable))]
    guards.append(Depends(tokens.require(grants.SCOPE, grants.errors)))
    app.include_router(grants.Grants(country).router(guards))
    if settings.identity_keys is not None:
        identity = mosip.IdAuthentication(country, read_keys(settings.identity_keys), centre.deliver)
        app.include_router(identity.router([Depends(board.gate(OfficeName.IDENTITY, mosip.unavailable))]))


class SmallOffice(Protocol):
    def router(self, guards: Sequence[Depends]) -> APIRouter: ...


def _open_small_offices(app: FastAPI, board: KnobBoard, country: Country) -> None:
    """Those of which the sandbox pretends no more than the shipped menus ask."""
    small: dict[OfficeName, SmallOffice] = {
        OfficeName.WATER: paid_accounts.Water(country),
        OfficeName.TAX: paid_accounts.Tax(country),
        OfficeName.ID_CARDS: licences.IdCards(),
        OfficeName.TRAFFIC: licences.Traffic(country),
        OfficeName.BUSINESS: licences.Businesses(country),
        OfficeName.SOCIAL_DEVELOPMENT: social_development.SocialDevelopment(country),
        OfficeName.FARM_INPUTS: farm_inputs.FarmInputs(country),
        OfficeName.PENSIONS: pensions.Pensions(country),
    }
    for name, office in small.items():
        app.include_router(office.router([Depends(board.gate(name)), Depends(require_key)]))


async def _say_what_is_wrong(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [_field(one["loc"]) for one in error.errors()]
    sentences = [f"{field}: {one['msg']}" for field, one in zip(fields, error.errors(), strict=True)]
    return JSONResponse({"code": "invalid", "fields": fields, "message": "; ".join(sentences)}, 422)


def _field(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place[1:] if isinstance(part, str)) or "body"


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHttpException)
    detail: Any = error.detail
    if detail == SILENCE:
        return HangUp()
    if isinstance(detail, dict):
        return JSONResponse(detail, error.status_code, error.headers)
    message = f"{detail}. The page at / and docs/sandbox.md tell what lives here."
    return JSONResponse({"code": "refused", "message": message}, error.status_code, error.headers)


def _check_delivery_url(url: str | None) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsWrong("The sandbox's delivery URL must begin with http:// or https:// and name a host.")
