"""A work list as a sheet: CSV out for offices that live in a spreadsheet, and what they changed there back in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from app import limits
from app.deeds import Deed
from app.desk import Desk, Sight
from app.errors import DeskRefused, SealBroken, ServiceFailed, StoreUnavailable
from app.messages import Status
from app.reference import show_reference
from app.tasks import Clerk, Entry, Wanted

FIXED = ("reference", "revision", "service", "filed", "promised", "assignee")
"""What a clerk reads; what they write stands in `status`, `reason` and one column for each result."""
TAKEN, ATTACHED, GIVEN = "asked: ", "attached: ", "answer: "
"""Before the columns of what citizens said, what that names, and what clerks fill in: they may have one name."""
_MARK = re.compile("[0-9]{1,9}\\.[0-9]{1,9}")
_TOO_MANY = "It has more cells than the first line; write a text with a comma in quotes."
_RISKY = "=+-@\t\r"
"""A cell that begins so is a formula to a spreadsheet, and may send what stands beside it away."""


def written(sights: Sequence[Sight]) -> str:
    """The text of a CSV file, UTF-8 with a mark that spreadsheets know it by; one line a request."""
    taken = sorted({name for sight in sights for name in sight.arguments})
    attached = sorted({name for sight in sights for name in sight.attached})
    given = sorted({name for sight in sights for name in sight.form.results})
    columns = [
        *FIXED,
        *(TAKEN + name for name in taken),
        *(ATTACHED + name for name in attached),
        "status",
        "reason",
        *(GIVEN + name for name in given),
    ]
    text = io.StringIO()
    sheet = csv.DictWriter(text, columns, restval="", quoting=csv.QUOTE_ALL)
    sheet.writeheader()
    for sight in sights:
        task, request = sight.entry.task, sight.entry.request
        cells = {
            "reference": show_reference(request.reference),
            "revision": sight.entry.mark,
            "service": sight.title,
            "filed": sight.filed_on.isoformat(),
            "promised": sight.promised_on.isoformat(),
            "assignee": task.assignee,
            "status": request.status.value,
            "reason": request.reason,
            **{TAKEN + name: value for name, value in sight.arguments.items()},
            **{ATTACHED + name: value for name, value in sight.attached.items()},
            **{GIVEN + name: request.results.get(name, "") for name in sight.form.results},
        }
        sheet.writerow({name: _guarded(cell) for name, cell in cells.items()})
    return "\ufeff" + text.getvalue()


def read(text: str) -> Sequence[tuple[int, str, Deed | DeskRefused]]:
    """Line, reference and what was written there; raises `DeskRefused` for what is no such sheet at all.

    It is read to its end first: of a sheet that breaks off in the middle nothing may be done that nobody is told of.
    """
    return tuple(_lines(text))


def _lines(text: str) -> Iterator[tuple[int, str, Deed | DeskRefused]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), dialect=_dialect(text))
    try:
        columns = tuple(reader.fieldnames or ())
        lacking = [name for name in ("reference", "revision", "status", "reason") if name not in columns]
        if lacking or len(set(columns)) < len(columns):
            told = ", ".join(lacking) or "a column twice"
            raise DeskRefused(f"The first line is not that of an exported sheet ({told}); export one and fill it in.")
        for count, row in enumerate(reader, 1):
            if count > limits.desk_sheet_rows_max:
                raise DeskRefused(f"A sheet has at most {limits.desk_sheet_rows_max} lines; split it.")
            # What a line has no cell for stays as it is: spreadsheets leave out empty cells at its end.
            cells = {name: _bare(cell) for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
            yield reader.line_num, cells.get("reference", ""), DeskRefused(_TOO_MANY) if None in row else _deed(cells)
    except csv.Error as error:
        told = f"Line {reader.line_num + 1} is no line of a CSV file ({error}); save the sheet as CSV again."
        raise DeskRefused(told) from None


async def all_entries(desk: Desk, clerk: Clerk, wanted: Wanted, most: int) -> list[Entry]:
    """Page after page; at most `most`."""
    entries: list[Entry] = []
    while len(entries) < most:
        after = entries[-1].task if entries else None
        page = await desk.entries(
            clerk, Wanted(wanted.office, wanted.assignee, wanted.overdue_at, wanted.closed, after)
        )
        if not page:
            break
        entries += page
    return entries[:most]


async def fill_in(desk: Desk, clerk: Clerk, text: str) -> tuple[int, list[str]]:
    """Do what a sheet says, line by line: how many were changed, and what was not done and why."""
    done, refused = 0, []
    for line, reference, deed in read(text):
        try:
            if isinstance(deed, DeskRefused):
                raise deed
            done += await desk.differs(clerk, reference, deed) and bool(await desk.do(clerk, reference, deed))
        except DeskRefused as told:
            refused.append(f"line {line}, {reference or 'no reference'}: {told}")
        except (StoreUnavailable, ServiceFailed, SealBroken):
            refused.append(f"line {line}, {reference}: neither this nor what follows can be done now; come again soon")
            break
    return done, refused


def _deed(cells: dict[str, str]) -> Deed | DeskRefused:
    status, revision = cells.get("status", "").lower(), cells.get("revision", "")
    if status not in tuple(Status):
        return DeskRefused(f"{status or 'an empty cell'} is no status; there are: {', '.join(Status)}.")
    if not _MARK.fullmatch(revision):
        return DeskRefused("The revision was changed; leave it as it was exported.")
    results = {name.removeprefix(GIVEN): cell for name, cell in cells.items() if name.startswith(GIVEN)}
    reason = cells.get("reason", "") if status == Status.REJECTED else ""
    return Deed(Status(status), results, reason, mark=revision)


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    """Spreadsheets write semicolons or tabs where the comma is a decimal sign."""
    first = text.partition("\n")[0]

    class Told(csv.excel):
        strict = True  # else an open quote takes all lines behind it for one cell, and nobody hears of them
        delimiter = max(",;\t", key=first.count)

    return Told


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(tuple(_RISKY)) else cell


def _bare(cell: str) -> str:
    """As it was before it was guarded; blanks around it are a spreadsheet's."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(tuple(_RISKY)) else cell
