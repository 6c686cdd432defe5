"""A day of a district in a real house, with offices that fail: what was accepted ends, or is a person's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.load.history import read_history
from app.messages import Status
from app.settings import Settings
from app.simulation.command import PAGE, Wish, simulate
from app.simulation.district import Plan, arrivals
from app.simulation.findings import fates
from app.tasks import SetAside
from integrations.database.evidence import RequestEvidence

BEGINS = datetime(2026, 11, 1, tzinfo=UTC)


def request(id: str, status: Status) -> RequestEvidence:
    return RequestEvidence(
        f"R-{id}", "birth-certificate", b"c", status, 1, "v1", (), None, id, BEGINS, BEGINS + timedelta(hours=5)
    )


def test_a_request_has_ended_or_a_person_has_it_or_it_is_left_alone() -> None:
    done, aside, listed, left = fates(
        [request("a", Status.DONE), request("b", Status.RECEIVED), request("c", Status.IN_PROGRESS),
         request("d", Status.IN_PROGRESS)],
        [SetAside("b:work:1", "work", 3, "refused", BEGINS, "b", 1)],
        {"c": "land"},
    )  # fmt: skip
    assert (done.hours, done.is_left) == (5.0, False)
    assert (aside.person, aside.is_left) == ("work: refused", False)
    assert (listed.person, listed.is_left) == ("on a clerk's list, land", False)
    assert left.is_left


def test_only_a_task_about_the_request_as_it_stands_makes_it_a_persons() -> None:
    moved = BEGINS + timedelta(hours=5)
    untold = SetAside("a:untold", "look", 1, "its citizen is not reached by SMS", moved, "a", 1)
    earlier = SetAside("b:work:0", "work", 3, "refused", moved, "b", 0)
    of_another_time = SetAside("c:stalled:1", "look", 1, "nobody has moved it", BEGINS, "c", 1)
    alarm = SetAside("d:stalled:2", "look", 1, "nobody has moved it", moved, "d", 1)
    found = fates([request(id, Status.QUERY) for id in "abcd"], [untold, earlier, of_another_time, alarm], {})
    assert [fate.person for fate in found] == ["", "", "", "look: nobody has moved it"]


def test_people_dial_by_day_and_most_when_grants_are_paid() -> None:
    plan = Plan(30, 200.0, 100, 1)
    there = BEGINS.astimezone(timezone(timedelta(hours=2)))
    moments = list(arrivals(plan, there, plan.random("arrivals")))
    by_day = [sum(1 for at in moments if at // 86_400 == day) for day in range(30)]
    hours = [(BEGINS + timedelta(seconds=at) + timedelta(hours=2)).hour for at in moments]
    assert min(by_day[1:3]) > max(by_day[4:]), "the second and third of the month"
    assert not [hour for hour in hours if hour in (0, 1, 2, 3, 4, 23)]
    assert moments == sorted(moments)


@pytest.mark.hunt
def test_a_day_in_which_offices_fail_leaves_nobody_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(days=2, dials=20.0, people=30, seed=3, drain_days=20)
    assert simulate(Settings.load(), Wish(plan, tmp_path)), capsys.readouterr().out
    page = (tmp_path / PAGE).read_text("utf-8")
    assert "ended or is a person's task" in page and page.count("<svg") == 5 and "<script" not in page
    assert len(read_history(tmp_path).exchanges) > 100
    told = capsys.readouterr().out
    assert "LEFT ALONE" not in told
    assert re.search(r"passport-32: [1-9]\d* done", told), "agents took the money for bills"
    assert re.search(r"books: [1-9]\d+ postings, \d+ bills, 0 faults", told)
