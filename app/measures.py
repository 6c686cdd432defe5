"""Counts and durations as plain numbers, rendered for Prometheus only when somebody scrapes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from app.measured import Labels, Measured

BUCKETS_SECONDS: Final[tuple[float, ...]] = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.5)
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PROCESS: Final = "process"
"""The label that says which of the processes behind one door counted: each of them starts again at nought alone."""


class Counter:
    """How often something happened."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value += 1


class Timer:
    """How long something took, each time that it happened."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_SECONDS) + 1)
        self.total = 0.0

    def took(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS_SECONDS, seconds)] += 1
        self.total += seconds


class Measures:
    """Label values must come from closed lists: never a number, a text or anything else that a citizen sent."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[Labels, Counter]] = {}
        self._gauges: dict[str, dict[Labels, float]] = {}
        self._durations: dict[str, dict[Labels, Timer]] = {}
        self._levels: dict[str, dict[Labels, Callable[[], float]]] = {}

    def count(self, name: str, **labels: str) -> None:
        self.counter(name, **labels).add()

    def counter(self, name: str, **labels: str) -> Counter:
        """For whoever counts the same thing often: finding it anew each time costs ten times the counting."""
        return self._counts.setdefault(name, {}).setdefault(tuple(sorted(labels.items())), Counter())

    def set(self, name: str, value: float, **labels: str) -> None:
        """A level of the whole house, whichever process tells it."""
        self._gauges.setdefault(name, {})[tuple(sorted(labels.items()))] = value

    def watch(self, name: str, read: Callable[[], float], **labels: str) -> None:
        """A level of this process, read when somebody scrapes."""
        self._levels.setdefault(name, {})[tuple(sorted(labels.items()))] = read

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        self.timer(name, **labels).took(seconds)

    def timer(self, name: str, **labels: str) -> Timer:
        """For whoever times the same thing often, as `counter`."""
        return self._durations.setdefault(name, {}).setdefault(tuple(sorted(labels.items())), Timer())

    def measured(self) -> Measured:
        return Measured(
            {
                name: [(labels, counter.value) for labels, counter in series.items()]
                for name, series in self._counts.items()
            },
            {
                name: [(key, list(timer.counts), timer.total) for key, timer in series.items()]
                for name, series in self._durations.items()
            },
            {name: [(key, read()) for key, read in levels.items()] for name, levels in self._levels.items()},
        )

    def render(self, processes: Mapping[str, Measured]) -> bytes:
        """Prometheus' text format: what each process counted, by its name, and this one's levels."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            _Families([*_counters(processes), *self._house(), *_levels(processes), *_histograms(processes)])
        )
        return generate_latest(registry)

    def _house(self) -> Iterator[Metric]:
        for name, gauges in self._gauges.items():
            gauge = GaugeMetricFamily(name, name, labels=_names(next(iter(gauges), ())))
            for key, level in gauges.items():
                gauge.add_metric(_texts(key), level)
            yield gauge


class _Families:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _counters(processes: Mapping[str, Measured]) -> Iterator[Metric]:
    counters: dict[str, CounterMetricFamily] = {}
    for process, measured in processes.items():
        for name, series in measured.counts.items():
            for key, value in series:
                counter = counters.get(name)
                if counter is None:
                    counter = counters[name] = CounterMetricFamily(name, name, labels=[*_names(key), PROCESS])
                counter.add_metric([*_texts(key), process], value)
    yield from counters.values()


def _levels(processes: Mapping[str, Measured]) -> Iterator[Metric]:
    gauges: dict[str, GaugeMetricFamily] = {}
    for process, measured in processes.items():
        for name, levels in measured.levels.items():
            for key, level in levels:
                gauge = gauges.get(name)
                if gauge is None:
                    gauge = gauges[name] = GaugeMetricFamily(name, name, labels=[*_names(key), PROCESS])
                gauge.add_metric([*_texts(key), process], level)
    yield from gauges.values()


def _histograms(processes: Mapping[str, Measured]) -> Iterator[Metric]:
    tops = (*map(str, BUCKETS_SECONDS), "+Inf")
    histograms: dict[str, HistogramMetricFamily] = {}
    for process, measured in processes.items():
        for name, series in measured.durations.items():
            for key, per_bucket, total in series:
                histogram = histograms.get(name)
                if histogram is None:
                    histogram = histograms[name] = HistogramMetricFamily(name, name, labels=[*_names(key), PROCESS])
                buckets = list(zip(tops, map(float, accumulate(per_bucket)), strict=True))
                histogram.add_metric([*_texts(key), process], buckets, total)
    yield from histograms.values()


def _names(labels: Labels) -> list[str]:
    return [name for name, _ in labels]


def _texts(labels: Labels) -> list[str]:
    return [text for _, text in labels]
