"""Forgetting in time: how long each field is kept, the sweep that forgets, and the proof that nothing is left."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from app import limits
from app.catalogue import Catalogue, Service
from app.editions import Editions
from app.pack import Pack
from app.ports import Kept
from app.privacy import KEPT, UNSAID_DAYS, DataClass, Overdue, Rules

log = structlog.get_logger()


def rules_of(pack: Pack) -> Rules:
    """What a pack says of its services' fields, in days; no field is kept longer than its purpose."""
    services = pack.catalogue.services.values()
    numbers = {service.name: _number_days(pack.catalogue, service) for service in services}
    fields = {
        service.name: {
            field: _days(pack, of_field, numbers[service.name]) for field, of_field in service.classes.items()
        }
        for service in services
    }
    told = (fields, numbers, pack.privacy.language_days, pack.privacy.messages_days)
    return Rules(*told, hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:16])


def _number_days(catalogue: Catalogue, service: Service) -> int:
    purpose = catalogue.purposes.get(service.purpose)
    return purpose.days if purpose else UNSAID_DAYS


def _days(pack: Pack, of_field: DataClass, at_most: int) -> int:
    return KEPT if of_field is DataClass.PUBLIC else min(pack.privacy.days.get(of_field, UNSAID_DAYS), at_most)


class Retention:
    """By the rules of the menus that are current, for they say what is needed now."""

    def __init__(self, editions: Editions, kept: Kept) -> None:
        self._editions = editions
        self._kept = kept

    @property
    def rules(self) -> Rules:
        return rules_of(self._editions.current.pack)

    async def sweep(self, now: datetime) -> Mapping[str, int]:
        """Forget what is past its date, batch by batch; how many of what. Several may sweep side by side.

        Raises `StoreUnavailable`: what was done until then stays done, and the next sweep goes on from there.
        """
        rules, forgotten = self.rules, Counter[str]()
        for _ in range(limits.retention_batches_max):
            batch = await self._kept.sweep(rules, now)
            if not batch:
                break
            forgotten.update(batch)
        return dict(sorted(forgotten.items()))

    async def forget(self, now: datetime) -> bool:
        """One batch of a sweep, as the clock asks for it; whether there may be more. Raises `StoreUnavailable`."""
        batch = await self._kept.sweep(self.rules, now)
        if batch:
            log.info("swept", **batch)
        return bool(batch)

    async def prove(self, now: datetime) -> Sequence[Overdue]:
        """What is kept past its date, by more than the day within which a sweep comes; raises `StoreUnavailable`."""
        return await self._kept.overdue(self.rules, now - timedelta(seconds=limits.retention_grace_seconds))
