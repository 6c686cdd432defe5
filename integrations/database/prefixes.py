"""Ids that begin with something, found along the index of the column instead of by a walk through all rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.visitors import InternalTraversal


class Begins(ColumnElement[bool]):
    """`column` begins with the ASCII text `prefix`. SQLite keeps no index for its LIKE, so there it is a range."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  # as SQLAlchemy declares it
        ("by_like", InternalTraversal.dp_clauseelement),
        ("by_range", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Any, prefix: str) -> None:
        behind = f"{prefix[:-1]}{chr(ord(prefix[-1]) + 1)}"
        self.by_like: BinaryExpression[bool] = column.startswith(prefix, autoescape=True)
        self.by_range: ColumnElement[bool] = (column >= prefix) & (column < behind)


@compiles(Begins)
def _like(element: Begins, compiler: Any, **told: Any) -> str:
    return str(compiler.process(element.by_like, **told))


@compiles(Begins, "sqlite")
def _range(element: Begins, compiler: Any, **told: Any) -> str:
    return f"({compiler.process(element.by_range, **told)})"
