"""What a run measured, from its history: percentiles, rates, refusals and troubles, as text and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from app.load.history import Exchange, History, Trouble
from app.load.percentiles import percentile

SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
LATE_DRIVER_SECONDS = 0.05
"""A 99th percentile of the driver's own lateness above this: what it measured is partly itself."""


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds by the names of `SHARES`; `count` values."""

    count: int
    milliseconds: dict[str, float]


class Second(msgspec.Struct, frozen=True):
    """The callbacks that were due within the second that begins `at` seconds into the run."""

    at: int
    due: int
    answered: int
    refused: int
    troubles: int
    p50: float
    p99: float


class Report(msgspec.Struct, frozen=True):
    """`latency` counts from when a callback was due, `service` from when it was sent. Between the two
    lie `driver`, how late the driver came to it, and `room`, how long it waited for others in flight.

    `refused` counts last pages by which nothing moved, by phrase; `troubles` the callbacks without an answer.
    `quarters` are the latencies of each quarter of the time in which citizens arrived, and of what came after it.
    `peak_a_second` is the busiest second's count of callbacks that were due. `whole` is false when the run broke off.
    """

    name: str
    shape: str
    seed: int
    rate: float
    callbacks: int
    citizens: int
    not_begun: int
    cut_off: int
    answered_a_second: float
    peak_a_second: int
    latency: Latency
    service: Latency
    driver: Latency
    room: Latency
    refused: dict[str, int]
    troubles: dict[str, int]
    deeds: dict[str, int]
    notices: dict[str, int]
    quarters: tuple[Latency, ...]
    seconds: tuple[Second, ...]
    whole: bool

    @property
    def driver_was_late(self) -> bool:
        return self.driver.milliseconds["p99"] > LATE_DRIVER_SECONDS * 1000


def measure(history: History) -> Report:
    run, exchanges, cut = history.run, history.exchanges, history.cut
    answered = [exchange for exchange in exchanges if exchange.trouble is None]
    phrases = {text: phrase for phrase, texts in run.refusals.items() for text in texts}
    refused = Counter(phrases[one.page] for one in answered if one.is_last and one.page in phrases)
    by_second = _by_second(exchanges, frozenset(phrases))
    lasted = max((exchange.answered for exchange in exchanges), default=0.0)
    return Report(
        name=run.name,
        shape=run.shape,
        seed=run.seed,
        rate=run.rate,
        callbacks=len(exchanges),
        citizens=len({exchange.number for exchange in exchanges}),
        not_begun=cut.not_begun if cut else 0,
        cut_off=cut.cut_off if cut else 0,
        answered_a_second=round(len(answered) / lasted, 1) if lasted else 0.0,
        peak_a_second=max((second.due for second in by_second), default=0),
        latency=_latency(exchange.latency for exchange in answered),
        service=_latency(exchange.answered - exchange.sent for exchange in answered),
        driver=_latency(exchange.ready - exchange.due for exchange in exchanges),
        room=_latency(exchange.sent - exchange.ready for exchange in exchanges),
        refused=dict(sorted(refused.items())),
        troubles=_counted(exchange.trouble for exchange in exchanges if exchange.trouble),
        deeds=_counted(exchange.deed for exchange in exchanges),
        notices=_counted(notice.word for notice in history.notices),
        quarters=_by_quarter(answered, run.seconds),
        seconds=by_second,
        whole=cut is not None,
    )


def as_json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report))


def as_text(report: Report) -> Iterator[str]:
    """The lines that `mohala load` ends with."""
    troubles = _told(report.troubles) or "none"
    yield f"{report.shape} at {report.rate:g} callbacks/s, seed {report.seed}: {report.name}"
    yield (
        f"  {report.callbacks} callbacks of {report.citizens} citizens ({_told(report.deeds)}); "
        f"{report.answered_a_second:g} answered a second, {report.peak_a_second} due in the busiest"
    )
    yield f"  told beside them: {_told(report.notices) or 'nothing'}"
    yield f"  without an answer: {troubles}; refused politely: {_told(report.refused) or 'none'}"
    yield "  milliseconds         " + "".join(f"{name:>10}" for name in SHARES)
    for name, latency in (
        ("from due", report.latency),
        ("from sent", report.service),
        ("driver late", report.driver),
        ("waiting for room", report.room),
    ):
        yield f"    {name:<19}" + "".join(f"{latency.milliseconds[share]:>10.1f}" for share in SHARES)
    quarters = "".join(f"{one.milliseconds['p50']:>10.1f}" for one in report.quarters)
    yield f"  p50 by quarter       {quarters}  (the last is after the last arrival)"
    quarters = "".join(f"{one.milliseconds['p99']:>10.1f}" for one in report.quarters)
    yield f"  p99 by quarter       {quarters}"
    if report.not_begun or report.cut_off:
        yield f"  {report.not_begun} citizens never began, {report.cut_off} were cut off at the end"
    if report.driver_was_late:
        yield "  The driver itself was late: it needs a core of its own, or the rate is more than it can send."
    if not report.whole:
        yield "  The run broke off: it has no last line."


def _latency(seconds: Iterable[float]) -> Latency:
    ordered = sorted(seconds)
    return Latency(len(ordered), {name: round(percentile(ordered, share) * 1000, 1) for name, share in SHARES.items()})


def _by_quarter(answered: Sequence[Exchange], seconds: float) -> tuple[Latency, ...]:
    quarters: list[list[float]] = [[] for _ in range(5)]
    for exchange in answered:
        quarters[min(4, int(exchange.due / seconds * 4))].append(exchange.latency)
    return tuple(map(_latency, quarters))


def _by_second(exchanges: Sequence[Exchange], refusals: frozenset[str]) -> tuple[Second, ...]:
    """Each second that anything was due in."""
    seconds: defaultdict[int, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        seconds[int(exchange.due)].append(exchange)
    return tuple(_second(at, seconds[at], refusals) for at in sorted(seconds))


def _second(at: int, exchanges: Sequence[Exchange], refusals: frozenset[str]) -> Second:
    answered = [exchange for exchange in exchanges if exchange.trouble is None]
    latency = _latency(exchange.latency for exchange in answered).milliseconds
    refused = sum(exchange.is_last and exchange.page in refusals for exchange in answered)
    troubles = len(exchanges) - len(answered)
    return Second(at, len(exchanges), len(answered), refused, troubles, latency["p50"], latency["p99"])


def _counted(words: Iterable[str | Trouble]) -> dict[str, int]:
    return dict(sorted(Counter(map(str, words)).items()))


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
