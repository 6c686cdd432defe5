"""The sandbox country's pretend agent: there for whoever tries it out, and in no house that is anything else."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.agency import AgentState, Holdings
from app.demo_agent import FLOAT_MINOR, demo_number, enrol_demo_agent, is_all_pretended
from app.desking import with_database
from app.early_agents import PRETEND, retire_pretend
from app.errors import SettingsWrong
from app.pack import Pack
from app.publishing import publish_if_changed
from app.settings import Settings
from app.wiring import open_house
from integrations.database import Database, migrate
from tests.lands import FLAT

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    settings = Settings(home=tmp_path)
    migrate(settings.database)
    return settings


def state_of(settings: Settings) -> AgentState | None:
    async def look(database: Database) -> AgentState | None:
        agent = await database.agents.agent(PRETEND)
        return agent.state if agent else None

    return with_database(settings, look)


def test_it_is_enrolled_once_and_can_pay_at_once(settings: Settings, lesotho: Pack) -> None:
    assert enrol_demo_agent(settings, lesotho) == "001 Naleli Example Post"
    assert enrol_demo_agent(settings, lesotho) == "001 Naleli Example Post"

    async def look(database: Database) -> tuple[bool, Holdings, list[str]]:
        enrolled = await database.agents.enrolled(demo_number(lesotho))
        assert enrolled is not None and enrolled.number.usable_at is not None
        acts = [f"{line.actor} {line.act}" for line in await database.audit.of(PRETEND)]
        can = enrolled.number.usable_at < datetime.now(UTC)
        return can, await database.agents.holdings(PRETEND, "LSL"), acts

    can, holdings, acts = with_database(settings, look)
    assert can and holdings == Holdings(FLOAT_MINOR)
    assert acts == [
        "sandbox:first-clerk add-agent", "agent:DEMO activate-number", "sandbox:first-clerk propose",
        "sandbox:second-clerk approve",
    ]  # fmt: skip


def test_a_house_that_is_opened_without_it_suspends_it_for_good(settings: Settings, lesotho: Pack) -> None:
    enrol_demo_agent(settings, lesotho)

    async def open_twice(database: Database) -> list[bool]:
        return [await retire_pretend(database.agents, NOW) for _ in range(2)]

    assert with_database(settings, open_twice) == [True, False]
    assert state_of(settings) is AgentState.SUSPENDED
    assert enrol_demo_agent(settings, lesotho) == "", "a run that finds it so offers it to nobody"


def test_a_house_without_it_has_nothing_to_suspend(settings: Settings) -> None:
    assert with_database(settings, lambda database: retire_pretend(database.agents, NOW)) is False


@pytest.mark.parametrize(
    "real",
    [
        {"database_url": "sqlite:///other.db"},
        {"secrets_dir": Path("secrets")},
        {"africastalking_url": "https://api.example/version1"},
        {"africastalking_key_file": Path("key")},
        {"wallets": {"mpesa": {"client": "vodacom-ls"}}},
        {"office_addresses": {"passports": "https://passports.example"}},
    ],
    ids=lambda real: next(iter(real)),
)
def test_it_is_not_enrolled_where_anything_real_is_named(tmp_path: Path, lesotho: Pack, real: dict[str, Any]) -> None:
    settings = Settings(home=tmp_path, **real)
    assert not is_all_pretended(settings)
    assert enrol_demo_agent(settings, lesotho) == ""
    assert not (tmp_path / "mohala.db").exists(), "not even a database was opened"


def test_it_stands_at_no_point_that_could_be_real(settings: Settings, lesotho: Pack) -> None:
    published = {id: replace(point, source="MICSTI, November 2026") for id, point in lesotho.points.items()}
    assert enrol_demo_agent(settings, replace(lesotho, points=type(lesotho.points)(published))) == ""
    assert state_of(settings) is None


def test_no_gateway_without_the_phone_is_told_of_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, callback_secret="a word that nobody guesses", phone_agent="+26662123456")
    with pytest.raises(SettingsWrong, match="MOHALA_PHONE_AGENT is for the sandbox country"):
        settings.check_serving()


def test_the_house_itself_suspends_it(settings: Settings, lesotho: Pack, tmp_path: Path) -> None:
    enrol_demo_agent(settings, lesotho)
    publish_if_changed(settings, FLAT)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "africastalking").write_text("sandbox", "ascii")
    for office in lesotho.catalogue.offices.values():
        if office.secret:
            (secrets / office.secret).write_text("sandbox", "ascii")

    async def open_it() -> None:
        async with open_house(Settings(home=tmp_path, redis_url="redis://127.0.0.1:1")):
            pass

    asyncio.run(open_it())
    assert state_of(settings) is AgentState.SUSPENDED
