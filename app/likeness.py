"""Requests of recordings: what two have in common, and whether one is as it was recorded."""

from __future__ import annotations

import re

ANY = "ANY"
"""In a recorded request: what is another one each time, as an id made of nothing or what is sealed."""
_JOINTS = re.compile("[/?&=]")


def steps_of(path: str) -> list[str]:
    """The parts of a path and a query that may each be another one, percent-encoded."""
    return _JOINTS.split(path)


def common(one: object, another: object) -> object:
    """A body, or a part of one, with `ANY` wherever the other one differs."""
    match one, another:
        case dict(), dict() if one.keys() == another.keys():
            return {key: common(value, another[key]) for key, value in one.items()}
        case list(), list() if len(one) == len(another):
            return [common(value, beside) for value, beside in zip(one, another, strict=True)]
        case _:
            return one if one == another else ANY


def common_path(one: str, another: str) -> str:
    """As `common`, of two paths with as many steps."""
    joints = [*_JOINTS.findall(one), ""]
    steps = zip(steps_of(one), steps_of(another), joints, strict=True)
    return "".join(f"{step if step == beside else ANY}{joint}" for step, beside, joint in steps)


def is_body_as(wanted: object, made: object) -> bool:
    """Whether a body is as it was recorded, but for what is another one each time."""
    match wanted, made:
        case dict(), dict():
            return wanted.keys() == made.keys() and all(is_body_as(wanted[key], made[key]) for key in wanted)
        case list(), list():
            return len(wanted) == len(made) and all(map(is_body_as, wanted, made))
        case _:
            return wanted in (ANY, made)


def is_path_as(wanted: str, made: str) -> bool:
    return is_body_as(steps_of(wanted), steps_of(made))
