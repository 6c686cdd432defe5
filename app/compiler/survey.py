"""Reads what pack.yaml says under `survey`: who is asked by SMS whether they would have travelled, and how often."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app import limits
from app.compiler.known import meant
from app.compiler.pack_fields import SURVEY
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.pack import Survey
from app.privacy import Purpose

FROM_HOUR, TO_HOUR = 8, 20


def read_survey(
    root: Node, purposes: Mapping[str, Purpose] | None, withdraws: Collection[str], reader: Reader
) -> Survey | None:
    """`root` is that of pack.yaml; None: nobody is asked. `withdraws` are the words by which one is asked no more.

    `purposes` None: there is no services.yaml that can be read, of which somebody else complains.
    """
    node = root.get("survey")
    if node is None:
        return None
    reader.fields(node, SURVEY)
    purpose = node.get("purpose")
    if purpose is not None and purposes is not None and purpose.text not in purposes:
        told = f"`{purpose.text}` is no purpose of services.yaml; {meant(purpose.text, purposes)}"
        reader.wrong(purpose, "unknown-purpose", told)
    if not withdraws:
        reader.wrong(node, "wrong-survey", "nobody can say no to it; add `withdraw: [STOP]` to entrances.yaml")
    one_in = _within(node, "one_in", 1, 1, limits.survey_one_in_max, reader)
    days = _within(node, "days", 1, 1, limits.survey_days_max, reader)
    from_hour = _within(node, "from_hour", FROM_HOUR, 0, 23, reader)
    to_hour = _within(node, "to_hour", TO_HOUR, 1, 24, reader)
    if from_hour >= to_hour:
        reader.wrong(node, "wrong-survey", f"from {from_hour} to {to_hour} o'clock is no time of a day; swap them")
    return Survey(reader.scalar(purpose), one_in, days, from_hour, to_hour)


def _within(node: Node, name: str, usual: int, least: int, most: int, reader: Reader) -> int:
    written = node.get(name)
    found = reader.whole(written, usual)
    if written is not None and not least <= found <= most:
        reader.wrong(written, "wrong-survey", f"`{name}` is {least} to {most}")
    return min(max(found, least), most)
