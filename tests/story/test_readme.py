"""The README's own commands, as it prints them."""

from __future__ import annotations

from tests.story.country import Country
from tests.story.readme import check_readme


def test_the_commands_of_the_readme_do_what_it_says(country: Country) -> None:
    check_readme(country.port, country.sandbox_port)
