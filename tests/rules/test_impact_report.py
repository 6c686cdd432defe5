"""The report as people get it: the same bytes each time, nothing small shown, nothing claimed that is not known."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import date

import pytest

from app.baselines import Baseline, Baselines, Key, Mark, What
from app.impact.page import page
from app.impact.picture import pictures
from app.impact.report import FOLDED, Money, Report, as_csv, as_json, as_text, report_of
from app.savings import Count, Said

BIRTH, POWER = "birth-certificate", "electricity"
MONEY = Money("LSL", 2)
VALUES = {
    What.VISITS: 3.0, What.VISITS_LEFT: 1.0, What.KM: 40.0, What.FARE: 6_000.0, What.OTHER: 0.0, What.TRAVEL_HOURS: 4.0,
    What.WAITING_HOURS: 2.0, What.DAY_WAGE: 9_000.0, What.DAY_HOURS: 9.0, What.PRICE_USSD: 0.0,
}  # fmt: skip
MEASURED = {
    (BIRTH, "*", what): Baseline(value, Mark.MEASURED, "a survey", "2026-11-01") for what, value in VALUES.items()
}
ASSUMED = {(POWER, "*", what): Baseline(value, Mark.ASSUMED, "a panel", "2026-11-01") for what, value in VALUES.items()}
ANSWERS = {("ended", BIRTH): Said(60, 40, 20), ("ended", POWER): Said(50, 50)}


def report(by_district: Mapping[str, int], baselines: Baselines | None = None, asked: bool = True) -> Report:
    counts = [Count("ended", BIRTH, district, "", "ussd", many) for district, many in by_district.items()]
    counts += [Count("ended", POWER, "", "014", "ussd", 20), Count("found", "service-points", "Berea", "", "sms", 9)]
    told = Baselines({**MEASURED, **ASSUMED}) if baselines is None else baselines
    return report_of("lesotho", date(2026, 11, 1), date(2026, 11, 30), MONEY, counts, ANSWERS if asked else {}, told)


def shown(made: Report, table: str) -> dict[tuple[str, ...], int]:
    return {row.names: row.saved.count for row in made.tables[table]}


def test_a_lone_small_district_takes_the_next_larger_one_with_it() -> None:
    made = report({"Leribe": 60, "Quthing": 7, "Berea": 4})
    assert shown(made, "service and district")[BIRTH, FOLDED] == 11
    assert (BIRTH, "Quthing") not in shown(made, "service and district")


def test_two_small_districts_are_told_together_and_the_others_by_name() -> None:
    made = report({"Leribe": 60, "Quthing": 4, "Berea": 3})
    assert {names: many for names, many in shown(made, "service and district").items() if names[0] == BIRTH} == {
        (BIRTH, "Leribe"): 60, (BIRTH, FOLDED): 7,
    }  # fmt: skip


@pytest.mark.parametrize("many", [{"Leribe": 1}, {"Leribe": 4}, {"Leribe": 60, "Berea": 1}, {"Leribe": 5, "Berea": 2}])
def test_no_district_of_a_service_with_fewer_than_five_errands_is_named_anywhere(many: Mapping[str, int]) -> None:
    made = report(many)
    small = {district for district, count in many.items() if count < 5}
    named = {names for names in shown(made, "service and district") if names[0] == BIRTH}
    assert not {names[1] for names in named} & small
    for line in (*as_text(made), as_csv(made), as_json(made).decode(), page(made, pictures(made))):
        for district in small - {"Berea"}:  # where nine looked for a service point
            assert district not in line


def test_no_small_number_is_the_difference_of_two_tables() -> None:
    """Three births in Berea, where nine looked for a service point: the district's row is those nine alone."""
    made = report({"Leribe": 60, "Quthing": 8, "Berea": 3})
    assert shown(made, "district") == {("Berea",): 9, ("Leribe",): 60, ("not known",): 20, (FOLDED,): 11}


def test_the_sum_of_a_table_is_the_sum_of_all() -> None:
    made = report({"Leribe": 60, "Quthing": 7, "Berea": 4})
    for table in ("service", "channel", "district", "service and district"):
        assert sum(shown(made, table).values()) == made.whole.count == 100


def test_a_table_in_the_terminal_says_interval_n_and_how_much_is_measured() -> None:
    lines = list(as_text(report({"Leribe": 60})))
    visits = next(line for line in lines if line.startswith("  visits:"))
    # 60 x 0.6 x 2 are measured, 20 x 0.5 x 2 assumed
    assert re.fullmatch(r"  visits: 92\.0 \([0-9.]+ to [0-9.]+\), n 80, 78 % measured", visits)
    assert "  9 look-ups were counted; nobody is asked about them, so nothing is claimed." in lines


@pytest.mark.parametrize(("asked", "known"), [(False, {**MEASURED, **ASSUMED}), (True, {})])
def test_where_nothing_was_measured_no_number_but_counts_is_told(asked: bool, known: dict[Key, Baseline]) -> None:
    made = report({"Leribe": 60}, Baselines(known), asked)
    assert "  visits: not known" in list(as_text(made))
    assert {row["saved"] for row in csv.DictReader(io.StringIO(as_csv(made)))} == {""}
    assert {one["saved"] for one in json.loads(as_json(made))["all"]["sums"].values()} == {None}
    assert b"not known: nothing was measured" in pictures(made)["visits.svg"]


def test_the_same_report_is_the_same_bytes_and_holds_no_script() -> None:
    first, second = (report({"Leribe": 60, "Quthing": 7}) for _ in range(2))
    assert page(first, pictures(first)) == page(second, pictures(second))
    assert (as_csv(first), as_json(first)) == (as_csv(second), as_json(second))
    text = page(first, pictures(first))
    assert "<script" not in text and "http://" not in text.replace("http://www.w3.org", "")


def test_measured_and_assumed_have_bars_of_their_own() -> None:
    drawn = pictures(report({"Leribe": 60}))["visits.svg"].decode()
    assert ">measured<" in drawn and ">assumed<" in drawn
    assert ">72<" in drawn.replace("72.0", "72") and ">20<" in drawn.replace("20.0", "20")


def test_a_name_that_looks_like_a_tag_stays_a_name() -> None:
    made = report_of("<b>", date(2026, 11, 1), date(2026, 11, 2), MONEY, [], {}, Baselines())
    assert "<b>" not in page(made, pictures(made)).replace("<body>", "")
