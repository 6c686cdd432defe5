"""Counts and durations as plain numbers, rendered for Prometheus only when somebody scrapes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.5)
Labels = tuple[tuple[str, str], ...]


class Measures:
    """Label values must come from closed lists: never a number, a text or anything else that a citizen sent."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[Labels, int]] = {}
        self._gauges: dict[str, dict[Labels, float]] = {}
        self._durations: dict[str, tuple[list[int], list[float]]] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def count(self, name: str, **labels: str) -> None:
        series = self._counts.setdefault(name, {})
        key = tuple(sorted(labels.items()))
        series[key] = series.get(key, 0) + 1

    def set(self, name: str, value: float, **labels: str) -> None:
        self._gauges.setdefault(name, {})[tuple(sorted(labels.items()))] = value

    def observe(self, name: str, seconds: float) -> None:
        counts, total = self._durations.setdefault(name, ([0] * (len(BUCKETS_SECONDS) + 1), [0.0]))
        counts[next((i for i, top in enumerate(BUCKETS_SECONDS) if seconds <= top), len(BUCKETS_SECONDS))] += 1
        total[0] += seconds

    def render(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        for name, counts in self._counts.items():
            labels = [key for key, _ in next(iter(counts), ())]
            counter = CounterMetricFamily(name, name, labels=labels)
            for key, value in counts.items():
                counter.add_metric([text for _, text in key], value)
            yield counter
        for name, gauges in self._gauges.items():
            labels = [key for key, _ in next(iter(gauges), ())]
            gauge = GaugeMetricFamily(name, name, labels=labels)
            for key, level in gauges.items():
                gauge.add_metric([text for _, text in key], level)
            yield gauge
        for name, (per_bucket, total) in self._durations.items():
            tops = (*map(str, BUCKETS_SECONDS), "+Inf")
            buckets = list(zip(tops, map(float, accumulate(per_bucket)), strict=True))
            histogram = HistogramMetricFamily(name, name)
            histogram.add_metric([], buckets, total[0])
            yield histogram
