"""`mohala simulate`: a month of a district in minutes, in a directory of its own that holds the page at the end."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn

import httpx
import structlog
import typer
import uvicorn

from app.authoring.conversations.files import DEFAULT_DIRECTORY
from app.authoring.conversations.twins import Numbers
from app.bookkeeping import examine
from app.engine.resuming import offer
from app.errors import SettingsWrong
from app.load.books import read_books
from app.load.case import Case
from app.load.command import refusals_of
from app.load.history import FILE, HistoryWriter, Run, read_history
from app.load.journeys import read_journeys
from app.load.proof import prove
from app.pack import Pack
from app.pack_files import read_named_pack
from app.ports import Outbox
from app.pretending import SANDBOX_KEY, make_secrets, office_addresses, office_token_urls
from app.publishing import publish_if_changed
from app.settings import Settings
from app.simulation.district import AGGREGATOR, SMS_CENTRE, Day, District, Plan
from app.simulation.findings import Findings, fates, told
from app.simulation.page import page, pictures
from app.simulation.patience import PatientOutbox
from app.simulation.payers import enrol_agents
from app.simulation.timeline import Timeline
from app.simulation.weather import Weather, outages
from app.tasks import SetAside, Wanted
from app.wiring import World, open_house, read_keyring
from integrations.database import Database, DatabaseBooks, migrate, open_database, open_evidence
from integrations.database.evidence import DatabaseEvidence
from integrations.database.limits import calm_seconds_max
from integrations.sandbox import SandboxSettings, create_sandbox
from integrations.sandbox.m_pesa_key import KEY_FILE, ensure_key
from sessions.memory_store import MemorySessionStore

BEGINS = datetime(2026, 11, 1, tzinfo=UTC)
READY_SECONDS = 20.0
PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class Wish:
    """How `mohala simulate` was called."""

    plan: Plan
    output: Path
    database_url: str | None = None
    conversations: Sequence[Path] = ()


def simulate(settings: Settings, wish: Wish) -> bool:
    """Live through the month and leave its page; False: a request was left alone or a promise is broken."""
    structlog.configure(processors=[_unsaid])
    if (wish.output / FILE).exists():
        raise SettingsWrong(f"{wish.output} holds another month: name a new directory with --output.")
    wish.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mohala-month-") as home:
        findings = asyncio.run(_simulated(settings, wish, Path(home)))
    (wish.output / PAGE).write_text(page(findings), "utf-8")
    for name, picture in pictures(findings).items():
        (wish.output / name).write_bytes(picture)
    for line in told(findings):
        typer.echo(line)
    for verdict in findings.verdicts:
        for violation in verdict.violations:
            typer.echo(f"BROKEN {verdict.promise} {verdict.check}: {violation}")
    typer.echo(f"All of it is in {wish.output / PAGE}")
    return findings.is_well


def _unsaid(*_: object) -> NoReturn:
    """A line for each callback of a month is more than anybody reads."""
    raise structlog.DropEvent


async def _simulated(settings: Settings, wish: Wish, home: Path) -> Findings:
    plan, timeline = wish.plan, Timeline(BEGINS)
    pack = read_named_pack(settings.pack)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    told_settings = await asyncio.to_thread(_prepared, settings, pack, home, port, wish.database_url)
    async with _served_sandbox(timeline, told_settings, listening):
        sandbox_url = told_settings.sandbox_url
        offices = sorted(pack.catalogue.offices)
        drawn = outages([*offices, SMS_CENTRE], plan.days * 86_400, plan.random("weather"))
        heard: list[PatientOutbox] = []

        def hear(outbox: Outbox) -> PatientOutbox:
            heard.append(PatientOutbox(outbox))
            return heard[-1]

        world = World(
            clock=timeline,
            monotonic=timeline.seconds,
            random_bytes=Numbers(f"month {plan.seed}"),
            store=lambda _, keyring: MemorySessionStore(keyring, timeline),
            office=Weather(drawn, timeline).around,
            outbox=hear,
            database=partial(open_database, in_place=True, call_seconds=calm_seconds_max),
        )
        program = pack.program
        run = Run("month", "month", plan.seed, 0.0, plan.days * 86_400, timeline.begins,
                  program.budget(AGGREGATOR, ""), refusals_of(program))  # fmt: skip
        offers = frozenset(offer(program, language).text for language in program.languages) if program.resumes else ()
        journeys = read_journeys(wish.conversations or (DEFAULT_DIRECTORY,), program.codes)
        agents = await _enrolled(told_settings, pack)
        async with (
            _opened_evidence(told_settings) as evidence,
            open_house(told_settings, world) as house,
            httpx.AsyncClient(base_url=sandbox_url, headers={"X-Api-Key": SANDBOX_KEY}, trust_env=False) as sandbox,
        ):
            with (wish.output / FILE).open("wb") as file:
                district = District(
                    plan, house, timeline, heard[0], sandbox, journeys, frozenset(offers),
                    HistoryWriter(file, run), drawn, evidence.sent, agents,
                )  # fmt: skip
                began = time.monotonic()
                await district.live(_progress)
            return await _found(told_settings, wish, district, evidence, time.monotonic() - began)


def _progress(number: int, day: Day) -> None:
    typer.echo(f"day {number:3}: {day.waiting} jobs wait, {day.set_aside} wait for a person", err=True)


@asynccontextmanager
async def _opened_evidence(settings: Settings) -> AsyncIterator[DatabaseEvidence]:
    evidence = await open_evidence(settings.database)
    try:
        yield evidence
    finally:
        await evidence.close()


async def _found(
    settings: Settings, wish: Wish, district: District, evidence: DatabaseEvidence, seconds: float
) -> Findings:
    history, keyring = read_history(wish.output), read_keyring(settings.keys)
    books = await read_books(history, settings.database, keyring, AGGREGATOR)
    database = await open_database(settings.database, keyring, os.urandom, allow_unsafe=True)
    try:
        return Findings(
            plan=wish.plan,
            began_at=district.timeline.begins,
            callbacks=len(history.exchanges),
            citizens=len({one.session for one in history.exchanges}),
            fates=fates(
                await evidence.requests(district.timeline.begins), await _set_aside(database), await _listed(database)
            ),
            outages=district.outages,
            days=district.days,
            texts=district.texts,
            verdicts=prove(Case(history, books)),
            money=await examine(DatabaseBooks(database._store)),
            seconds=seconds,
        )
    finally:
        await database.close()


async def _enrolled(settings: Settings, pack: Pack) -> Sequence[str]:
    database = await open_database(settings.database, read_keyring(settings.keys), os.urandom, allow_unsafe=True)
    try:
        return await enrol_agents(database, pack, BEGINS, os.urandom)
    finally:
        await database.close()


async def _set_aside(database: Database) -> list[SetAside]:
    found: list[SetAside] = []
    while page := await database.shelf.page(found[-1].id if found else ""):
        found += page
    return found


async def _listed(database: Database) -> dict[str, str]:
    """The office on whose work list a request stands, by the request's id."""
    found: dict[str, str] = {}
    wanted = Wanted()
    while lines := await database.board.entries(wanted):
        found |= {line.request.id: line.task.office for line in lines}
        wanted = Wanted(after=lines[-1].task)
    return found


def _prepared(settings: Settings, pack: Pack, home: Path, port: int, database_url: str | None) -> Settings:
    """Keys, secrets, a database with the pack published: a deployment of its own, whose offices are the sandbox's."""
    beside = Settings.load(home=home, pack=settings.pack, sandbox_port=port)
    made = Settings.load(
        home=home, pack=settings.pack, callback_secret="dev", database_unsafe=True,  # noqa: S106
        database_url=database_url or f"sqlite:///{home / 'month.db'}?synchronous=off",
        sandbox_port=port,
        office_addresses=office_addresses(beside, pack),
        office_token_urls=office_token_urls(beside, pack),
        africastalking_url=f"{beside.sandbox_url}/version1",
    )  # fmt: skip
    make_secrets(made, pack, lambda _: None, _before)
    migrate(made.database)
    publish_if_changed(made, made.pack, _before)
    return made


def _before() -> datetime:
    return BEGINS - timedelta(days=1)


@asynccontextmanager
async def _served_sandbox(timeline: Timeline, settings: Settings, listening: socket.socket) -> AsyncIterator[None]:
    told = SandboxSettings(
        identity_keys=settings.sandbox_identity_keys if settings.sandbox_identity_keys.exists() else None,
        m_pesa_key=ensure_key(settings.home / KEY_FILE),
    )
    app = create_sandbox(told, timeline, os.urandom)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, timeout_keep_alive=600)
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(READY_SECONDS):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
