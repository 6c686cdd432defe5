"""Reads how statements are laid out: one file of YAML for each wallet or bank, whose name is the file's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app import limits
from app.books import BANK
from app.compiler.source import plain, read_yaml
from app.errors import Complaint, SettingsWrong, lines_of
from app.matching import Flow
from app.statements import Layout

SOURCE = re.compile("[a-z0-9-]{1,40}")
Column = Annotated[str, Field(min_length=1, max_length=80)]
Columns = Literal["id", "at", "amount", "in", "out", "currency", "state", "kind", "bill", "balance"]


class LayoutFile(BaseModel):
    """What such a file may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(pattern=rf"^({BANK}|wallet:[a-z0-9-]{{1,40}})$")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    minor_digits: Annotated[int, Field(ge=0, le=4)] = 2
    timezone: str
    when: Annotated[str, Field(min_length=2, max_length=80)]
    daily: Literal["yes", "no"] = "no"
    columns: dict[Columns, Column]
    names: Annotated[tuple[Column, ...], Field(max_length=limits.statement_names_max)] = ()
    done: tuple[str, ...] = ()
    flows: dict[str, Flow] | None = None

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone such as Africa/Nairobi") from None
        return name

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        named = set(self.columns)
        if not {"id", "at"} <= named or ("amount" in named) is bool({"in", "out"} <= named):
            raise ValueError("columns need `id`, `at` and either `amount` or both `in` and `out`")
        if ("state" in named) is not bool(self.done):
            raise ValueError("`state` and `done` go together")
        if ("kind" in named) is not bool(self.flows):
            raise ValueError("`kind` and `flows` go together")
        return self


def read_layouts(directory: Path) -> Mapping[str, Layout]:
    """By source; none if there is no such directory. Raises `SettingsWrong` with every complaint."""
    complaints: list[Complaint] = []
    found = {}
    for path in sorted(directory.glob("*.yaml"))[: limits.statement_sources_max] if directory.is_dir() else ():
        layout = _read(path, complaints)
        if layout is not None:
            found[layout.source] = layout
    if complaints:
        raise SettingsWrong("Layouts of statements are not usable:\n" + "\n".join(lines_of(complaints)))
    return found


def layout_of(layouts: Mapping[str, Layout], source: str) -> Layout:
    """Raises `SettingsWrong`."""
    if source not in layouts:
        known = ", ".join(layouts) or "none"
        told = f"No layout is named {source}; there are: {known}."
        raise SettingsWrong(f"{told} Write {source}.yaml in the directory of MOHALA_STATEMENTS.")
    return layouts[source]


def _read(path: Path, complaints: list[Complaint]) -> Layout | None:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        complaints.append(Complaint(path.name, 1, 1, "file", "cannot be read as UTF-8"))
        return None
    root = read_yaml(path.name, text, complaints.append)
    if root is None:
        return None
    if not SOURCE.fullmatch(path.stem):
        complaints.append(Complaint(path.name, 1, 1, "name", "a source is named by small letters, digits and `-`"))
        return None
    try:
        told = LayoutFile.model_validate(plain(root))
    except ValidationError as error:
        complaints += [_complaint(path.name, root, one) for one in error.errors()]
        return None
    return Layout(
        path.stem, told.account, told.currency, told.minor_digits, ZoneInfo(told.timezone), told.when,
        {str(name): column for name, column in told.columns.items()}, told.names, frozenset(told.done), told.flows,
        told.daily == "yes",
    )  # fmt: skip


def _complaint(file: str, root: Any, error: Any) -> Complaint:
    place = [str(part) for part in error["loc"]]
    node = root.get(place[0]) if place else None
    at = node or root
    return Complaint(file, at.line, at.column, "layout", f"{'.'.join(place) or 'file'}: {error['msg']}")
