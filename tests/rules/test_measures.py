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
    families = {family.name: family for family in text_string_to_metric_families(measures.render().decode())}
    turns = {sample.labels["outcome"]: sample.value for sample in families["mohala_turns"].samples}
    assert turns == {"answered": 2.0, "repeated": 1.0}
    assert families["mohala_jobs"].samples[0].value == 3
    samples = {(s.name, s.labels.get("le")): s.value for s in families["mohala_turn_seconds"].samples}
    assert samples["mohala_turn_seconds_bucket", "0.005"] == 1
    assert samples["mohala_turn_seconds_bucket", "0.25"] == 2
    assert samples["mohala_turn_seconds_bucket", "+Inf"] == samples["mohala_turn_seconds_count", None] == 3
