"""The rows of docs/faults.md in which the work is done: adapters before their twins, where it is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.messages import Answered
from app.pack import Pack
from app.ports import Office
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import shown
from integrations.sandbox.mosip import USED, registered_phone
from integrations.services import OFFICES
from tests.contracts.calls import AGAIN, AT_TWINS, TWICE
from tests.contracts.faults import NONE, rows, word_for, words_of
from tests.integrations import identity, registers
from tests.integrations.country import BIRTH, Country, served_country
from tests.integrations.desk import Heard
from tests.integrations.purses import KINDS, Purse, ask_to_the_end
from tests.integrations.spoiler import Fault, Spoiler, open_spoiler
from tests.integrations.test_x_road import office as behind_x_road

pytestmark = pytest.mark.anyio

QUESTIONS = frozenset({"opencrvs", "g2p_connect"})
"""They do no work that could be counted."""
PURSES = {"mobile_money": "mobile_money", "m_pesa": "m_pesa_async", "push_poll": "push_poll"}
HEAD, *TOLD = rows("faults.md", "faults")
CELLS = [
    (row[0], adapter, cell)
    for row in TOLD
    for adapter, cell in zip(HEAD[1:], row[1:], strict=True)
    if row[0] in AT_TWINS and adapter in OFFICES
]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True, slots=True)
class Twins:
    """The sandbox country, and what spoils answers on the way from it."""

    country: Country
    spoiler: Spoiler
    front: Country
    keys: Path
    wallet_key: Path

    def pass_(self, seconds: int) -> None:
        """Time, for whoever asks and for the twins."""
        self.country.now += timedelta(seconds=seconds)
        self.front.now = self.country.now

    async def count(self, path: str) -> int:
        return len(await self.country.rows(path))


@dataclass(frozen=True, slots=True)
class Line:
    """How one adapter asks for one thing: `befalls` tells the request to spoil, `done` counts the work at the twin."""

    ask: Callable[[], Awaitable[str]]
    again: Callable[[], Awaitable[str]]
    befalls: Callable[[Heard], bool]
    done: Callable[[], Awaitable[int]]


@pytest.fixture(scope="module")
async def twins(lesotho: Pack, identity_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Twins]:
    key = generate_private_key(65_537, 2_048)
    wallet_key = tmp_path_factory.mktemp("keys") / "m-pesa-public-key"
    wallet_key.write_text(shown(key), "ascii")
    settings = {"m_pesa": MPesaSettings(session_ready_seconds=0.0), "m_pesa_key": key, "identity_keys": identity_keys}
    async with served_country(lesotho, **settings) as country, open_spoiler(country.url) as spoiler:
        front = Country(spoiler.url, lesotho)
        yield Twins(country, spoiler, front, identity_keys, wallet_key)
        await front.close()


async def nothing() -> int:
    return 0


def asking(
    twins: Twins, office: Office, operation: str, arguments: Mapping[str, str], path: str, counted: str, key: str,
    *, changes: bool,
) -> Line:  # fmt: skip
    async def ask() -> str:
        return await word_for(office, operation, arguments, key, 5.0, changes=changes)

    async def done() -> int:
        return await twins.count(counted)

    return Line(ask, ask, lambda heard: path in heard.path, done if counted else nothing)


def paying(twins: Twins, adapter: str, number: int) -> Line:
    purse = Purse(KINDS[PURSES[adapter]], twins.country, twins.spoiler, twins.wallet_key, number=number)
    office = purse.office()

    async def ask() -> str:
        return await word_for(office, "request-payment", purse.arguments, purse.key, 2.0, changes=True)

    async def again() -> str:
        """Until the payer has decided."""
        told = await ask_to_the_end(purse, office)
        return "answered" if isinstance(told, Answered) else str(told)

    async def done() -> int:
        return len(await purse.payments())

    return Line(ask, again, purse.is_push, done)


async def lines(twins: Twins, adapter: str, name: str) -> list[Line]:
    """One for each word of a cell."""
    twins.pass_(1)
    front, number = twins.front, AT_TWINS.index(name) + 1
    key = f"{adapter}-{number}"
    applications, born = "/civil-registry/applications", {**BIRTH, "reference": f"7K4M2PXQ{number}"}
    match adapter:
        case "http_json":
            office = front.office("civil-registry")
            return [asking(twins, office, "register-birth", born, "/births", applications, key, changes=True)]
        case "x_road":
            office = behind_x_road(front)
            return [asking(twins, office, "register-birth", born, "/births", applications, key, changes=True)]
        case "opencrvs":
            office, wanted = registers.opencrvs(front), {"number": "2023BLINEO1"}
            return [asking(twins, office, "birth", wanted, "/registry/sync/search", "", key, changes=False)]
        case "g2p_connect":
            office, wanted = registers.grants(front), {"msisdn": "+26658123456"}
            return [asking(twins, office, "paid", wanted, "/disburse/sync/search", "", key, changes=False)]
        case "mosip":
            return await codes(twins, key)
        case _:
            return [paying(twins, adapter, number)]


async def codes(twins: Twins, key: str) -> list[Line]:
    """A code that is sent, and one that is tried: of two people, for each may have few in a row."""
    sender, checker = (f"01234567{key[-1]}{place:03}" for place in (1, 2))
    office = twins.front.opened("mosip", identity.told(f"{twins.spoiler.url}/idauthentication/v1", twins.keys))
    sends = asking(twins, office, "send-code", {"id": sender}, "/otp/", "", key, changes=True)
    assert isinstance(await office.ask("send-code", {"id": checker}, f"{key}-check", 5.0), Answered)
    phone = registered_phone(checker).replace("+", "%2B")
    text = (await twins.country.rows(f"/sms?to={phone}"))[-1]["text"]
    code = text.partition("code is ")[2][:6]
    asked = {"id": checker, "code": code}
    checks = asking(twins, office, "check-code", asked, "/auth/", "", f"{key}-check", changes=True)

    async def sent() -> int:
        return sum(row["person"] == sender for row in await twins.country.rows("/idauthentication/codes"))

    async def used() -> int:
        listed = await twins.country.rows("/idauthentication/codes")
        return sum((row["person"], row["state"]) == (checker, USED) for row in listed)

    return [replace(sends, done=sent), replace(checks, done=used)]


@pytest.mark.parametrize(("fault", "adapter", "cell"), CELLS)
async def test_what_was_done_is_called_as_the_page_does_and_done_once(
    twins: Twins, fault: str, adapter: str, cell: str
) -> None:
    told = await lines(twins, adapter, fault)
    words = words_of(cell, len(told))
    for line, word in zip(told, words, strict=True):
        if word == NONE:
            continue
        before = await line.done()
        twins.spoiler.will(line.befalls, Fault.TWICE if fault == TWICE else Fault.ERROR)
        seen = await (line.again() if fault == TWICE else line.ask())
        if fault == AGAIN:
            twins.pass_(1)
            seen = await line.again()
        assert seen == word
        assert twins.spoiler.spoilt_all
        work = 0 if adapter in QUESTIONS else 2 if (adapter, fault, line) == ("mosip", TWICE, told[0]) else 1
        assert await line.done() - before == work
