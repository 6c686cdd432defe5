"""A pack like the shipped one, with a sheet of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from app.pack import Pack
from tests import made_once

HEAD = "id,kind,name,village,council,district,hours,services,telephone,source"
FEE = 'fee: {amount: "0", source: "UNICEF and press: first certificate free", as_of: "2026-11-23"}'
Compiled = Callable[..., Pack]


def row(id: str, **told: str) -> str:
    """A row of the sheet; what is not told is that of a shop at Hleoheng."""
    usual = {
        "kind": "shop", "name": f"Pula Shop {id}", "village": "Ha Mohlala", "council": "Hleoheng", "district": "Leribe",
        "hours": "Mon-Fri 08:00-17:00; Sat 08:00-13:00", "services": "birth-certificate; electricity",
        "telephone": "", "source": "fictional",
    }  # fmt: skip
    return ",".join(f'"{cell}"' for cell in (id, *(usual | told).values()))


@pytest.fixture
def compiled(lesotho_sources: Mapping[str, str]) -> Compiled:
    """Compiles the shipped pack with these rows; `fee` takes the place of that of a birth certificate."""

    def compile(*rows: str, fee: str = FEE) -> Pack:
        services = lesotho_sources["services.yaml"]
        assert FEE in services
        sheet = "\n".join((HEAD, *rows, ""))
        return made_once.compiled({**lesotho_sources, "points.csv": sheet, "services.yaml": services.replace(FEE, fee)})

    return compile


def with_example(sources: Mapping[str, str]) -> dict[str, str]:
    """A pack in which nobody has published the charge of the first service that has one."""
    found = dict(sources)
    for name, phrase in (("pack.yaml", "(mohlala)"), ("languages/en.yaml", "(example)")):
        found[name] = found[name].replace("\nphrases:\n", f'\nphrases:\n  example: "{phrase}"\n', 1)
    found["services.yaml"] = found["services.yaml"].replace("tariff of the test", "Example: no tariff is published", 1)
    found["service-points.yaml"] = found["service-points.yaml"].replace("kakaretso ea tefo (", "(", 1)
    return found
