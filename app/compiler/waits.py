"""Reads what a service says of requests that wait: when its office is asked, its citizen reminded, a person called."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from app import limits
from app.catalogue import ServiceKind
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.manual import promise_days_max

KEYS = ("promise_days", "remind_days", "follow_hours")
FOLLOW_TELLS = ("query", "ready", "done", "refused")
"""What a citizen must be told of where the house asks by itself: nobody else tells them."""


@dataclass(frozen=True, slots=True)
class Waits:
    promise_days: int = limits.promise_days
    remind_days: tuple[int, ...] = (limits.remind_days,)
    follow_hours: int = 0


def read_waits(node: Node, name: str, kind: ServiceKind, told: Container[str], reader: Reader) -> Waits:
    """What a service says; `told` are the occasions of its texts."""
    if kind is not ServiceKind.FILE:
        for key in (key for key, _ in node.pairs if key.text in KEYS):
            reader.wrong(key, "unknown-key", f"`{key.text}` is for services of kind file, which wait; remove it", name)
        return Waits()
    hours = _whole(node.get("follow_hours"), 0, limits.follow_hours_max, reader)
    if hours and node.get("follow") is None:
        reader.wrong(node, "missing-key", "`follow` is missing: `follow_hours` says how often it is asked", name)
        hours = 0
    for occasion in FOLLOW_TELLS if hours else ():
        if occasion not in told:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what the office says is told by SMS", name)
    days = _whole(node.get("promise_days"), limits.promise_days, promise_days_max, reader)
    return Waits(days, _reminders(node.get("remind_days"), reader), hours)


def _whole(node: Node | None, default: int, most: int, reader: Reader) -> int:
    if node is None:
        return default
    value = reader.whole(node, 1)
    if not 1 <= value <= most:
        reader.wrong(node, "wrong-shape", f"must be 1 to {most}")
    return min(max(value, 1), most)


def _reminders(node: Node | None, reader: Reader) -> tuple[int, ...]:
    """`[]` is none."""
    if node is None:
        return (limits.remind_days,)
    days = tuple(_whole(entry, 1, promise_days_max, reader) for entry in node.entries)
    if node.kind != "list" or len(days) > limits.reminders_max or list(days) != sorted(set(days)):
        told = f"must be at most {limits.reminders_max} numbers of days, the smallest first: `[3, 10]`"
        reader.wrong(node, "wrong-shape", told)
        return ()
    return days
