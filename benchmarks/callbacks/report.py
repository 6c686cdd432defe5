"""The table: medians of the rounds, and of the ratios to F4 in the same round."""

from __future__ import annotations

import statistics

CONNECTIONS = (64, 1)
BASE = "F4"
OURS, NODE = ("mohala", "mohala, plain"), "bare Node"
WITH_REDIS = ("ussd-builder", "mobilex", "anysd", "ussd-airflow-engine")
"""The peers that keep sessions in Redis."""
MEGABYTES = 120
Rounds = list[dict[str, float]]


def report(measured: dict[tuple[str, int], Rounds], megabytes: dict[str, float]) -> None:
    """One table for each number of connections, the quickest first; the last column counts answers with wrong bytes."""
    for connections in CONNECTIONS:
        told = f"{connections} connection{'s' if connections > 1 else ''}"
        print(
            f"\n{told:19} callbacks/s   x F4   p50 ms   p99 ms   p50 / F4's   p99 / F4's   CPU us   x F4   "
            "answers wrong"
        )
        base = measured[BASE, connections]
        rows = {name: rounds for (name, count), rounds in measured.items() if count == connections}
        for name, rounds in sorted(rows.items(), key=lambda row: -_median(row[1], "per_second")):
            print(_row(name, rounds, base))
    print("\ngoals (docs/performance.md)", *goals(measured, megabytes), sep="\n")
    print("\nresident memory: " + ", ".join(f"{name} {size:.0f} MB" for name, size in megabytes.items()))


def goals(measured: dict[tuple[str, int], Rounds], megabytes: dict[str, float]) -> list[str]:
    """Each goal of ours beside what was measured, in ratios of the same round; what did not take part is left out."""
    told = []
    for name in OURS:
        if (name, CONNECTIONS[0]) not in measured:
            continue
        many, one = (measured[name, count] for count in CONNECTIONS)
        peers = [peer for peer in WITH_REDIS if (peer, CONNECTIONS[0]) in measured]
        fastest = max(peers, key=lambda peer: _median(measured[peer, CONNECTIONS[0]], "per_second"), default=None)
        reached = [
            ("callbacks/s, x F4", _ratio(many, measured[BASE, CONNECTIONS[0]], "per_second"), 5.0, True),
            ("p99 / F4's", _ratio(many, measured[BASE, CONNECTIONS[0]], "p99_ms"), 0.25, False),
            ("p50 / F4's at one connection", _ratio(one, measured[BASE, 1], "p50_ms"), 0.7, False),
            ("resident MB", megabytes.get(name, 0.0), float(MEGABYTES), False),
        ]
        for other, least in ((fastest, 3.0), (NODE, 1.0)):
            theirs = measured.get((other, CONNECTIONS[0]), []) if other else []
            if theirs and all(rounds["per_second"] for rounds in theirs):
                ratio = _ratio(many, theirs, "per_second")
                reached.append((f"callbacks/s, x {other}", ratio, least, True))
        told += [_goal(name, *goal) for goal in reached]
    return told


def _goal(name: str, what: str, measured: float, goal: float, is_least: bool) -> str:
    reached = measured >= goal if is_least else measured <= goal
    bound = "at least" if is_least else "at most"
    return f"{name:15} {what:32} {measured:7.2f}   {bound} {goal:g}: {'reached' if reached else 'NOT reached'}"


def _row(name: str, rounds: Rounds, base: Rounds) -> str:
    cpu = _ratio(rounds, base, "cpu_us")
    return (
        f"{name:19} {_median(rounds, 'per_second'):11.0f} {_ratio(rounds, base, 'per_second'):6.2f} "
        f"{_median(rounds, 'p50_ms'):8.2f} {_median(rounds, 'p99_ms'):8.2f} "
        f"{_ratio(rounds, base, 'p50_ms'):12.2f} {_ratio(rounds, base, 'p99_ms'):12.2f} "
        f"{_median(rounds, 'cpu_us'):8.0f} {1 / cpu if cpu else 0:6.2f}   {_wrong(rounds)}"
    )


def _wrong(rounds: Rounds) -> str:
    wrong = sum(one["wrong"] for one in rounds)
    return f"{wrong:.0f} of {sum(one['sent'] for one in rounds):.0f}" if wrong else "none"


def _median(rounds: Rounds, of: str) -> float:
    return statistics.median(one[of] for one in rounds)


def _ratio(rounds: Rounds, base: Rounds, of: str) -> float:
    return statistics.median(one[of] / other[of] for one, other in zip(rounds, base, strict=True))
