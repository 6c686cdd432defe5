"""What every table is made of: its metadata, moments in time, and the revision that the code is written for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect

REVISION = "0025"
"""The newest file in `migrations/versions`; a database at any other is refused."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as whole microseconds since 1970: exact, and in order on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a time zone"
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData()
