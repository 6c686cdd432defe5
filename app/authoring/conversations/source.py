"""The house's own YAML reader, as conversations use it."""

from app.compiler.source import Complain, Node, quoted, read_yaml

__all__ = ["Complain", "Node", "quoted", "read_yaml"]
