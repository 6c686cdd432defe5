"""What programs may rely on of a catalogue: each of its services as call screens see it."""

from __future__ import annotations

from app.catalogue import Catalogue, Result, Service
from app.compiler.catalogue import ALWAYS_GIVES
from app.compiler.codes import ALWAYS
from app.compiler.shapes import ServiceShape
from app.compiler.source import Node
from app.engine.program import Declared
from app.house_services import AGENT_NAMES
from app.privacy import DataClass
from app.values.rules import ValueType


def shapes_of(catalogue: Catalogue) -> dict[str, ServiceShape]:
    """Each service by its name."""
    return {name: _shape(service) for name, service in catalogue.services.items()}


def always_of(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """For each service the results that it gives even when its office is late or down."""
    return {name: shape.always for name, shape in shapes_of(catalogue).items()}


def said_public(root: Node) -> dict[str, frozenset[str]]:
    """For each service the fields that services.yaml itself says to be public. `root` is that file's."""
    services = root.get("services")
    classes = {name.text: node.get("classes") for name, node in (services.pairs if services else ())}
    return {
        name: frozenset(key.text for key, value in (node.pairs if node else ()) if value.text == DataClass.PUBLIC)
        for name, node in classes.items()
    }


def _shape(service: Service) -> ServiceShape:
    gives = {name: declared(result) for name, result in service.gives.items()}
    house = ALWAYS.get(service.code) if service.code else ALWAYS_GIVES.get(service.kind)
    always = house or frozenset()
    files = service.kind.value == "file"
    given = AGENT_NAMES if service.attests else ()
    return ServiceShape(
        {name: type for name, type in service.takes.items() if name not in given},
        gives,
        always,
        service.refused,
        files,
        service.patience_seconds,
        service.is_certain,
        service.step,
    )


def declared(result: Result) -> Declared:
    """A service's result as an answer is declared."""
    if result.type is not ValueType.LIST:
        return Declared(result.type, result.longest, {})
    fields = {name: declared(field) for name, field in (result.fields or {}).items()}
    letters = result.most * sum(field.longest for field in fields.values())
    return Declared(ValueType.LIST, letters, {}, fields, result.most)
