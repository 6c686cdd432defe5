"""Reads what a service costs and what an agent earns by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.catalogue import OfficeEntry
from app.compiler.catalogue_fields import COMMISSION, FEE
from app.compiler.known import meant
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.costs import Commission, Fee
from app.payments import from_minor, to_minor


def read_fee(
    node: Node | None, offices: Mapping[str, OfficeEntry], reader: Reader, name: str, minor_digits: int
) -> Fee | None:
    """A fee is published with its source and date or not at all."""
    if node is None:
        return None
    reader.fields(node, FEE, name)
    amount, source, as_of, to = (node.get(key) for key in ("amount", "source", "as_of", "to"))
    minor = to_minor(reader.scalar(amount), minor_digits)
    if amount is not None and minor is None:
        told = f"`{amount.text}` is no amount; write whole units, such as 130, or with cents, such as 2.50"
        reader.wrong(amount, "bad-fee", told, name)
    if as_of is not None and not _is_day(as_of.text):
        reader.wrong(as_of, "bad-fee", f"`{as_of.text}` is no day; write one such as 2026-11-24", name)
    return Fee(minor or 0, reader.scalar(source), reader.scalar(as_of), read_whose(to, offices, reader, name))


def read_whose(to: Node | None, offices: Mapping[str, OfficeEntry], reader: Reader, name: str) -> str:
    """The office whose money it is; empty: the treasury's."""
    if to is not None and to.text not in offices:
        told = f"`{to.text}` is not among the offices above; {meant(to.text, offices)}"
        reader.wrong(to, "unknown-office", told, name)
    return to.text if to else ""


def read_commission(
    node: Node | None, charge: Fee | None, reader: Reader, name: str, minor_digits: int
) -> Commission | None:
    """A part of the charge, published as that is; what an agent gets is never taken from the government's fee."""
    if node is None:
        return None
    reader.fields(node, COMMISSION, name)
    share, floor, as_of = (node.get(key) for key in ("share", "floor", "as_of"))
    hundredths = to_minor(reader.scalar(share), 2)
    if share is not None and (hundredths is None or hundredths > 100_00):
        told = f"`{share.text}` is no share; write percent of the charge, such as 20 or 12.5, up to 100"
        reader.wrong(share, "bad-commission", told, name)
    floor_minor, most = to_minor(reader.scalar(floor), minor_digits), charge.amount_minor if charge else 0
    if floor is not None and floor_minor is None:
        told = f"`{floor.text}` is no amount; write whole units, such as 2, or with cents, such as 2.50"
        reader.wrong(floor, "bad-commission", told, name)
    elif floor is not None and (floor_minor or 0) > most:
        told = f"`floor` is more than `charge`, out of which it is paid; write {from_minor(most, minor_digits)} or less"
        reader.wrong(floor, "bad-commission", told, name)
    if not most:
        told = "`commission` is a part of the `charge`, and there is none; add `charge`, or remove it"
        reader.wrong(node, "bad-commission", told, name)
    if as_of is not None and not _is_day(as_of.text):
        reader.wrong(as_of, "bad-commission", f"`{as_of.text}` is no day; write one such as 2026-11-24", name)
    return Commission(hundredths or 0, floor_minor or 0, reader.scalar(node.get("source")), reader.scalar(as_of))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == len("2026-11-24")
    except ValueError:
        return False
