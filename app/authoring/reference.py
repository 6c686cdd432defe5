"""The parts of docs/engine.md that are written from the code: rooms, functions and what goes in and out of a step."""

from __future__ import annotations

import dataclasses
import inspect
import re
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import app.engine
import app.values
from app.engine import exchange, program, state, step

_KINDS: tuple[type, ...] = (
    program.Choose,
    program.Ask,
    program.Confirm,
    program.CallScreen,
    program.PageScreen,
    program.Pick,
    program.End,
)


def modules() -> str:
    """The modules of the engine and of the values below it, each with the first sentence that it says of itself."""
    lines = []
    for package in (app.engine, app.values):
        for found in iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{found.name}")
            lines.append(f"- `{module.__name__}`: {_first(module)}")
    return "\n".join(lines)


def functions() -> str:
    """The public functions of `app.engine.step` with their arguments."""
    found = (one for one in vars(step).values() if inspect.isfunction(one) and one.__module__ == step.__name__)
    return "\n".join(
        f"- `{one.__name__}{inspect.signature(one)}`: {_first(one)}".replace("'", "")
        for one in found
        if not one.__name__.startswith("_")
    )


def exchanged() -> str:
    """The State, and everything that goes in and comes out."""
    every = (one for one in vars(exchange).values() if isinstance(one, type))
    found = [one for one in every if one.__module__ == exchange.__name__]
    return "\n".join(map(_of, [*found, state.State, state.Left, state.Frame]))


def kinds() -> str:
    """The seven kinds of screen."""
    return "\n".join(_of(one) for one in _KINDS)


def _of(kind: type) -> str:
    names = [one.name for one in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind.__struct_fields__  # type: ignore[attr-defined]
    return f"- **{kind.__name__}** ({', '.join(f'`{name}`' for name in names)}): {_whole(kind)}"


def _first(documented: ModuleType | object) -> str:
    return _whole(documented).partition(". ")[0].removesuffix(".") + "."


def _whole(documented: object) -> str:
    return re.sub(r"\s+", " ", inspect.getdoc(documented) or "").strip()
