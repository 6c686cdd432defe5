"""Which drawn screen each complaint belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.engine.program import Program, program_of
from app.errors import Complaint


@dataclass(frozen=True, slots=True)
class Marks:
    """Complaints by screen, and those that belong to no screen that there is."""

    of: Mapping[str, tuple[Complaint, ...]]
    elsewhere: tuple[Complaint, ...]


def mark(program: Program, complaints: Sequence[Complaint]) -> Marks:
    """A complaint names its screen with its program, or without one when it is about a file's own screens."""
    of: dict[str, tuple[Complaint, ...]] = {}
    elsewhere = []
    for complaint in complaints:
        screens = _screens(program, complaint)
        for screen in screens:
            of[screen] = (*of.get(screen, ()), complaint)
        if not screens:
            elsewhere.append(complaint)
    return Marks(of, tuple(elsewhere))


def _screens(program: Program, complaint: Complaint) -> list[str]:
    name = complaint.screen
    own = f"{complaint.file.removesuffix('.yaml')}/{name}"
    if name in program.screens:
        return [name]
    if own in program.screens:
        return [own]
    if not complaint.file.startswith("shared/"):
        return []
    return [screen for screen in program.screens if screen == f"{program_of(screen)}/{name}"]
