"""What the pages about faults share with the tests that run them: how a table is read, faults as acts, the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.errors import ServiceFailed, StoreUnavailable
from app.messages import Answered, Handed, Pending, Refused
from app.ports import Office
from tests.integrations.desk import Act, Answer, Cut, Silence

NONE = "-"
"""In a table: what cannot happen."""
DOCS = Path(__file__).resolve().parents[2] / "docs"
ANYWHERE: Mapping[str, Sequence[Act]] = {
    "it says nothing": (Silence(),),
    "it hangs up without an answer": (Cut(),),
    "it hangs up within its answer": (Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),),
    "500, 502, 503": (Answer(500), Answer(502), Answer(503, b"<html>", "text/html")),
    "504": (Answer(504),),
    "408, 429: busy": (Answer(408), Answer(429)),
    "a redirection, which is not followed": tuple(
        Answer(status, headers={"Location": "/y"}) for status in (301, 302, 307)
    ),
    "a page instead of JSON": (Answer(200, b"<html>", "text/html"), Answer(200, b"{")),
    "more than 64 KB": (Answer(200, b"x" * 65_537),),
}
"""Faults that are the same bytes whoever asks."""


def rows(page: str, marker: str) -> list[list[str]]:
    """The table behind a marker of a page of docs/, its head first."""
    told = (DOCS / page).read_text("utf-8").partition(f"<!-- {marker} -->\n")[2].partition("<!-- end -->")[0]
    lines = [line for line in told.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words_of(cell: str, count: int) -> list[str]:
    """A word for each call of an adapter; one word stands for all of them."""
    words = cell.split(" / ")
    return words * count if len(words) == 1 else words


async def word_for(
    office: Office, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float, *, changes: bool
) -> str:
    """How the house calls what came of it; `changes`: an answer that is lost leaves it unknown what was done."""
    try:
        said = await office.ask(operation, arguments, key, within_seconds)
    except ServiceFailed as failure:
        if failure.late:
            return "unknown" if changes else "late"
        return "down" if failure.retryable else "failed"
    except StoreUnavailable:
        return "down"
    match said:
        case Answered():
            return "answered"
        case Refused():
            return "refused"
        case Pending():
            return "pending"
        case Handed():
            return "person"
