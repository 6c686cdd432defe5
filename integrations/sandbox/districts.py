"""The ten districts of Lesotho, as clients may spell them."""

from __future__ import annotations

DISTRICTS = (
    "Butha-Buthe",
    "Leribe",
    "Berea",
    "Maseru",
    "Mafeteng",
    "Mohale's Hoek",
    "Quthing",
    "Qacha's Nek",
    "Mokhotlong",
    "Thaba-Tseka",
)


def district_of(spelt: str) -> str | None:
    """The district that is meant; hyphens, apostrophes, blanks and capitals do not matter."""
    return _BY_LETTERS.get(_letters(spelt))


def _letters(spelt: str) -> str:
    return "".join(filter(str.isalpha, spelt)).casefold()


_BY_LETTERS = {_letters(name): name for name in DISTRICTS} | {_letters("Botha-Bothe"): "Butha-Buthe"}  # in Sesotho
