"""Each rule by itself: what it finds, and what it leaves in peace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lookout import raised_of
from app.pack_files import read_pack
from app.watching.advice import ADVICE
from app.watching.facts import Alert, Complaint, Confirmation, Ending, Heard, Norms, Place, Watched, Witness
from app.watching.rules import (
    RULES,
    after_hours,
    attesting,
    complained,
    denied,
    dropped_share,
    far_away,
    look,
    quick,
    refusing,
    split,
    taking_back,
    unmet,
)
from integrations.database.limits import text_characters_max
from tests.lands import SHIPPED

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SHOP = Place("Leribe", lambda at: 6 <= at.hour < 16)


def paid(number: int, minutes: float, **changes: object) -> Confirmation:
    """Mpho at the shop took a payment; every citizen is another, of the place, and was just heard of."""
    at = MONDAY + timedelta(minutes=minutes)
    one = Confirmation(f"c{number}", "mpho", "014", "birth", f"citizen-{number}", 13_000, at, met_at=at, home="Leribe")
    return replace(one, **changes)  # type: ignore[arg-type]


def day(count: int, minutes: float, **changes: object) -> list[Confirmation]:
    return [paid(number, number * minutes, **changes) for number in range(count)]


def seen(of: Sequence[Confirmation], dropped: float = 0.1, place: Place | None = SHOP) -> Watched:
    return Watched("mpho", sorted(of, key=lambda one: one.at), place, dropped)


def about(alerts: Sequence[Alert]) -> list[int]:
    return [len(alert.about) for alert in alerts]


def test_an_ordinary_week_is_left_in_peace() -> None:
    week = [one for start in range(5) for one in day(20, 15.0)]
    week = [replace(one, id=f"{number}", citizen=f"{number}", at=one.at + timedelta(days=number // 20))
            for number, one in enumerate(week)]  # fmt: skip
    assert look(seen([replace(one, met_at=one.at) for one in week])) == []


def test_six_in_ten_minutes_are_a_queue_and_seven_are_odd() -> None:
    assert list(quick(seen(day(6, 1.0)))) == []
    assert about(list(quick(seen(day(7, 1.0))))) == [7]


def test_a_long_burst_is_one_alert_and_two_bursts_are_two() -> None:
    first = day(12, 1.0)
    second = [replace(one, id=f"later-{one.id}", at=one.at + timedelta(hours=3)) for one in day(8, 1.0)]
    alerts = list(quick(seen([*first, *second])))
    assert about(alerts) == [12, 8]
    assert alerts[0].id != alerts[1].id


def test_one_citizen_who_pays_three_times_for_one_service_within_a_day_is_split() -> None:
    assert list(split(seen(day(2, 60.0, citizen="thabo")))) == []
    assert about(list(split(seen(day(3, 60.0, citizen="thabo"))))) == [3]
    assert list(split(seen(day(3, 60.0)))) == [], "three citizens"
    apart = [paid(number, number * 60, citizen="thabo", service=f"s{number}") for number in range(3)]
    assert list(split(seen(apart))) == [], "three services"
    assert list(split(seen(day(3, 13 * 60.0, citizen="thabo")))) == [], "over two days"


def test_one_payment_behind_a_shut_door_is_a_neighbour_and_two_are_odd() -> None:
    night = [paid(number, 12 * 60 + number * 40) for number in range(2)]
    assert list(after_hours(seen(night[:1]))) == []
    assert about(list(after_hours(seen(night)))) == [2]
    assert list(after_hours(seen(night, place=None))) == [], "nobody knows when it is open"


def test_whoever_was_let_in_before_the_door_was_shut_is_served() -> None:
    assert list(after_hours(seen([paid(number, 8 * 60 + 10 * number) for number in range(3)]))) == []


def test_payments_for_phones_that_were_not_heard_of_are_odd() -> None:
    assert list(unmet(seen([*day(9, 20.0), *[paid(10 + n, 300 + n, met_at=None) for n in range(2)]]))) == []
    long_ago = MONDAY - timedelta(days=5)
    assert about(list(unmet(seen([*day(2, 9.0, met_at=None), paid(3, 30, met_at=long_ago)])))) == [3]


def test_what_a_citizen_filed_and_was_paid_near_the_end_of_its_life_is_odd() -> None:
    for hours, odd in ((35, []), (37, [3])):
        filed = timedelta(hours=hours)
        late = [replace(one, met_at=one.at - filed) for one in day(3, 20.0)]
        assert about(list(unmet(seen(late)))) == odd


def test_no_bill_of_the_shipped_pack_is_over_before_it_can_look_odd() -> None:
    services = read_pack(SHIPPED).catalogue.services.values()
    lives = [work.pay_hours for service in services for work in service.work if work.call is None]
    assert lives and min(lives) > Norms().unmet_hours


def test_a_point_whose_citizens_come_from_elsewhere_is_odd() -> None:
    assert list(far_away(seen([*day(4, 20.0), *[paid(9 + n, 200 + n, home="Quthing") for n in range(4)]]))) == []
    assert about(list(far_away(seen(day(5, 20.0, home="Quthing"))))) == [5]
    assert list(far_away(seen(day(5, 20.0, home="")))) == [], "nobody knows from where"


def test_whoever_drops_far_more_than_others_refuses() -> None:
    dropped = day(20, 20.0, ending=Ending.DROPPED)
    taken = [paid(100 + number, number * 25) for number in range(10)]
    assert about(list(refusing(seen([*dropped, *taken], dropped=0.1)))) == [20]
    assert list(refusing(seen([*dropped, *taken], dropped=0.6))) == [], "as others do"
    assert list(refusing(seen(dropped[:8], dropped=0.1))) == [], "too few to say"


def test_a_service_that_is_badly_paid_is_looked_at_by_itself() -> None:
    shunned = day(15, 20.0, ending=Ending.DROPPED, service="grant")
    others = [paid(100 + number, number * 5) for number in range(200)]
    (alert,) = refusing(seen([*shunned, *others], dropped=0.07))
    assert "15 of 15 payments for grant" in alert.told


def test_three_payments_taken_back_are_odd() -> None:
    assert list(taking_back(seen(day(2, 20.0, ending=Ending.CANCELLED)))) == []
    assert about(list(taking_back(seen(day(3, 20.0, ending=Ending.CANCELLED))))) == [3]


def test_one_citizen_who_has_not_paid_is_enough() -> None:
    heard = [paid(1, 0, heard=Heard.YES), paid(2, 20, heard=Heard.SILENT), paid(3, 40)]
    assert list(denied(seen(heard))) == []
    assert about(list(denied(seen([*heard, paid(4, 60, heard=Heard.NO)])))) == [1]


def test_two_citizens_who_complain_are_odd_and_one_who_does_so_thrice_is_a_task_already() -> None:
    def complaint(number: int, citizen: str) -> Complaint:
        return Complaint(f"k{number}", "mpho", "014", citizen, MONDAY + timedelta(minutes=number))

    same = [complaint(number, "thabo") for number in range(3)]
    assert list(complained(replace(seen([]), complaints=same))) == []
    (alert,) = complained(replace(seen([]), complaints=[*same, complaint(9, "palesa")]))
    assert (alert.about, alert.id) == (("k0", "k9"), "watch:complained:mpho:k0")


def test_twenty_six_people_attested_within_a_day_are_odd_and_twenty_five_are_a_bus() -> None:
    def seen_alive(count: int, minutes: float) -> list[Witness]:
        return [Witness(f"w{one}", "mpho", "014", MONDAY + timedelta(minutes=minutes * one)) for one in range(count)]

    assert list(attesting(replace(seen([]), attested=seen_alive(25, 10)))) == []
    assert list(attesting(replace(seen([]), attested=seen_alive(60, 60)))) == [], "spread over days"
    (alert,) = attesting(replace(seen([]), attested=seen_alive(26, 10)))
    assert (len(alert.about), alert.id) == (26, "watch:attesting:mpho:w0")


def test_every_rule_says_what_to_do() -> None:
    assert set(ADVICE) == set(RULES)
    for rule in RULES:
        alert = Alert(rule, "014014", "014", ("c1",), "x" * 80)
        reason = raised_of(alert, MONDAY).reason
        assert len(reason) <= text_characters_max and reason.endswith("See `mohala agents alerts`")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_nothing_is_odd_of_an_agent_who_did_nothing(rule: Callable[[Watched], object]) -> None:
    assert list(rule(seen([]))) == []  # type: ignore[call-overload]


@given(st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(Ending), st.integers(0, 5)), max_size=80))
def test_whatever_an_agent_did_alerts_rest_on_it_and_are_told_once(of: list[tuple[int, Ending, int]]) -> None:
    week = [
        paid(number, minutes, ending=ending, citizen=str(who), met_at=None)
        for number, (minutes, ending, who) in enumerate(of)
    ]
    alerts = look(seen(week, dropped_share(week)))
    known = {one.id for one in week}
    assert all(set(alert.about) <= known and len(set(alert.about)) == len(alert.about) for alert in alerts)
    assert len({alert.id for alert in alerts}) == len(alerts)


@given(st.lists(st.integers(0, 600), min_size=1, max_size=60))
def test_a_burst_is_whatever_lies_in_a_stretch_of_ten_minutes_with_more_than_six(minutes: list[int]) -> None:
    of = [paid(number, minute) for number, minute in enumerate(sorted(minutes))]
    told = {id for alert in quick(seen(of)) for id in alert.about}
    wanted = {
        one.id
        for one in of
        for start in of
        if start.at <= one.at <= start.at + timedelta(minutes=10)
        and sum(start.at <= other.at <= start.at + timedelta(minutes=10) for other in of) > 6
    }
    assert told == wanted
