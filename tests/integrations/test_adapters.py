"""The table of adapters and the names that a pack may use are the same, but for offices that have no system."""

from __future__ import annotations

from app.catalogue import ADAPTERS
from integrations.services import OFFICES


def test_every_adapter_can_be_named_in_a_pack_and_no_other() -> None:
    assert sorted(ADAPTERS) == sorted([*OFFICES, "manual"])
