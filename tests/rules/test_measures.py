"""Measures come out as Prometheus reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from app.measures import Measures


def test_counts_durations_and_levels_are_rendered() -> None:
    measures = Measures()
    measures.count("mohala_turns_total", outcome="answered")
    measures.count("mohala_turns_total", outcome="answered")
    measures.count("mohala_turns_total", outcome="repeated")
    measures.set("mohala_jobs", 3, state="waiting")
    for seconds in (0.001, 0.2, 9.0):
        measures.observe("mohala_turn_seconds", seconds)
    families = {
        family.name: family
        for family in text_string_to_metric_families(measures.render({"0": measures.measured()}).decode())
    }
    turns = {sample.labels["outcome"]: sample.value for sample in families["mohala_turns"].samples}
    assert turns == {"answered": 2.0, "repeated": 1.0}
    assert families["mohala_jobs"].samples[0].value == 3
    samples = {(s.name, s.labels.get("le")): s.value for s in families["mohala_turn_seconds"].samples}
    assert samples["mohala_turn_seconds_bucket", "0.005"] == 1
    assert samples["mohala_turn_seconds_bucket", "0.25"] == 2
    assert samples["mohala_turn_seconds_bucket", "+Inf"] == samples["mohala_turn_seconds_count", None] == 3


def test_processes_behind_one_door_stand_side_by_side_and_a_level_of_the_house_stands_once() -> None:
    here, there = Measures(), Measures()
    for measures, hops in ((here, 2), (there, 3)):
        measures.watch("mohala_callbacks_in_hand", lambda hops=hops: hops * 10)
        measures.set("mohala_jobs", hops, state="waiting")
        for _ in range(hops):
            measures.count("mohala_turns_total", outcome="opened")
            measures.observe("mohala_turn_seconds", 0.2)
    told = here.render({"0": here.measured(), "1": there.measured()}).decode()
    values = {
        (sample.name, sample.labels.get("process"), sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }
    assert values["mohala_turns_total", "0", None] == 2 and values["mohala_turns_total", "1", None] == 3
    assert values["mohala_turn_seconds_bucket", "1", "0.25"] == 3
    assert values["mohala_callbacks_in_hand", "0", None] == 20 and values["mohala_callbacks_in_hand", "1", None] == 30
    assert values["mohala_jobs", None, None] == 2
