"""What `mohala check` and `mohala menus languages` say about a pack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path

from app import limits
from app.compiler.holes import is_whole
from app.compiler.pack import TOLERATED
from app.compiler.parts import long_answers
from app.engine.program import Choose
from app.errors import Complaint, lines_of
from app.pack import Pack
from app.pack_files import examine_pack, named_complaints


class ReportForm(StrEnum):
    TEXT = "text"  # for people: file, line, column, rule, screen, what to do
    JSON = "json"  # for machines
    GITHUB = "github"  # annotations that a forge shows beside the lines


def report(directory: Path, form: ReportForm) -> tuple[str, bool]:
    """What is wrong with the pack in a directory, and whether nothing is; raises `SettingsWrong` if there is none."""
    pack, complaints = examine_pack(directory)
    if form is ReportForm.JSON:
        return _json(directory, pack, complaints), not complaints
    if form is ReportForm.GITHUB:
        return _annotations(directory, complaints), not complaints
    lines = lines_of(named_complaints(directory, complaints).complaints)
    return "\n".join([*lines, _summary(pack, complaints)]), not complaints


def _summary(pack: Pack | None, complaints: tuple[Complaint, ...]) -> str:
    if complaints:
        tolerated = sum(complaint.rule in TOLERATED for complaint in complaints)
        runs = " It would run: missing texts fall back to the base language." if tolerated == len(complaints) else ""
        return f"{len(complaints)} complaint{'s' if len(complaints) > 1 else ''}.{runs}{_waiting(complaints)}"
    assert pack is not None, "a pack without complaints is linked"
    program = pack.program
    languages = ", ".join(program.languages)
    told = f"{program.pack} {program.version}: {len(program.screens)} screens in {languages}, no complaints."
    long = [
        f"note: {one.screen} can be {one.septets} septets in `{one.language}`: {one.parts} SMS as the answer to a text"
        for one in long_answers(program)
    ]
    most = f"{pack.options_max} are the most that this pack wants"
    crowded = [f"note: {screen} offers {count} options, and {most}" for screen, count in _crowded(pack)]
    return "\n".join([*long, *crowded, told])


def _crowded(pack: Pack) -> Iterator[tuple[str, int]]:
    """Each screen that offers more options than the pack wants to; those that exclude one another count as well."""
    for name, screen in pack.program.screens.items():
        if isinstance(screen, Choose) and 0 < pack.options_max < len(screen.listed()):
            yield name, len(screen.listed())


def _waiting(complaints: Sequence[Complaint]) -> str:
    """What may not have been checked yet, so that no author takes silence for praise."""
    return "" if is_whole(complaints) else " More may follow once these are mended: what builds on them waits."


def _json(directory: Path, pack: Pack | None, complaints: tuple[Complaint, ...]) -> str:
    told = {
        "pack": pack.program.pack if pack else None,
        "version": pack.program.version if pack else None,
        "screens": len(pack.program.screens) if pack else None,
        "complaints": [
            {
                "file": f"{directory}/{complaint.file}",
                "line": complaint.line,
                "column": complaint.column,
                "screen": complaint.screen or None,
                "rule": complaint.rule,
                "text": complaint.short,
                "tolerated": complaint.rule in TOLERATED,
            }
            for complaint in complaints[: limits.complaints_told_max]
        ],
        "more_may_follow": not is_whole(complaints),
        "long_answers": [asdict(one) for one in long_answers(pack.program)] if pack else [],
        "crowded": [{"screen": screen, "options": count} for screen, count in _crowded(pack)] if pack else [],
        "left_out": max(0, len(complaints) - limits.complaints_told_max),
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _annotations(directory: Path, complaints: tuple[Complaint, ...]) -> str:
    left = len(complaints) - limits.complaints_told_max
    told = [_annotation(directory, complaint) for complaint in complaints[: limits.complaints_told_max]]
    return "\n".join([*told, f"::error ::and {left} more."] if left > 0 else told)


def _annotation(directory: Path, complaint: Complaint) -> str:
    text = complaint.short.replace("%", "%25").replace("\n", "%0A")
    place = f"file={directory}/{complaint.file},line={complaint.line},col={complaint.column}"
    return f"::error {place},title={complaint.rule}::{text}"


def languages(pack: Pack) -> str:
    """How far each language is: texts, missing ones, unreviewed ones, and who reviewed the others."""
    lines = [f"{'language':10}{'texts':>7}{'missing':>9}{'unreviewed':>12}  reviewed by"]
    for language, count in pack.reviews.items():
        reviewers = ", ".join(f"{name} ({texts})" for name, texts in sorted(count.reviewers.items())) or "-"
        lines.append(f"{language:10}{count.texts:7}{count.missing:9}{count.unreviewed:12}  {reviewers}")
    return "\n".join(lines)
