"""What the author's tools change for their whole process is put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The tools silence the house's log lines, which other rooms' tests read."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
