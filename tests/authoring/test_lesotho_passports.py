"""The fees of passports in the shipped menus: what the pages say is billed, whatever way a passport is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from app.catalogue import Service
from app.compiler.pack import examine
from app.engine.branching import taken
from app.engine.exchange import Facts
from app.engine.program import CallScreen, Confirm
from app.engine.state import State
from app.lookups import DataRow
from app.pack import Pack
from app.pack_files import read_named_pack, read_sources
from tests.lands import SHIPPED

CHECK = "passport-fee/at_point"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def lesotho() -> Pack:
    return read_named_pack(SHIPPED)


def billed(pack: Pack, answers: Mapping[str, str]) -> Service:
    """The service by which whoever confirms is billed."""
    check = pack.program.screens[CHECK]
    assert isinstance(check, Confirm)
    state = State(pack.program.pack, pack.program.version, "passport/pages", CHECK, "en", answers=dict(answers))
    filing = pack.program.screens[taken(pack.program, state, Facts(TODAY), check.yes).screen]
    assert isinstance(filing, CallScreen)
    return pack.catalogue.services[filing.service]


def told(row: DataRow) -> dict[str, int]:
    return {name: int(row.value(name, "en")) for name in ("amount", "charge", "total")}


def test_every_sum_that_a_page_says_is_billed(lesotho: Pack) -> None:
    rows = {key: row for key, (row,) in lesotho.lookups["passport-fee"].rows.items()}
    assert len(rows) == 8
    for (kind, how), row in rows.items():
        service = billed(lesotho, {"kind": kind, "how": how})
        assert service.fee is not None and service.charge is not None
        fee, charge = service.fee.amount_minor, service.charge.amount_minor
        assert told(row) == {"amount": fee, "charge": charge, "total": fee + charge}, (kind, how)


def test_every_fee_has_the_source_and_the_day_of_its_row(lesotho: Pack) -> None:
    for (kind, how), (row,) in lesotho.lookups["passport-fee"].rows.items():
        fee = billed(lesotho, {"kind": kind, "how": how}).fee
        assert fee is not None and (fee.source, fee.as_of) == (row.source, row.as_of.isoformat())


def test_urgent_and_lost_are_what_the_gazette_adds(lesotho: Pack) -> None:
    """Gazette 69 of 29 November 2019: M130 and M300, urgent M500 more, lost or damaged M300 more."""
    rows = {key: told(row)["amount"] // 100 for key, (row,) in lesotho.lookups["passport-fee"].rows.items()}
    assert rows == {
        ("32", "normal"): 130, ("32", "urgent"): 630, ("32", "lost"): 430,
        ("64", "normal"): 300, ("64", "urgent"): 800, ("64", "lost"): 600,
        ("minor", "normal"): 130, ("minor", "urgent"): 630,
    }  # fmt: skip


def test_a_wallet_is_asked_for_what_the_gazette_has_and_no_more(lesotho: Pack) -> None:
    service = lesotho.catalogue.services["passport-payment"]
    typed = service.typed
    assert typed is not None and typed.source == "Gazette 69 of 29 November 2019 (2026-11-23)"
    assert service.charge is not None and service.charge.amount_minor == 0
    for (row,) in lesotho.lookups["passport-fee"].rows.values():
        fee = typed.fee({typed.name: row.value("amount", "en")})
        assert fee is not None and fee.amount_minor == told(row)["amount"]


@pytest.mark.parametrize(
    ("bound", "narrower"),
    [("least: 130, most: 800", "least: 131, most: 800"), ("least: 130, most: 800", "least: 130, most: 799")],
)
def test_a_figure_that_may_not_be_billed_is_told_of(bound: str, narrower: str) -> None:
    sources, _ = read_sources(SHIPPED)
    assert bound in sources["services.yaml"]
    told_of = examine({**sources, "services.yaml": sources["services.yaml"].replace(bound, narrower)})[1]
    assert [(one.rule, one.screen) for one in told_of] == [("pay-bounds", "passport-fee/pay")]


def test_a_post_office_takes_every_one_of_them(lesotho: Pack) -> None:
    named = {billed(lesotho, {"kind": kind, "how": how}).name for kind, how in lesotho.lookups["passport-fee"].rows}
    offices = [one for one in lesotho.points.values() if one.kind == "post_office"]
    assert len(named) == 6 and len(offices) == 10
    assert [one.id for one in offices if not named <= set(one.services)] == []
