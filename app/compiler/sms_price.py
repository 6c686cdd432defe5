"""Reads what pack.yaml says that an SMS costs the state."""

from __future__ import annotations

from app.compiler.pack_fields import SMS_PRICE
from app.compiler.reader import Reader, is_date
from app.compiler.source import Node
from app.pack import SmsPrice
from app.payments import to_minor
from app.values.formats import Currency

FINER = 2
"""Digits by which a price may be finer than the currency: aggregators reckon in them."""


def read_sms_price(root: Node, currency: Currency, reader: Reader) -> SmsPrice | None:
    """`root` is that of pack.yaml; None: it says nothing."""
    node = root.get("sms_price")
    if node is None:
        return None
    reader.fields(node, SMS_PRICE)
    amount, as_of = node.get("amount"), node.get("as_of")
    hundred = to_minor(reader.scalar(amount), currency.minor_digits + FINER)
    if amount is not None and hundred is None:
        told = f"`{amount.text}` is no price of a part; write an amount with at most {currency.minor_digits + FINER} "
        reader.wrong(amount, "bad-fee", f"{told}digits behind the point, such as 0.2375")
    if as_of is not None and not is_date(as_of.text):
        reader.wrong(as_of, "bad-fee", f"`{as_of.text}` is no day; write one such as 2026-11-24")
    return SmsPrice(hundred or 0, reader.scalar(node.get("source")), reader.scalar(as_of))
