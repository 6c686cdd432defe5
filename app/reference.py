"""Reference numbers that survive being read aloud, typed on a keypad and mistyped."""

from __future__ import annotations

from collections.abc import Callable

from stdnum.iso7064 import mod_37_2

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
DRAWS_MAX = 100  # all of them unlucky once in 10^86 new references
LENGTH = 9  # eight characters of five random bits, and the check character
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u2010": None, "\u2011": None})


def new_reference(random_bytes: Callable[[int], bytes]) -> str:
    """A canonical reference: 8 random characters and their check character."""
    return drawn(random_bytes, LENGTH)


def drawn(random_bytes: Callable[[int], bytes], length: int) -> str:
    """`length` - 1 random characters and their ISO 7064 MOD 37-2 check character.

    That check system catches every substitution and every swap of neighbours. Its character may be one that
    Crockford's alphabet leaves out (5 in 37): such draws are thrown away, which costs 0.2 of the random bits.
    """
    bits = 5 * (length - 1)
    for _ in range(DRAWS_MAX):
        number = int.from_bytes(random_bytes(-(-bits // 8)), "big")
        body = "".join(ALPHABET[number >> shift & 31] for shift in range(bits - 5, -1, -5))
        check: str = mod_37_2.calc_check_digit(body)
        if check in ALPHABET:
            return body + check
    raise AssertionError("the source of randomness is stuck")


def read_reference(typed: str) -> str | None:
    """The canonical form of what somebody typed, or None; forgives case, spaces, dashes, O for 0, I and L for 1."""
    return read_as(typed, LENGTH)


def read_as(typed: str, length: int) -> str | None:
    """The canonical form of so many characters, the last of them the check character, or None."""
    canonical = typed.upper().translate(_FORGIVEN)
    if len(canonical) != length or any(character not in ALPHABET for character in canonical):
        return None
    return canonical if mod_37_2.is_valid(canonical) else None


def show_reference(canonical: str) -> str:
    """Grouped for reading aloud: `7K4M-2PXQ9`."""
    return f"{canonical[:4]}-{canonical[4:]}"
