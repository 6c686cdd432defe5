"""The report counts what the history holds, and its pictures show nothing else."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec
import pytest

from app.load.history import Cut, Deed, Exchange, History, Trouble
from app.load.picture import draw
from app.load.report import Report, as_json, as_text, measure
from tests.load.runs import CODE, GOOD, OVER, RUN, THATO, UNAVAILABLE

SVG = "{http://www.w3.org/2000/svg}"


WHOLE = Cut(0, 0)


def run(*exchanges: Exchange, cut: Cut | None = WHOLE) -> Report:
    return measure(History(RUN, exchanges, cut))


def answered(
    place: int, due: float, late: float, seconds: float, answer: str = "CON more", room: float = 0.0
) -> Exchange:
    """The driver is `late` when it is due, and there is room `room` seconds later; answered `seconds` after that."""
    ready = due + late
    sent = ready + room
    return Exchange(THATO, f"s{place}", CODE, Deed.DIAL, "", due, ready, sent, sent + seconds, answer=answer)


def test_latency_counts_from_when_a_callback_was_due_and_the_rest_is_told_beside_it() -> None:
    report = run(*(answered(place, place, 0.015, 0.001 * (place + 1), room=0.005) for place in range(100)))
    assert report.latency.milliseconds == pytest.approx({"p50": 70, "p90": 110, "p99": 119, "p99.9": 120, "max": 120})
    assert report.service.milliseconds["p50"] == pytest.approx(50)
    assert report.driver.milliseconds["p99"] == pytest.approx(15)
    assert report.room.milliseconds["p99"] == pytest.approx(5)
    assert not report.driver_was_late


def test_what_was_not_answered_is_counted_by_its_trouble_and_has_no_latency() -> None:
    lost = Exchange(THATO, "s", CODE, Deed.DIAL, "", 1, 1, 1, 11, status=0, trouble=Trouble.NO_ANSWER)
    unsent = Exchange(THATO, "s", CODE, Deed.DIAL, "", 1, 1, 2, 2, status=0, trouble=Trouble.NOT_SENT)
    report = run(answered(1, 1, 0, 0.1), lost, unsent, cut=Cut(3, 2))
    assert report.troubles == {"no_answer": 1, "not_sent": 1}
    assert report.latency.count == 1 and report.latency.milliseconds["max"] == 100
    told = "\n".join(as_text(report))
    assert "1 no answer, 1 not sent" in told and "3 citizens never began, 2 were cut off" in told


def test_polite_refusals_are_counted_by_their_phrase() -> None:
    report = run(answered(1, 1, 0, 0.1, OVER), answered(2, 1, 0, 0.1, UNAVAILABLE), answered(3, 1, 0, 0.1, "END Done."))
    assert report.refused == {"over": 1, "unavailable": 1}


def test_each_second_has_its_own_counts() -> None:
    report = run(answered(1, 0.1, 0, 0.01), answered(2, 0.9, 0, 0.03), answered(3, 2.5, 0, 0.02, OVER))
    assert [(one.at, one.due, one.answered, one.refused) for one in report.seconds] == [(0, 2, 2, 0), (2, 1, 1, 1)]
    assert (report.seconds[0].p50, report.seconds[0].p99) == pytest.approx((10, 30))
    assert report.peak_a_second == 2


def test_each_quarter_has_its_own_latency_so_that_it_is_seen_whether_an_overload_is_over() -> None:
    late = {0: 0.01, 15: 0.02, 30: 0.03, 45: 0.04, 60: 0.05, 75: 0.06}
    report = run(*(answered(place, due, 0, seconds) for place, (due, seconds) in enumerate(late.items())))
    assert [one.milliseconds["p99"] for one in report.quarters] == pytest.approx([10, 20, 30, 40, 60])
    assert [one.count for one in report.quarters] == [1, 1, 1, 1, 2]
    assert "p99 by quarter             10.0      20.0      30.0      40.0      60.0" in list(as_text(report))[-1]


def test_a_driver_that_was_late_itself_and_a_run_that_broke_off_are_told() -> None:
    report = run(answered(1, 1, 0.2, 0.01), cut=None)
    told = "\n".join(as_text(report))
    assert "The driver itself was late" in told and "The run broke off" in told


def test_the_report_is_read_again_by_machines() -> None:
    report = measure(GOOD.history)
    assert msgspec.json.decode(as_json(report), type=Report) == report


@pytest.mark.parametrize("report", [measure(GOOD.history), run()], ids=["a run", "nothing"])
def test_the_pictures_are_the_same_each_time_and_hold_no_script_and_no_link(report: Report) -> None:
    pictures = draw(report)
    assert pictures == draw(report) and set(pictures) == {"callbacks.svg", "latency.svg"}
    for picture in pictures.values():
        root = ElementTree.fromstring(picture)
        assert root.tag == f"{SVG}svg" and root.find(f".//{SVG}script") is None
        assert b"<!--" not in picture and picture.count(b"http") == 1, "the namespace only"


def test_the_pictures_name_what_they_show() -> None:
    pictures = draw(measure(GOOD.history))
    for word in (b"due", b"answered", b"refused", b"no answer", b"callbacks/s"):
        assert word in pictures["callbacks.svg"]
    assert b"p99" in pictures["latency.svg"]
