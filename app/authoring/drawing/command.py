"""`mohala menus draw`: reads a pack, however broken, and draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer

from app.authoring.drawing.chart import Chart, chart_of
from app.authoring.drawing.mermaid import as_mermaid, complaints_mermaid
from app.authoring.drawing.svg import as_svg, complaints_svg
from app.engine.program import Program, program_of
from app.errors import Complaint
from app.pack_files import examine_pack
from app.printable import printable
from app.publishing import pack_named
from app.settings import Settings


class Form(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is drawn; `program` None: all of them; `language` None: the pack's base language."""

    pack: str
    program: str | None
    language: str | None
    form: Form
    columns: int


def draw(settings: Settings, wanted: Wanted) -> tuple[str, int]:
    """The drawing of a directory's pack, or of a published version, and how many complaints it shows."""
    if Path(wanted.pack).is_dir():
        pack, complaints = examine_pack(Path(wanted.pack))
    else:
        pack, complaints = pack_named(settings, wanted.pack), ()
    if pack is None:
        return _complaints(complaints, wanted.form), len(complaints)
    chart = _chart(pack.program, complaints, wanted)
    drawn = as_svg(chart, wanted.columns) if wanted.form is Form.SVG else as_mermaid(chart)
    return drawn, len(complaints)


def _complaints(complaints: Sequence[Complaint], form: Form) -> str:
    return complaints_svg(complaints) if form is Form.SVG else complaints_mermaid(complaints)


def _chart(program: Program, complaints: Sequence[Complaint], wanted: Wanted) -> Chart:
    programs = list(dict.fromkeys(map(program_of, program.screens)))
    if wanted.program is not None and wanted.program not in programs:
        told = f"{wanted.program} is no program of this pack; there are {', '.join(programs)}"
        raise typer.BadParameter(printable(told))
    if wanted.language is not None and wanted.language not in program.languages:
        raise typer.BadParameter(
            f"{wanted.language} is no language of this pack; there are {', '.join(program.languages)}"
        )
    return chart_of(program, complaints, wanted.language or program.base, wanted.program)
