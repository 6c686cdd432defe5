"""Aggregators: one file a company; this table is the list of them."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.aggregators.africastalking import AfricasTalking

AGGREGATORS: Mapping[str, type[AfricasTalking]] = {
    AfricasTalking.name: AfricasTalking,
}
