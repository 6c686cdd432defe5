"""Samples of a wire: one YAML file each, whose first line says what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).resolve().parent.parent
AGGREGATOR_SAMPLES = TESTS / "wire"
OFFICE_SAMPLES = TESTS / "contracts" / "offices"


@dataclass(frozen=True, slots=True)
class Sample:
    adapter: str
    name: str
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.adapter}/{self.name}"


def samples(root: Path, adapter: str) -> list[Sample]:
    """All samples of an adapter, by name; none if it has no folder."""
    files = sorted((root / adapter).glob("*.yaml"))
    return [Sample(adapter, file.stem, _read(file)) for file in files]


def sample(root: Path, adapter: str, name: str) -> Sample:
    return Sample(adapter, name, _read(root / adapter / f"{name}.yaml"))


@cache
def _read(file: Path) -> Mapping[str, Any]:
    """The C loader reads them ten times as fast, and every process of a run reads all of them."""
    fields: Mapping[str, Any] = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    return fields


def unexplained(root: Path) -> list[str]:
    """Sample files whose first line does not say what they show."""
    files = sorted(root.glob("*/*.yaml"))
    return [str(file.relative_to(root)) for file in files if len(file.read_text("utf-8").partition("\n")[0]) < 10]
