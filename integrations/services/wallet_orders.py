"""What every wallet is asked for: an order that is fit to be sent, its amount never anything but whole minor units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.errors import ServiceFailed, SettingsWrong
from app.faults import Fault
from app.messages import Answered, Pending, Refused
from app.wallets import FRESH, LOOK, PAY, RESULT, TAKES, longest_max

Outcome = Answered | Refused | Pending
_CURRENCY = re.compile("[A-Z]{3}")
_MSISDN = re.compile(r"\+[1-9][0-9]{7,14}")
_AMOUNT_MINOR = re.compile(r"[1-9][0-9]{0,14}")
reference_characters_max = 256


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to ask of `msisdn`, in E.164 with its plus sign; `is_look`: only what became of it.

    `is_fresh`: no look is needed before it is sent.
    """

    msisdn: str
    amount_minor: int
    currency: str
    reference: str
    text: str
    minor_digits: int = 2
    is_look: bool = False
    is_fresh: bool = False

    @property
    def msisdn_digits(self) -> str:
        return self.msisdn.removeprefix("+")

    @property
    def amount_shortest(self) -> str:
        """No zero at the end of a fraction, and no point without one: `50`, `50.5`, `0.05`."""
        whole, point, fraction = self.amount.partition(".")
        return f"{whole}{point}{fraction}".rstrip("0").rstrip(".")

    @property
    def amount(self) -> str:
        """With all digits of the currency: `50.00`, `0.05`."""
        digits = self.minor_digits
        if not digits:
            return str(self.amount_minor)
        whole, fraction = divmod(self.amount_minor, 10**digits)
        return f"{whole}.{fraction:0{digits}d}"


def read_order(operation: str, arguments: Mapping[str, str], minor_digits: int = 2) -> Order:
    """`minor_digits` are the currency's.

    Raises `ServiceFailed`, before anything is asked: `operation_unknown`, `argument_missing`, `argument_unfit`."""
    if operation != PAY:
        raise ServiceFailed("operation_unknown", retryable=False)
    if set(TAKES) - arguments.keys():
        raise ServiceFailed("argument_missing", retryable=False)
    order = arguments
    if (
        not _MSISDN.fullmatch(order["msisdn"])
        or not _AMOUNT_MINOR.fullmatch(order["amount"])
        or not _CURRENCY.fullmatch(order["currency"])
        or len(order["reference"]) > reference_characters_max
    ):
        raise ServiceFailed("argument_unfit", retryable=False)
    return Order(
        order["msisdn"], int(order["amount"]), order["currency"], order["reference"], order["text"], minor_digits,
        LOOK in arguments, FRESH in arguments,
    )  # fmt: skip


def paid(reference: str) -> Answered:
    """Paid under the wallet's reference; raises `ServiceFailed` for one that cannot be shown: a human must look."""
    if not reference or not reference.isprintable() or len(reference) > longest_max:
        raise ServiceFailed("answer_malformed", retryable=False)
    return Answered({RESULT: reference})


def longest_of(declared: Mapping[str, object]) -> int:
    """The longest reference of a payment that the pack expects, in characters."""
    results = declared.get("results")
    payment = results.get(RESULT) if isinstance(results, Mapping) else None
    return int(payment["longest"]) if isinstance(payment, Mapping) else longest_max


def fitting(outcome: Outcome, longest: int) -> Outcome:
    """Raises `ServiceFailed` for a reference that is longer than the pack's texts were proven for."""
    if isinstance(outcome, Answered) and len(outcome.results[RESULT]) > longest:
        raise ServiceFailed("answer_malformed", retryable=False)
    return outcome


def refuse_faulty(office: str, found: Iterable[Fault]) -> None:
    """Raises `SettingsWrong` with everything that is wrong with an office of services.yaml, if anything is."""
    wrong = "; ".join(f"{'.'.join(map(str, one.place)) or 'office'}: {one.text}" for one in found)
    if wrong:
        raise SettingsWrong(f"Office `{office}` in services.yaml: {wrong}.")
