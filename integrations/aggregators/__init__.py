"""Aggregators: one file a company; this table is the list of them."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.aggregators.africastalking import NAME, AfricasTalking

AGGREGATORS: Mapping[str, type[AfricasTalking]] = {
    NAME: AfricasTalking,
}
