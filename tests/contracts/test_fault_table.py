"""The table of docs/faults.md is true: each of its faults is done to each adapter over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.manual import ADAPTER as MANUAL
from integrations.services import OFFICES
from tests.contracts.calls import AT_TWINS, CALLS, Call, Trial
from tests.contracts.faults import NONE, rows, word_for, words_of
from tests.contracts.opened import Keys
from tests.contracts.samples import OFFICE_SAMPLES, sample
from tests.integrations.desk import Answer, open_desk

pytestmark = pytest.mark.anyio

OTHERS = "all others"
LINE, FILED = "who waits", "what was filed"
HEAD, *TOLD = rows("faults.md", "faults")
CELLS = [(row[0], adapter, cell) for row in TOLD for adapter, cell in zip(HEAD[1:-2], row[1:-2], strict=True)]
ON_SOCKETS = [one for one in CELLS if one[0] not in AT_TWINS and one[1] != MANUAL]
OUTCOMES = {what: told for what, *told in rows("offices.md", "outcomes")[1:]}
NEVER_FILED, NEVER_ON_THE_LINE = {"mosip"}, {"mobile_money", "m_pesa", "push_poll", MANUAL}
SCREENS = ("`answered`", "the way of that reason", "`late`", "`down`")
FATES = ("done", "rejected", "again", "person")


def screen(word: str) -> str:
    """Where a citizen who waits is led, as docs/offices.md says."""
    return "`answered`" if word == "answered" else OUTCOMES[f"`{word}`"][0]


def fate(word: str) -> str:
    """What becomes of a request that was filed, in the first word of what docs/offices.md says."""
    return {"answered": "done", "person": "person"}.get(word) or OUTCOMES[f"`{word}`"][1].partition(":")[0]


def summed_up(fault: str) -> list[str]:
    """The last two cells of a fault's row, as they follow from the others."""
    told = [(adapter, word) for row, adapter, cell in CELLS if row == fault for word in cell.split(" / ")]
    told = [(adapter, word) for adapter, word in told if word != NONE]
    seen = {screen(word) for adapter, word in told if adapter not in NEVER_ON_THE_LINE}
    comes = {fate(word) for adapter, word in told if adapter not in NEVER_FILED}
    return [", ".join(one for one in known if one in met) for known, met in ((SCREENS, seen), (FATES, comes))]


def test_the_page_has_every_adapter_and_what_comes_of_it() -> None:
    assert set(HEAD[1:-2]) == {*OFFICES, MANUAL}
    assert HEAD[-2:] == [LINE, FILED]
    assert {call.adapter for call in CALLS} == set(OFFICES)


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row[0])
def test_the_last_columns_follow_from_the_words(row: list[str]) -> None:
    assert row[-2:] == summed_up(row[0])


def test_whatever_cannot_happen_is_told_why() -> None:
    dashes = {(fault, adapter) for fault, adapter, cell in CELLS if NONE in cell.split(" / ")}
    why = [(adapter, what) for adapter, what, _ in rows("faults.md", "dashes")[1:]]
    assert {adapter for adapter, what in why if what == OTHERS} == {f"`{MANUAL}`"}
    assert {(what, adapter.strip("`")) for adapter, what in why if what != OTHERS} == {
        (fault, adapter) for fault, adapter in dashes if adapter != MANUAL
    }


async def test_where_nothing_is_declared_a_page_is_an_answer(
    closed_port: str, identity_keys: Path, wallet_keys: Mapping[str, Path]
) -> None:
    trial = Trial(sample(OFFICE_SAMPLES, "http_json", "person-known"), [Answer(200, b"<html>", "text/html")])
    call = Call("http_json", "person-known")
    assert await word_heard(call, trial, Keys(identity_keys, wallet_keys), closed_port) == "answered"


@pytest.mark.parametrize(("fault", "adapter", "cell"), ON_SOCKETS)
async def test_an_adapter_calls_a_fault_as_the_page_does(
    closed_port: str, identity_keys: Path, wallet_keys: Mapping[str, Path], fault: str, adapter: str, cell: str
) -> None:
    keys, calls = Keys(identity_keys, wallet_keys), [call for call in CALLS if call.adapter == adapter]
    for call, word in zip(calls, words_of(cell, len(calls)), strict=True):
        heard = (word_heard(call, trial, keys, closed_port) for trial in call.trials(fault))
        assert set(await asyncio.gather(*heard)) == {word} - {NONE}


async def word_heard(call: Call, trial: Trial, keys: Keys, closed_port: str) -> str:
    ask = trial.sample.fields["ask"]
    async with open_desk() as desk:
        desk.will(*trial.acts)
        office = keys.office(trial.sample, desk.url if trial.is_there else closed_port, trial.auth)
        word = await word_for(
            office, ask["operation"], ask["arguments"], ask["key"], trial.within_seconds, changes=call.changes
        )
        await desk.hear(len(trial.acts))
        await office.close()
        assert len(desk.heard) == len(trial.acts), "asked once, never twice"
    return word
