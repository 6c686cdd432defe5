"""`mohala load`: puts a run together, drives it, and leaves its history and its report in a directory."""

from __future__ import annotations

import asyncio
import gc
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typer
import uvloop

from app.authoring.conversations.files import DEFAULT_DIRECTORY
from app.engine.program import YES_KEY, Program
from app.engine.resuming import offer
from app.errors import SettingsWrong
from app.load.citizen import Habits
from app.load.driver import Driver, Plan
from app.load.history import FILE, HistoryWriter, Run, Word, read_history
from app.load.journeys import read_journeys
from app.load.report import Report, as_json, as_text, measure
from app.load.shapes import Shape
from app.load.wire import Wire
from app.pack_files import read_named_pack
from app.settings import LOOPBACK, Settings
from app.values.text import fill
from app.wiring import now_utc

AGGREGATOR = "africastalking"
ANSWER_SECONDS = 10.0  # what Africa's Talking gives an application
COLLECTOR_THRESHOLDS = (5_000, 10, 1_000_000)
"""The oldest are not gone through: a run ends, and its memory with it."""
REFUSALS = ("unavailable", "busy", "interrupted", "over", "not_served")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How `mohala load` was called; what is None follows from the settings."""

    shape: Shape
    rate: float
    seconds: float
    url: str | None = None
    secret: str | None = None
    seed: int = 1
    output: Path | None = None
    think_seconds: float = 3.0
    troubles: float = 1.0
    in_flight_max: int = 500
    conversations: Sequence[Path] = ()
    sandbox: str | None = None
    elsewhere: bool = False


BESIDE = {Word.ENDED: "ussd/end", Word.TEXT: "sms"}
"""Where what is told beside the callbacks is posted."""


def run_load(settings: Settings, wanted: Wanted) -> Path:
    """Drive a run and print its report; returns the directory that holds what is left of it."""
    url = (wanted.url or f"http://{settings.host}:{settings.port}").rstrip("/")
    if urlsplit(url).hostname not in LOOPBACK and not wanted.elsewhere:
        raise SettingsWrong(
            f"{url} is not on this machine, and a load files requests for real: if that is a gateway whose offices are "
            "the sandbox's, say --elsewhere."
        )
    secret = wanted.secret or next(iter(settings.callback_secrets), "dev")
    pack = read_named_pack(settings.pack)
    program = pack.program
    began_at = now_utc()
    name = f"{began_at:%Y%m%d-%H%M%S}-{wanted.shape}-{secrets.token_hex(3)}"
    plan = Plan(
        name,
        wanted.shape,
        wanted.rate,
        wanted.seconds,
        wanted.seed,
        Habits(think_seconds=wanted.think_seconds).scaled(wanted.troubles),
        read_journeys(wanted.conversations or (DEFAULT_DIRECTORY,), program.codes),
        frozenset(offer(program, language).text for language in program.languages) if program.resumes else frozenset(),
        pack.handsets,
        wanted.in_flight_max,
    )
    budget = program.budget(AGGREGATOR, pack.handsets.network_of(pack.handsets.crowd))
    run = Run(
        name,
        wanted.shape,
        wanted.seed,
        wanted.rate,
        wanted.seconds,
        began_at,
        budget,
        refusals_of(program),
        ways_to_confirm(program),
    )
    directory = wanted.output or settings.home / "load" / name
    if (directory / FILE).exists():
        raise SettingsWrong(f"{directory} holds the history of another run: name a new directory with --output.")
    door = f"{url}/callbacks/{secret}/{AGGREGATOR}"
    wire = Wire(f"{door}/ussd", ANSWER_SECONDS)
    beside = {word: Wire(f"{door}/{kind}", ANSWER_SECONDS) for word, kind in BESIDE.items()}
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / FILE).open("wb") as file:
        _drive(plan, wire, beside, HistoryWriter(file, run), wanted.sandbox or settings.sandbox_url)
    for line in as_text(report(directory)):
        typer.echo(line)
    return directory


def report(directory: Path) -> Report:
    """Measure the run in a directory and leave the report, and its pictures, beside the history."""
    measured = measure(read_history(directory))
    (directory / "report.json").write_bytes(as_json(measured) + b"\n")
    try:
        from app.load.picture import draw
    except ImportError:
        typer.echo("No pictures are drawn: the extra `load` of this package is not installed.", err=True)
        return measured
    for name, picture in draw(measured).items():
        (directory / name).write_bytes(picture)
    return measured


def _drive(plan: Plan, wire: Wire, beside: Mapping[Word, Wire], writer: HistoryWriter, sandbox: str) -> None:
    async def run() -> None:
        await Driver(plan, wire, writer, sandbox, beside).run(lambda line: typer.echo(line, err=True))

    _look_for_young_rings_only()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(run())
        except KeyboardInterrupt:
            typer.echo("Broken off; what was measured until now follows.", err=True)


def _look_for_young_rings_only() -> None:
    """Twenty thousand citizens are millions of objects: going through all of them held the driver up for 1.5 s, again
    and again, and what was answered meanwhile looked late.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def ways_to_confirm(program: Program) -> tuple[str, ...]:
    """How the first option of a page that asks to confirm is written, in each language."""
    return tuple(f"{YES_KEY}. {fill(program.phrases['yes'][language], {})}" for language in program.languages)


def refusals_of(program: Program) -> Mapping[str, tuple[str, ...]]:
    """The last pages by which nothing moves, by the name of their phrase."""
    return {phrase: _texts(program, phrase) for phrase in REFUSALS}


def _texts(program: Program, phrase: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fill(program.phrases[phrase][language], {}) for language in program.languages))
