"""`mohala load` and `mohala history`: synthetic citizens on a running gateway, and what they prove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

ShapeOption = Annotated[
    str,
    typer.Option(
        help="steady; pension-day (from a thirtieth of the rate to all of it within a minute, slow offices); "
        "overload (three times the rate in the middle half); office-down (no registry from a tenth to seven tenths)"
    ),
]
TroublesOption = Annotated[
    float, typer.Option(min=0, max=20, help="how often lines drop and callbacks come twice: 1 as usual, 0 never")
]


def load(
    shape: ShapeOption = "steady",
    rate: Annotated[float, typer.Option(min=0.1, max=10_000, help="callbacks a second, about")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="how long citizens arrive")] = 60.0,
    url: Annotated[str | None, typer.Option(help="base URL of the gateway; default: the one of the settings")] = None,
    secret: Annotated[str | None, typer.Option(help="callback secret; default: that of the settings, or dev")] = None,
    seed: Annotated[int, typer.Option(help="the same seed: the same arrivals, journeys and troubles")] = 1,
    output: Annotated[Path | None, typer.Option(help="a new directory; default: one in MOHALA_HOME/load")] = None,
    think: Annotated[float, typer.Option(min=0, max=120, help="seconds that a citizen thinks, on average")] = 3.0,
    troubles: TroublesOption = 1.0,
    in_flight: Annotated[
        int, typer.Option(min=1, max=20_000, help="callbacks at once; those beyond are counted as not sent")
    ] = 500,
    conversations: Annotated[
        list[Path] | None, typer.Option(help="what citizens type: files or directories; default: tests/conversations")
    ] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="base URL of the sandbox whose offices become slow; default: of the settings")
    ] = None,
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="the gateway is not on this machine")] = False,
    prove: Annotated[
        bool, typer.Option(help="afterwards hold the history against the database of the settings: mohala history")
    ] = True,
) -> None:
    """Load a running gateway with synthetic citizens who arrive by the clock, and keep the history.

    They dial and type what the pack's recorded conversations do, think in between, fall off the line and dial again;
    callbacks come twice, late, beside rivals, or contradict. Latency counts from the moment when a callback was due.
    One line of progress a second goes to standard error. The exit status is 1 if a promise was broken.
    """
    from app.load.command import Wanted, run_load
    from app.load.proof_command import Wanted as Proof
    from app.load.proof_command import run_proof
    from app.load.shapes import Shape

    if shape not in tuple(Shape):
        raise typer.BadParameter(f"{shape} is no shape; there are {', '.join(Shape)}")
    wanted = Wanted(
        Shape(shape), rate, seconds, url, secret, seed, output, think, troubles, in_flight,
        tuple(conversations or ()), sandbox, elsewhere,
    )  # fmt: skip
    settings = Settings.load()
    directory = run_load(settings, wanted)
    well = not prove or run_proof(settings, Proof(directory))
    typer.echo(f"All of it is in {directory}; to prove it again: mohala history {directory}")
    raise typer.Exit(0 if well else 1)


def history(
    directory: Annotated[Path, typer.Argument(help="what `mohala load` wrote")],
    database: Annotated[
        str | None, typer.Option(help="the gateway's database, which is only read; default: the one of the settings")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="the gateway's key file: the ledger knows numbers by keyed hashes only")
    ] = None,
    within: Annotated[float, typer.Option(min=0.1, help="seconds after which an answer breaks its promise")] = 5.0,
    killed: Annotated[
        bool,
        typer.Option(
            "--killed",
            help="parts were killed meanwhile: callbacks may be without an answer, and sessions may have been lost",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="print the verdicts for machines")] = False,
) -> None:
    """Prove the promises from a load run's history and the ledger; exit status 1 if one is broken.

    What citizens were answered is held against what stands in the database: references that were shown are there,
    nothing was filed twice, repeats got the same bytes, no answer was late or no page, no dialogue moved by what
    contradicts it. Each check says how much it looked at: none broken among n means fewer than 3/n (95 % certain).
    """
    from app.load.case import Rules
    from app.load.proof_command import Wanted, run_proof

    wanted = Wanted(directory, database, keys, Rules(within, killed, killed), json)
    raise typer.Exit(0 if run_proof(Settings.load(), wanted) else 1)
