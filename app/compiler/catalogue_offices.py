"""Reads the offices of services.yaml, with their operations."""

from __future__ import annotations

from app import manual
from app.catalogue import ADAPTERS, OfficeEntry
from app.compiler.catalogue_fields import OFFICE
from app.compiler.fields import names
from app.compiler.known import meant
from app.compiler.operations import OFFICE_OPTIONS, check_found_by, check_office, check_operation
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.rates import FORM, spacing_seconds


def read_office(key: Node, node: Node, reader: Reader) -> OfficeEntry:
    """As much of it as could be understood; operations stay as declared, for the adapter."""
    reader.only(node, names(OFFICE))
    secret = node.get("secret")
    adapter_node = reader.need(node, "adapter")
    adapter = reader.scalar(adapter_node)
    if adapter not in ADAPTERS:
        reader.wrong(adapter_node, "unknown-adapter", f"`{adapter}` is no adapter; {meant(adapter, ADAPTERS)}")
    operations, written = {}, reader.need(node, "operations")
    for name, value in reader.pairs(written, "`operations`"):
        if adapter in ADAPTERS:
            check_operation(value, adapter, reader, name.text)
            check_found_by(written, name.text, adapter, reader)
        reader.pairs(value, f"`{name.text}`")
        declared = plain(value)
        operations[name.text] = declared if isinstance(declared, dict) else {}
    address = reader.scalar(node.get("address") if adapter == manual.ADAPTER else reader.need(node, "address"))
    options = {name: reader.scalar(node.get(name)) for name in OFFICE_OPTIONS if node.get(name) is not None}
    check_office(node, adapter, options, reader)
    auth, headers = _texts(node.get("auth")), _texts(node.get("headers"))
    title, country = reader.scalar(node.get("title")), reader.scalar(node.get("abroad"))
    return OfficeEntry(
        *(key.text, adapter, address, secret.text if secret else None, operations, options, auth, headers),
        _spacing(node.get("at_most"), adapter, reader),
        title,
        country,
    )


def _spacing(node: Node | None, adapter: str, reader: Reader) -> float:
    if node is None:
        return 0.0
    if adapter == manual.ADAPTER:
        reader.wrong(node, "manual-office", "clerks are asked by nobody so often; remove `at_most`")
        return 0.0
    spacing = spacing_seconds(reader.scalar(node))
    if spacing is None:
        reader.wrong(node, "wrong-shape", f"`{node.text}` is no rate; write {FORM}")
    return spacing or 0.0


def _texts(node: Node | None) -> dict[str, str]:
    """Names and their texts; what was complained of before is left out."""
    return {key.text: value.text for key, value in (node.pairs if node else ()) if value.kind == "scalar"}
