"""Offices as a gateway opens them: from a pack, the settings of a deployment and the files of its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.catalogue import Catalogue, OfficeEntry
from app.compiler.pack import version_of
from app.errors import ServiceFailed, SettingsWrong
from app.keys import Key, Keyring
from app.messages import Answered
from app.pack import Pack
from app.settings import Settings
from app.wiring import Offices, secrets_missing
from app.wiring.adapters import Land, office_of
from integrations.database import open_database
from tests.integrations.authority import Authority
from tests.integrations.country import Country
from tests.integrations.registers import PARTIES, PAYMENTS
from tests.made_once import new_sqlite
from tests.points.conftest import with_example

pytestmark = pytest.mark.anyio

DIRECTORY = """
  directory:
    adapter: http_json
    address: https://office.example/directory
    secret: directory
    auth: {kind: oauth2, token_url: https://tokens.example/oauth/token, client: mohala}
    headers: {X-Channel: ussd}
    operations:
      points:
        method: GET
        path: /service-points
        query: {district: "{district}"}
        takes: [district]
        results: {points: {from: ., most: 12, list: {name: {from: name, longest: 20}}}}
        answered: [200]
"""


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    for name in ("civil-registry", "electricity", "passports", "farm-inputs", "pensions", "directory", "wallet"):
        (tmp_path / name).write_text("sandbox\n", "utf-8")
    return tmp_path


def with_directory(pack: Pack, **changes: object) -> Pack:
    entry = replace(
        OfficeEntry("directory", "http_json", "http://127.0.0.1:8100/directory", "directory", {}), **changes
    )
    return replace(pack, catalogue=Catalogue({"directory": entry}, pack.catalogue.services))


async def test_a_deployment_gives_the_real_address_of_an_office_and_of_its_tokens(
    country: Country, lesotho_sources: Mapping[str, str], secrets: Path
) -> None:
    services = lesotho_sources["services.yaml"].replace("\noffices:", f"\noffices:{DIRECTORY}", 1)
    sources = {**lesotho_sources, "services.yaml": services}
    settings = Settings(
        secrets_dir=secrets,
        office_addresses={"directory": f"{country.url}/oauth/directory"},
        office_token_urls={"directory": f"{country.url}/oauth/token"},
    )
    keyring = Keyring((Key("k1", bytes(32)),), bytes)
    database = await open_database(new_sqlite(secrets / "mohala.db"), keyring, bytes)
    offices = Offices(settings, database.board)
    edition = await offices.prepare(version_of(sources), sources)
    answered = await edition.offices["directory"].ask("points", {"district": "Quthing"}, "S1-1", 5.0)
    await offices.close()
    await database.close()
    assert isinstance(answered, Answered) and "Poli" in answered.results["points"]
    assert len(await country.rows("/oauth/tokens")) == 1


@pytest.mark.parametrize("is_sandbox", [False, True])
async def test_a_real_house_tells_of_amounts_that_nobody_has_published(
    lesotho_sources: Mapping[str, str], secrets: Path, is_sandbox: bool
) -> None:
    settings = Settings(secrets_dir=secrets, phone=is_sandbox)
    keyring = Keyring((Key("k1", bytes(32)),), bytes)
    database = await open_database(new_sqlite(secrets / "mohala.db"), keyring, bytes)
    offices, sources = Offices(settings, database.board), with_example(lesotho_sources)
    with capture_logs() as lines:
        await offices.prepare(version_of(sources), sources)
    await offices.close()
    await database.close()
    told = [line["services"] for line in lines if line["event"] == "charges_are_examples"]
    assert told == ([] if is_sandbox else [["passport-32"]])


async def test_a_token_url_of_a_deployment_is_checked_as_the_packs_is(lesotho: Pack, secrets: Path) -> None:
    auth = {"kind": "oauth2", "token_url": "https://tokens.example/token", "client": "mohala"}
    settings = Settings(secrets_dir=secrets, office_token_urls={"directory": "http://tokens.example/token"})
    with pytest.raises(SettingsWrong, match="`token_url` must be https://"):
        await secrets_missing(settings, with_directory(lesotho, auth=auth))


async def test_whoever_publishes_is_told_which_files_a_gateway_needs_and_needs_none(
    lesotho: Pack, tmp_path: Path
) -> None:
    auth = {"kind": "basic", "user": "mohala", "certificate": "mohala.pem", "authority": "ministry.pem"}
    pack = with_directory(lesotho, address="https://office.example", auth=auth)
    settings = Settings(secrets_dir=tmp_path)
    assert {path.name for path in await secrets_missing(settings, pack)} == {"directory", "mohala.pem", "ministry.pem"}
    ministry = Authority(tmp_path, "ministry")
    ministry.give("mohala")
    (tmp_path / "directory").write_text("hushed", "utf-8")
    assert await secrets_missing(settings, pack) == []


@pytest.mark.parametrize("name", ["../keys", "/etc/passwd", "a/b", "..", ""])
@pytest.mark.parametrize("key", ["secret", "certificate", "authority"])
async def test_no_name_leads_out_of_the_directory_of_secrets(
    lesotho: Pack, tmp_path: Path, key: str, name: str
) -> None:
    """Also in menus that were published before `mohala check` complained of it."""
    tls = {"kind": "mutual_tls", "certificate": "mohala.pem", key: name}
    changes = {"secret": name} if key == "secret" else {"secret": None, "auth": tls, "address": "https://o.example"}
    with pytest.raises(SettingsWrong):
        await secrets_missing(Settings(secrets_dir=tmp_path / "secrets"), with_directory(lesotho, **changes))


async def test_a_deployment_that_keeps_recordings_has_one_of_every_office(
    country: Country, lesotho: Pack, secrets: Path, tmp_path: Path
) -> None:
    """The grants office is asked by a protocol of its own; which offices keep theirs themselves, nobody is told."""
    directory = tmp_path / "recordings"
    settings = Settings(
        secrets_dir=secrets, office_recordings=directory, office_addresses={"grants": f"{country.url}/nothing"}
    )
    grants = OfficeEntry("grants", "g2p_connect", "https://grants.example", None, PAYMENTS, options=PARTIES)
    office = office_of(settings, grants, lambda: country.now, "", Land("LS", 2))
    with pytest.raises(ServiceFailed, match="status_404"):
        await office.ask("paid", {"msisdn": "+26658123456"}, "S1-1", 5.0)
    await office.close()
    assert [file.name for file in directory.glob("*/*")] == ["grants-paid-status_404-1.yaml"]
