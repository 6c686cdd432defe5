"""What offices answer in a conversation: read from the file, and held against the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from app.authoring.conversations.fields import Fields, place_of
from app.authoring.conversations.model import Conversation, OfficeAnswer, Place, Script
from app.authoring.conversations.source import Complain, Node
from app.catalogue import Catalogue
from app.compiler.known import enumerated
from app.errors import Complaint
from app.messages import Answered, Down, Late, Pending, Refused

ANSWERS = "`answered`, `{answered: {result: value}}`, `{refused: reason}`, `pending`, `late` or `down`"
_WORDS: Mapping[str, OfficeAnswer] = {"answered": Answered(), "pending": Pending(), "late": Late(), "down": Down()}


def read_scripts(node: Node | None, complain: Complain) -> dict[str, Script]:
    """`office.operation` -> its answers; one answer may stand without a list."""
    if node is None:
        return {}
    if node.kind != "mapping":
        complain(node.complaint("shape", "`offices` is a mapping of `office.operation` to what it answers"))
        return {}
    scripts = {}
    for key, value in node.pairs:
        entries = value.entries if value.kind == "list" else [value]
        answers = tuple(answer for entry in entries if (answer := _answer(entry, complain)) is not None)
        if not entries:
            complain(value.complaint("office-answer", f"`{key.text}` answers nothing; write {ANSWERS}"))
        scripts[key.text] = Script(place_of(key), answers)
    return scripts


def _answer(node: Node, complain: Complain) -> OfficeAnswer | None:
    if node.kind == "scalar" and node.text in _WORDS:
        return _WORDS[node.text]
    answered, refused = node.get("answered"), node.get("refused")
    if node.kind == "mapping" and len(node.pairs) == 1:
        if refused is not None and refused.kind == "scalar":
            return Refused(refused.text)
        if answered is not None and answered.kind == "mapping":
            return Answered({key.text: _result(value, complain) for key, value in answered.pairs})
    complain(node.complaint("office-answer", f"is no answer of an office; write {ANSWERS}"))
    return None


def _result(node: Node, complain: Complain) -> str:
    """A text, or a list as adapters hand one over: compact JSON of objects of strings."""
    if node.kind == "list":
        entries = [Fields(entry, (key.text for key, _ in entry.pairs), complain, "an entry") for entry in node.entries]
        rows = [{key: entry.text(key) or "" for key, _ in _pairs(entry)} for entry in entries]
        return msgspec.json.encode(rows).decode()
    if node.kind == "mapping":
        complain(node.complaint("shape", "a result is a text or a list of mappings"))
    return node.text


def _pairs(fields: Fields) -> Iterable[tuple[str, Node]]:
    return ((key.text, value) for key, value in fields.node.pairs)


def check_scripts(conversations: Iterable[Conversation], catalogue: Catalogue, complain: Complain) -> None:
    """Complain of answers that the offices of this catalogue could never give."""
    shapes = {
        f"{office.name}.{operation}": shape
        for office in catalogue.offices.values()
        for operation, shape in office.operations.items()
    }
    for conversation in conversations:
        for name, script in conversation.offices.items():
            if name not in shapes:
                told = f"`{name}` is no operation of an office; known are {enumerated(sorted(shapes))}"
                complain(_complaint(script.place, "unknown-operation", told))
                continue
            for answer in script.answers:
                _check_answer(name, script.place, answer, shapes[name], complain)


def _check_answer(
    name: str, place: Place, answer: OfficeAnswer, shape: Mapping[str, object], complain: Complain
) -> None:
    if isinstance(answer, Refused) and answer.reason not in (reasons := _names(shape, "refused")):
        told = f"`{name}` never refuses for `{answer.reason}`; its reasons are {enumerated(reasons)}"
        complain(_complaint(place, "unknown-reason", told))
    if isinstance(answer, Answered) and set(answer.results) - set(results := _names(shape, "results")):
        odd = ", ".join(sorted(set(answer.results) - set(results)))
        told = f"`{name}` gives no `{odd}`; its results are {enumerated(results)}"
        complain(_complaint(place, "unknown-result", told))


def _names(shape: Mapping[str, object], key: str) -> tuple[str, ...]:
    part = shape.get(key)
    return tuple(str(name) for name in part) if isinstance(part, Mapping) else ()


def _complaint(place: Place, rule: str, text: str) -> Complaint:
    return Complaint(place.file, place.line, place.column, rule, text)
