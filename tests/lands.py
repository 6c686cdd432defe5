"""Which packs tests speak to: the house's own, which stays as it is, so that the shipped one may change freely."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLAT = ROOT / "tests" / "flat"
"""A country whose first page leads everywhere. Tests of the house dial it; only tests of what is shipped dial that."""
FLAT_CONVERSATIONS = ROOT / "tests" / "flat_conversations"
SHIPPED = ROOT / "menus" / "lesotho"
