"""What a conversation says of the task that it is the straight way to."""

from __future__ import annotations

from app.authoring.conversations.fields import Fields
from app.authoring.conversations.model import Known, MostUsed, Task
from app.authoring.conversations.source import Complain, Node

_KNOWN = ("whose", "dial", "types", "to", "ours", "source", "grade")
_RANK_MAX = 99
_OURS_MAX = 99


def read_task(node: Node | None, complain: Complain) -> Task | None:
    """`{title, most_used: {rank, because}, known: [{whose, dial, types, to, ours, source, grade}]}`."""
    if node is None:
        return None
    fields = Fields(node, ("title", "most_used", "known"), complain, "`task`")
    title = fields.text("title")
    if not title:
        fields.wrong(node, "shape", "`task` needs a `title`: what a citizen gets done")
    return Task(title or "", _known(fields, complain), _most_used(fields.get("most_used"), complain))


def _known(fields: Fields, complain: Complain) -> tuple[Known, ...]:
    node = fields.get("known")
    if node is None:
        return ()
    if node.kind != "list":
        fields.wrong(node, "shape", "`known` is a list of services: `- {whose: ..., dial: ...}`")
        return ()
    return tuple(_one_known(entry, complain) for entry in node.entries)


def _one_known(node: Node, complain: Complain) -> Known:
    fields = Fields(node, _KNOWN, complain, "`known`")
    whose, dial, to, source, grade = (fields.text(name) or "" for name in ("whose", "dial", "to", "source", "grade"))
    if not (whose and dial and to and source and grade):
        told = "`known` needs `whose` it is, what one `dial`s, the point that leads `to`, the `source` and its `grade`"
        fields.wrong(node, "shape", told)
    return Known(whose, dial, fields.words("types"), to, _count(fields, "ours", 0, _OURS_MAX), source, grade)


def _most_used(node: Node | None, complain: Complain) -> MostUsed | None:
    if node is None:
        return None
    fields = Fields(node, ("rank", "because"), complain, "`most_used`")
    because = fields.text("because")
    if not because:
        fields.wrong(node, "shape", "`most_used` needs a `because`: what makes you think so")
    return MostUsed(_count(fields, "rank", 1, _RANK_MAX), because or "")


def _count(fields: Fields, key: str, least: int, most: int) -> int:
    text, node = fields.text(key), fields.get(key)
    if text is not None and text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) >= least:
        return int(text)
    fields.wrong(node or fields.node, "shape", f"`{key}` is a number from {least} to {most}")
    return least
