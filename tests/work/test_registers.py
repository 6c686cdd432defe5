"""The pack of docs/registers.md against the sandbox country: what a citizen sees, whatever the offices do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.agent_intents import AgentIntents
from app.agent_menu import AgentMenu
from app.agent_money import AgentMoney
from app.attesting import Attesting
from app.billing import Billing
from app.codes import Codes
from app.compiler.pack import examine
from app.dialogue import Caller, Dialogues
from app.editions import Edition, Editions, known_points
from app.inquiries import Inquiries
from app.keys import Key, Keyring
from app.ledger import Requests
from app.mandates import Mandates
from app.mine import Mine
from app.pack import Pack
from app.services import Services
from app.survey import Surveys
from integrations.database import open_database
from integrations.database.limits import calm_seconds_max
from integrations.services.settings import OfficeSettings
from tests.compiler.broken import BASE
from tests.integrations.country import Country, served_country
from tests.made_once import new_sqlite
from tests.work.conftest import Numbers, Time

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/registers.md").read_text("utf-8")
LATER = "The office does not answer now. Try again later."


def read_example() -> dict[str, str]:
    """The page's files, in the house of the small pack of broken menus, in one language."""
    sources = dict(re.findall(r"```yaml\n# ([a-z/.-]+)\n(.*?)```", PAGE, re.DOTALL))
    house = BASE["pack.yaml"].replace("languages: [en, fr]", "languages: [en]")
    house = house.replace("locales: {en: en_LS, fr: fr}", "locales: {en: en_LS}")
    return {**sources, "pack.yaml": house, "entrances.yaml": 'ussd: {"*": records}\n'}


@pytest.fixture(scope="module")
def records() -> Pack:
    pack, complaints = examine(read_example())
    assert [str(complaint) for complaint in complaints] == []
    assert pack is not None
    return pack


@pytest.fixture
async def country(lesotho: Pack) -> AsyncIterator[Country]:
    async with served_country(lesotho) as country:
        yield country


class Phone:
    """Dials one dialogue after the other; each has the three seconds that a citizen is given."""

    def __init__(self, dialogues: Dialogues, edition: Edition, time: Time) -> None:
        self._dialogues, self._edition, self._time = dialogues, edition, time
        self._dials = 0

    async def dial(self, *typed: str) -> str:
        self._dials += 1
        caller = Caller("+26658123456", str(self._dials).encode(), self._time.seconds() + 3.0)
        walked = await self._dialogues.open(self._edition, "records/start", None, caller, ())
        for text in typed:
            walked = await self._dialogues.hear(walked, (text,), caller, unseen=False)
        return walked.page.text


@pytest.fixture
async def phone(records: Pack, country: Country, tmp_path: Path) -> AsyncIterator[Phone]:
    numbers, time = Numbers(), Time()
    keyring = Keyring((Key("k1", bytes(32)),), numbers)
    url = new_sqlite(tmp_path / "mohala.db")
    database = await open_database(url, keyring, numbers, call_seconds=calm_seconds_max)
    offices = {}
    for name, entry in records.catalogue.offices.items():
        auth = {key: value.replace("http://127.0.0.1:8100", country.url) for key, value in entry.auth.items()}
        address = entry.address.replace("http://127.0.0.1:8100", country.url)
        told = OfficeSettings(name, address, "sandbox", entry.operations, entry.options, auth)
        offices[name] = country.opened(entry.adapter, told)
    edition = Edition(records, offices)
    requests = Requests(Editions(edition), database.ledger, time, numbers)
    surveys = Surveys(Editions(edition), keyring, lambda: 1.0)
    inquiries = Inquiries(database.audit, time)
    codes = Codes(database.checks, inquiries, time)
    mandates = Mandates(
        database.mandates, database.agents, database.ledger, database.checks, database.outbox, known_points, keyring,
        time,
    )  # fmt: skip
    billing = Billing(requests, database.ledger, database.bills, time, numbers)
    book, checks, outbox = database.agents, database.checks, database.outbox
    money = AgentMoney(book, billing, database.bills, database.ledger, checks, outbox, known_points, keyring, time)
    intents = AgentIntents(book, billing, database.bills, money, time)
    agent_menu = AgentMenu(book, money, intents, Attesting(book, requests, checks, outbox, time), time)
    mine = Mine(
        requests, billing, database.mine, database.ledger, database.bills, database.subscriptions, database.outbox,
        keyring, time,
    )  # fmt: skip
    services = Services(
        requests, codes, database.outbox, inquiries, database.errands, surveys, time, mandates, agent_menu, mine
    )
    yield Phone(Dialogues(services, database.ledger, keyring, time, time.seconds, mandates), edition, time)
    await database.close()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (("1", "2023BLINEO1"), "Lineo, born 05/03/2023, is registered."),
        (("2", "OAP-26658123456-1"), "M950.00 was paid on 20/11/2026."),
        (("2", "OAP-26658123497-1"), "M950.00 is on its way."),
        (("2", "OAP-26658123496-1"), "Please ask at an office."),
    ],
)
async def test_a_citizen_sees_what_was_found(phone: Phone, typed: tuple[str, ...], shown: str) -> None:
    assert await phone.dial(*typed) == shown


@pytest.mark.parametrize(("choice", "number"), [("1", "2023BNOBODY"), ("2", "OAP-1")])
async def test_a_citizen_whose_number_nobody_knows_is_asked_again(phone: Phone, choice: str, number: str) -> None:
    assert (await phone.dial(choice, number)).startswith("Nobody has this number.\nNumber of the")


@pytest.mark.parametrize("knobs", [{"fail": True}, {"silent": True}])
async def test_offices_that_are_down_or_silent_leave_nobody_without_a_page(
    phone: Phone, country: Country, knobs: dict[str, object]
) -> None:
    for office, typed in (("opencrvs", ("1", "2023BLINEO1")), ("grants", ("2", "OAP-26658123456-1"))):
        await country.turn(office, **knobs)
        assert await phone.dial(*typed) == LATER
        other = ("2", "OAP-26658123456-1") if office == "opencrvs" else ("1", "2023BNOBODY")
        assert await phone.dial(*other) != LATER, "the other office is asked as ever"
        await country.turn(office, fail=False, silent=False)


async def test_one_office_without_tokens_leaves_the_other_alone(phone: Phone, country: Country) -> None:
    await country.turn("oauth", fail=True)
    assert await phone.dial("2", "OAP-26658123456-1") == LATER
    assert (await phone.dial("1", "2023BLINEO1")).startswith("Lineo")
