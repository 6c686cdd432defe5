"""What was seen on the walks, as a page for readers: docs/tried.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.lands import ROOT
from tests.on_the_phone.told import Told

PAGE = ROOT / "docs" / "tried.md"
PICTURES = ROOT / "docs" / "images" / "lesotho"
HEAD = (
    "task", "pages (septets of the longest)", "typed wrongly", "where the line fell, and then",
    "office, and what ailed it", "what was seen meanwhile", "SMS", "the end",
)  # fmt: skip
NO_OFFICE = "asks no office: the house itself answers"


INTRODUCTION = """\
# Tried as a citizen would

<!-- written by `python -m tests.on_the_phone --write` -->
Each task of `menus/lesotho`, by keyboard on the phone in the browser (`/phone`), in Sesotho, as a new number finds
it: {walks} walks of {day} with `--seed {seed}`, through a whole `mohala run` with the sandbox country. On each of them
a key is wrong, and an input wherever something is asked, and the line falls; then the phone is dialled again. On {late}
an office is late, or down, or lets the day pass that it promised, until the citizen has seen what that looks like;
then it is back. What is told from the pack's own files, or of what the house itself keeps, has no office that could be
late: its row says that it asks no office. A task by SMS has no line; its text arrives twice, and is answered once.

A walk fails unless
- whatever was wrong brings the same page again under a remark;
- the page after the re-dial is the first one or that which offers to go on, and names nothing, and going on leads to
  the very page where the line fell, on which what tells of people is masked;
- no page is longer than 156 septets, and none of the pack's English texts stands on a page or in an SMS;
- what was filed or paid reached the sandbox's office, or the clerks' list, exactly once;
- the SMS that was promised comes, and none comes twice;
- the status, where there is a reference, says in the end that it ended.

The day that clerks promised is put into the past in the house's database, for nobody waits ten days; everything else
happens as it would. `--task electricity --seed 7` walks one with other mishaps: another page of choices gets the wrong
key, the line falls elsewhere, perhaps before the answer is seen, and the office fails in another way.

"""


def page(told: Sequence[Told], seed: int, day: str, pictures: Sequence[str]) -> str:
    late = sum(bool(one.late) for one in told)
    lines = [
        *_pictures(pictures),
        f"| {' | '.join(HEAD)} |",
        f"|{' --- |' * len(HEAD)}",
        *(f"| {' | '.join(_cells(one))} |" for one in told),
    ]
    return INTRODUCTION.format(walks=len(told), day=day, seed=seed, late=late) + "\n".join(lines) + "\n"


def _pictures(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"|{' |' * len(names)}"
        yield f"|{' --- |' * len(names)}"
        yield "| " + " | ".join(f"![The end of a walk](images/lesotho/{name})" for name in names) + " |"
        yield ""


def _cells(told: Told) -> Iterator[str]:
    yield told.task
    yield f"{told.pages} ({told.longest})" if told.longest else "by SMS"
    yield "<br>".join(f"`{typed}`: {_plain(remark)}" for typed, remark in told.wrong)
    yield _plain(told.fell)
    yield told.late or NO_OFFICE
    yield _plain(told.seen) or "-"
    yield "<br>".join(map(_plain, told.texts)) or "-"
    yield _plain(told.end)


def _plain(text: str) -> str:
    """A page on one line of a table."""
    return " / ".join(line for line in text.split("\n") if line).replace("|", "\\|").replace("*", "\\*")
