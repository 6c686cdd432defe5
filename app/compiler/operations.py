"""Checks what an office's operation says, as far as the language itself knows: its placeholders and its results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import limits
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.rules import ValueType

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PATH = re.compile(r"\.|[^.\s]+(\.[^.\s]+)*")
_FORMS: Mapping[str, str] = {"path": "", "query": "optional", "body": "integer"}
"""Where placeholders stand, and the key that may name a parameter in a mapping of its own there."""


def check_operation(node: Node, reader: Reader) -> None:
    takes = reader.names(node.get("takes"))
    _check_query(node.get("query"), reader)
    for part, form in _FORMS.items():
        for place, template in _templates(node.get(part), form):
            _check_template(place, template, takes, reader)
    _check_results(node.get("results"), reader)


def in_address(operation: Mapping[str, object]) -> frozenset[str]:
    """The parameters that become part of an address, which servers and proxies write into their logs."""
    query = operation.get("query")
    texts = [operation.get("path"), *(query.values() if isinstance(query, dict) else ())]
    optional = {text.get("optional") for text in texts if isinstance(text, dict)}
    named = {name for text in texts if isinstance(text, str) for name in _PLACEHOLDER.findall(text)}
    return frozenset(named | {name for name in optional if isinstance(name, str)})


def _check_query(node: Node | None, reader: Reader) -> None:
    for name, value in reader.pairs(node, "`query`"):
        if value.kind != "scalar" and (value.kind != "mapping" or [key.text for key, _ in value.pairs] != ["optional"]):
            told = f"`{name.text}` must be a text such as `{{district}}`, or `{{optional: district}}`"
            reader.wrong(value, "wrong-shape", told)


def _templates(node: Node | None, form: str) -> Iterator[tuple[Node, str]]:
    """Every text in which placeholders may stand; the reader of YAML bounds the depth."""
    if node is None:
        return
    if node.kind == "scalar":
        yield node, node.text
    elif node.kind == "list":
        for entry in node.entries:
            yield from _templates(entry, form)
    elif [key.text for key, _ in node.pairs] == [form] and node.pairs[0][1].kind == "scalar":
        yield node.pairs[0][1], f"{{{node.pairs[0][1].text}}}"
    else:
        for _, value in node.pairs:
            yield from _templates(value, form)


def _check_template(node: Node, template: str, takes: tuple[str, ...], reader: Reader) -> None:
    if set("{}") & set(_PLACEHOLDER.sub("", template)):
        reader.wrong(node, "bad-placeholder", "a brace that belongs to no `{parameter}`; mend or remove it")
    for name in _PLACEHOLDER.findall(template):
        if name not in takes:
            known = enumerated(takes, "nothing")
            told = f"`{name}` is not taken by the operation, which takes {known}; mend it or add it to `takes`"
            reader.wrong(node, "unknown-argument", told)


def _check_results(node: Node | None, reader: Reader) -> None:
    """Every result of an operation says how long it may be, so that screens can be proven to fit."""
    for name, result in reader.pairs(node, "`results`"):
        _check_path(result.get("from"), name.text, reader)
        listed = result.get("list")
        if listed is None:
            _check_value(name.text, result, reader)
        else:
            _check_list(name.text, result, listed, reader)


def _check_path(node: Node | None, name: str, reader: Reader) -> None:
    if node is not None and not _PATH.fullmatch(node.text):
        told = f"`from` of `{name}` must be names with dots between, or `.` for the answer or the entry itself"
        reader.wrong(node, "wrong-shape", told)


def _check_value(name: str, result: Node, reader: Reader) -> None:
    longest, type = reader.need(result, "longest", name), result.get("type")
    if not re.fullmatch("[0-9]{1,3}", longest.text):
        reader.wrong(longest, "wrong-shape", f"`longest` of `{name}` must be a whole number of septets")
    if type is not None and type.text not in tuple(ValueType):
        reader.wrong(type, "unknown-type", f"`{type.text}` is no type; known are {enumerated(ValueType)}")


def _check_list(name: str, result: Node, listed: Node, reader: Reader) -> None:
    for field, entry in reader.pairs(listed, "`list`"):
        _check_path(entry.get("from"), field.text, reader)
        if entry.get("list") is not None:
            told = f"`{field.text}` is a list in a list, which no screen can show; take single values"
            reader.wrong(entry, "wrong-shape", told)
        else:
            _check_value(field.text, entry, reader)
    most = reader.need(result, "most", name)
    if not re.fullmatch("[1-9][0-9]?", most.text):
        reader.wrong(result, "wrong-shape", f"`most` of `{name}` must be 1 to 99 entries")
        return
    longest = int(most.text) * sum(_longest(entry) for _, entry in listed.pairs)
    if longest > limits.list_characters_max:
        over = f"`{name}` can be {longest} letters, {limits.list_characters_max} are allowed in a session"
        reader.wrong(most, "too-long", f"{over}; lower `most` or a field's `longest`")


def _longest(entry: Node) -> int:
    longest = entry.get("longest")
    return int(longest.text) if longest is not None and re.fullmatch("[0-9]{1,3}", longest.text) else 0
