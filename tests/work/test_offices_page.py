"""What comes of each outcome is as docs/offices.md says: for a citizen who waits, and for a request that was filed."""

from __future__ import annotations

import pytest

from app.errors import ServiceFailed
from app.filing import Asker
from app.messages import Answered, Pending, Refused
from tests.contracts.faults import rows
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
OUTCOMES: dict[str, list[Refused | Pending | ServiceFailed]] = {
    "`refused`": [Refused("unknown")],
    "`down`": [ServiceFailed("connect", retryable=True)],
    "`late`": [ServiceFailed("timeout", retryable=True, late=True)],
    "`unknown`": [ServiceFailed("status_500", retryable=True, late=True)],
    "`failed`": [ServiceFailed("status_400", retryable=False)],
    "`pending`": [Pending()],
    "`closed`, `busy`": [ServiceFailed(one, retryable=True, closed_seconds=1.0) for one in ("closed", "busy")],
}
TOLD = {what: (waiting, filed) for what, waiting, filed in rows("offices.md", "outcomes")[1:]}
CASES = [(what, outcome) for what, outcomes in OUTCOMES.items() for outcome in outcomes]


def test_the_page_tells_of_every_outcome_that_is_tried() -> None:
    assert set(TOLD) - set(OUTCOMES) == {"`unknown`, `repeat: never`"}, "that one stands in test_unclear"
    assert set(OUTCOMES) <= set(TOLD)


@pytest.mark.parametrize(("what", "outcome"), CASES)
async def test_whoever_waits_is_led_as_the_page_says(
    bench: Bench, what: str, outcome: Refused | Pending | ServiceFailed
) -> None:
    bench.desk.answers["meter"] = outcome
    services, edition = bench.hearing._dialogues._services, bench.editions.current
    asker = Asker("+26650123456", "st", "effect", 3.0)
    word = type(await services.call(edition, "meter", {"meter": "01234567897"}, asker)).__name__.lower()
    assert TOLD[what][0].startswith({"refused": "the way"}.get(word, f"`{word}`"))


@pytest.mark.parametrize(("what", "outcome"), CASES)
async def test_what_was_filed_goes_on_as_the_page_says(
    bench: Bench, what: str, outcome: Refused | Pending | ServiceFailed
) -> None:
    bench.desk.answers["register-birth"] = outcome
    await bench.dial(*APPLY)
    await bench.work()
    counts = await bench.database.outbox.counts()
    word = "person" if counts["set_aside"] else "again" if counts["waiting"] else "rejected"
    assert TOLD[what][1].startswith(f"{word}: ")
    if word == "again":
        bench.time.pass_(20)
        bench.desk.answers["register-birth"] = Answered({"application": "CR-1"})
        await bench.work()
        assert len({key for name, _, key in bench.desk.asked if name == "register-birth"}) == 1
