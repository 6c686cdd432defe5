"""What agents type is read as people type it, and what is formatted in any of these ways reads back."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent_words import Said, Wish, read_amount, read_said
from app.bill_code import new_bill_code, show_bill_code
from app.values.formats import Currency

WORDS = {
    "pay": frozenset({"PAY", "LEFA"}), "confirm": frozenset({"YES", "E"}), "drop": frozenset({"NO", "CHE"}),
    "cancel": frozenset({"CANCEL", "EMISA"}), "float": frozenset({"FLOAT", "BALANSE"}),
    "today": frozenset({"TODAY", "KAJENO"}), "help": frozenset({"HELP", "THUSO"}),
    "language": frozenset({"LANG", "PUO"}), "activate": frozenset({"ACTIVATE", "QALA"}),
}  # fmt: skip
LSL, JPY = Currency("LSL", "M", 2, ("R", "Rand", "Loti", "Maloti")), Currency("JPY", "Y", 0)


def a_code(seed: int) -> str:
    draws = itertools.count()
    return new_bill_code(lambda size: hashlib.shake_256(f"{seed} {next(draws)}".encode()).digest(size))


CODE = a_code(7)
SHOWN = show_bill_code(CODE)


@pytest.mark.parametrize(
    "text",
    [
        f"PAY {SHOWN} 130", f"pay {SHOWN} m130", f"Pay {CODE} M130.00", f"LEFA {SHOWN} 130,00", f"lefa {SHOWN} M 130",
        f"PAY{CODE}130", f"pay{CODE.lower()}m130", f"  PAY:  {CODE[:3]} {CODE[3:7]} {CODE[7:]}   130 . ",
        f"PAY {SHOWN} LSL130", f"PAY {SHOWN} 130M", f"PAY {SHOWN} I3O", f"PAY {SHOWN} l30.O0", f"PAY, {SHOWN}, M130!",
        f"PAY {SHOWN.replace('0', 'O').replace('1', 'l')} 130", f"PAY\n{SHOWN}\n130",
        f"PAY {SHOWN.replace('-', '–')} 130", f"PAY {SHOWN.replace('-', '—')}—M130",
        f"PAY {SHOWN.replace('-', '―')} 130",
        f"“PAY {SHOWN} 130”", f"‘pay’ {SHOWN} ‘130’", f"LEFA: {SHOWN} = M130", f"PAY {SHOWN} R130",
        f"PAY {SHOWN} r 130,00",
        f"PAY {SHOWN} 130 Maloti", f"PAY {SHOWN} 130maloti.", f"PAY {SHOWN} Rand130", f"PAY {SHOWN} M130/-",
        f"PAY {SHOWN} M 130.00 please", f"PAY {SHOWN} 130, hle ntate!", f"pay{CODE}130 thank you",
    ],
)  # fmt: skip
def test_a_payment_is_read_however_it_is_typed(text: str) -> None:
    assert read_said(text, WORDS, LSL) == Said(Wish.PAY, CODE, 130_00)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("YES 4821", Said(Wish.CONFIRM, "4821")), ("yes4821", Said(Wish.CONFIRM, "4821")),
        ("E 4821", Said(Wish.CONFIRM, "4821")), ("e4821", Said(Wish.CONFIRM, "4821")),
        ("Yes, 48 21.", Said(Wish.CONFIRM, "4821")), ("YES 4O2l", Said(Wish.CONFIRM, "4021")),
        ("YES", Said(Wish.CONFIRM, clear=False)), ("YES 482", Said(Wish.CONFIRM, clear=False)),
        ("YES 48211", Said(Wish.CONFIRM, clear=False)), ("E nka", Said(Wish.CONFIRM, clear=False)),
        ("no", Said(Wish.DROP)), ("Che, kea leboha", Said(Wish.DROP)),
        (f"CANCEL {SHOWN}", Said(Wish.CANCEL, CODE)), (f"emisa{CODE}", Said(Wish.CANCEL, CODE)),
        (f"EMISA {SHOWN} 130", Said(Wish.CANCEL, clear=False)), ("CANCEL", Said(Wish.CANCEL, clear=False)),
        ("float", Said(Wish.FLOAT)), ("Balanse?", Said(Wish.FLOAT)), ("TODAY", Said(Wish.TODAY)),
        ("kajeno", Said(Wish.TODAY)), ("thuso", Said(Wish.HELP)), ("LANG en", Said(Wish.LANGUAGE, "en")),
        ("PUO ST", Said(Wish.LANGUAGE, "st")), ("activate 1234 5678", Said(Wish.ACTIVATE, "12345678")),
        ("QALA12345678", Said(Wish.ACTIVATE, "12345678")),
        (f"PAY {SHOWN}", Said(Wish.PAY, clear=False)), (f"PAY {SHOWN} M0", Said(Wish.PAY, clear=False)),
        (f"PAY {SHOWN} 1.005", Said(Wish.PAY, CODE, 1005_00)), ("PAY 7K4M-2PXQ9 130", Said(Wish.PAY, clear=False)),
        (f"PAY {CODE[:-1]}U 130", Said(Wish.PAY, clear=False)), (f"PAY {SHOWN} -130", Said(Wish.PAY, CODE, 130_00)),
        (f"PAY {SHOWN} 13٠", Said(Wish.PAY, clear=False)),
        ("YES 4821 please", Said(Wish.CONFIRM, "4821")), ("E 48 2I hle", Said(Wish.CONFIRM, "4821")),
        ("“YES 4821”", Said(Wish.CONFIRM, "4821")), ("yes — 4821", Said(Wish.CONFIRM, "4821")),
        ("YES 4821 no, wait", Said(Wish.CONFIRM, clear=False)), ("YES 4821 E", Said(Wish.CONFIRM, clear=False)),
        ("YES please", Said(Wish.CONFIRM, clear=False)), ("YES 4821 5", Said(Wish.CONFIRM, clear=False)),
        (f"CANCEL {SHOWN} please", Said(Wish.CANCEL, CODE)), ("LANG en please", Said(Wish.LANGUAGE, "en")),
        ("PUO Sesotho", Said(Wish.LANGUAGE, "sesotho")), (f"PAY {SHOWN} 130 PAY", Said(Wish.PAY, clear=False)),
        (f"PAY {SHOWN} 130 or 140", Said(Wish.PAY, clear=False)),
        ("STATUS 7K4M-2PXQ9", None), ("ENGLISH", None), ("Payment please", None), ("", None), ("4821", None),
        ("noon", None), ("FLOATING", None), ("eke", None), ("yes!?4821x", Said(Wish.CONFIRM, clear=False)),
    ],
)  # fmt: skip
def test_every_other_wish_is_read_or_left_alone(text: str, said: Said | None) -> None:
    assert read_said(text, WORDS, LSL) == said


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("130", 130_00), ("M1,300", 1300_00), ("1.300,50", 1300_50), ("1 300", 1300_00), ("130.5", 130_50),
        ("0130", 130_00), ("130.", 130_00), ("1,30,0", None), ("M", None), ("13x", None), ("130.123", 130_123_00),
        ("12345678901", None),
    ],
)  # fmt: skip
def test_amounts_are_read_with_points_commas_and_groups(text: str, minor: int | None) -> None:
    assert read_amount(text, LSL) == minor


def test_a_currency_without_cents_has_none() -> None:
    assert (read_amount("Y130", JPY), read_amount("130.0", JPY)) == (130, None)


WAYS = st.fixed_dictionaries(
    {
        "word": st.sampled_from(["PAY", "pay", "Lefa", "LEFA"]),
        "code": st.sampled_from([str, str.lower, show_bill_code, " ".join, "–".join, "“{}”".format]),
        "between": st.sampled_from(["", " ", "  ", ": ", "\n", " = ", " – ", "—"]),
        "symbol": st.sampled_from(["", "M", "m", "M ", "LSL ", "R", "r ", "Maloti "]),
        "point": st.sampled_from([".", ","]),
        "slips": st.booleans(),
        "behind": st.sampled_from(["", " ", ".", " !", " please", ", rea leboha!", "”"]),
    }
)


@given(seed=st.integers(0, 10**6), minor=st.integers(1, 10**8), way=WAYS, whole=st.booleans())
def test_a_bill_and_an_amount_in_any_of_these_ways_read_back(seed: int, minor: int, way: dict, whole: bool) -> None:
    code, minor = a_code(seed), minor - minor % 100 + 100 if whole else minor
    units, cents = divmod(minor, 100)
    amount = f"{units}" if whole else f"{units}{way['point']}{cents:02}"
    shown = way["code"](code)
    if way["slips"]:
        shown, amount = shown.replace("0", "O").replace("1", "l"), amount.replace("0", "o").replace("1", "I")
    text = f"{way['word']}{way['between']}{shown}{way['between']}{way['symbol']}{amount}{way['behind']}"
    assert read_said(text, WORDS, LSL) == Said(Wish.PAY, code, minor)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_not_and_never_raises(text: str) -> None:
    for word in ("", "PAY ", "YES", "E", "CANCEL "):
        said = read_said(word + text, WORDS, LSL)
        assert said is None or (said.wish in Wish and said.amount_minor >= 0)


def test_a_bill_whose_last_letters_are_no_digits_is_not_left_out_as_thanks() -> None:
    code = next(a_code(seed) for seed in range(2000) if a_code(seed)[5:].isalpha())
    assert read_said(f"CANCEL {show_bill_code(code)} please", WORDS, LSL) == Said(Wish.CANCEL, code)
    assert read_said(f"PAY {show_bill_code(code)} please", WORDS, LSL) == Said(Wish.PAY, clear=False)
