"""The pack of docs/registers.md against the sandbox country: what a citizen sees, whatever the offices do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.compiler.pack import examine
from app.crowd import Crowd
from app.dialogue import Dialogues
from app.editions import Edition, Editions
from app.keys import Key, Keyring
from app.measures import Measures
from app.pack import Pack
from app.rooms import Given, build_rooms
from app.sending import Budget
from app.walked import Caller
from integrations.database import open_database
from integrations.database.limits import calm_seconds_max
from integrations.services.settings import OfficeSettings
from sessions.memory_store import MemorySessionStore
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
    rooms = build_rooms(
        Given(
            editions=Editions(edition),
            shelves=database,
            outbox=database.outbox,
            store=MemorySessionStore(keyring, time),
            aggregators={},
            budget=Budget(1_000),
            keyring=keyring,
            measures=Measures(),
            crowd=Crowd(time.seconds),
            clock=time,
            monotonic=time.seconds,
            random_for=lambda use: numbers,
            lots=lambda: 1.0,
            call_back_one_in=0,
        )
    )
    yield Phone(rooms.dialogues, edition, time)
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
