"""The README's own commands, as it prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.lands import SHIPPED
from tests.story.country import Country
from tests.story.readme import check_readme


@pytest.fixture
def shipped(new_country: Callable[..., Country]) -> Iterator[Country]:
    country = new_country(MOHALA_PACK=str(SHIPPED))
    country.start()
    yield country
    country.stop()


def test_the_commands_of_the_readme_do_what_it_says(shipped: Country) -> None:
    check_readme(shipped.port, shipped.sandbox_port)
