"""Reads the phones on which a pack is tried: what pack.yaml says of them, or libphonenumber of the country."""

from __future__ import annotations

import re
from collections.abc import Callable

import phonenumbers

from app.compiler.pack_fields import HANDSETS
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.handsets import Handsets

ANY_CODE = "*"
USUAL_CODE = "*100#"
"""Dialled where a pack is for any code."""
Wrong = Callable[[Node, str], None]


def read_handsets(root: Node, entrances: Node, reader: Reader) -> Handsets:
    """`root` is that of pack.yaml, `entrances` that of entrances.yaml; what is wrong is complained of."""
    node = root.get("handsets")
    if node is not None:
        reader.fields(node, HANDSETS)
    return handsets_of(root, entrances, lambda place, told: reader.wrong(place, "wrong-shape", told))


def handsets_of(root: Node, entrances: Node, wrong: Wrong) -> Handsets:
    """The same for whoever does not compile the pack."""
    codes, others = _codes(entrances.get("ussd")), _codes(entrances.get("agents_ussd"))
    node = root.get("handsets")
    numbers = dict(_numbers(node.get("numbers") if node else None, wrong))
    networks = dict(_networks(node.get("networks") if node else None, wrong))
    country = root.get("country")
    code, *more = codes or (USUAL_CODE,)
    numbers = numbers or _example(country.text if country else "")
    return Handsets(code, numbers, networks, (*more, *others))


def _codes(node: Node | None) -> list[str]:
    return [key.text for key, _ in (node.pairs if node else ()) if key.text != ANY_CODE]


def _numbers(node: Node | None, wrong: Wrong) -> list[tuple[str, str]]:
    found = []
    for key, value in node.pairs if node else ():
        if re.fullmatch(r"\+[1-9][0-9]{7,14}", key.text):
            found.append((key.text, value.text))
        else:
            wrong(key, f"`{key.text}` is no number with its country code; write it as +12025550123 is written")
    return found


def _networks(node: Node | None, wrong: Wrong) -> list[tuple[str, str]]:
    found = []
    for key, value in node.pairs if node else ():
        if re.fullmatch(r"\+[0-9]{1,14}", key.text) and value.text:
            found.append((key.text, value.text))
        else:
            wrong(key, f"`{key.text}` is no beginning of numbers; write it with its country code, such as +1202")
    return found


def _example(country: str) -> dict[str, str]:
    """The number that libphonenumber gives as an example of a mobile of the country."""
    if country not in phonenumbers.SUPPORTED_REGIONS:
        return {}
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    return {phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164): ""} if number else {}
