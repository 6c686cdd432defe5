"""A second, tiny country that does not exist: nothing of the first one is needed to serve it.

Its phones borrow the numbering plan of Georgia (+995), because a number that no plan
knows is refused; its money is the test code of ISO 4217. No number in it is known to be anybody's.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.conversations.run import run_conversations
from app.authoring.tasks import page
from app.handset_files import handsets_in
from app.pack import Pack
from app.pack_files import examine_pack, read_pack
from tests.story.conftest import new_country  # noqa: F401  # a fixture
from tests.story.country import Country, wait_for

HERE = Path(__file__).parent
PACK = HERE / "pack"
NINO, CODE = "+995555123456", "*77*5#"


@pytest.fixture(scope="module")
def skerries() -> Pack:
    return read_pack(PACK)


def test_it_compiles_without_a_complaint() -> None:
    assert examine_pack(PACK)[1] == ()


def test_one_of_its_languages_can_be_written_in_gsm_letters_and_one_cannot(skerries: Pack) -> None:
    assert skerries.program.wide >= {"ka"}
    assert skerries.program.currency.minor_digits == 3 and skerries.program.country == "GE"


def test_its_conversations_pass_and_reach_every_screen(skerries: Pack) -> None:
    run = run_conversations(skerries, read_files([HERE / "conversations"]))
    assert (run.failed, run.coverage.whole) == (0, True)


def test_what_its_task_takes_is_told_in_its_own_money() -> None:
    (row,) = (line for line in page(PACK, [HERE / "conversations"]).splitlines() if "Have a boat permitted" in line)
    assert row.strip("| ").split(" | ")[6:] == ["2 (2)", "Q0.083"]


def test_its_phones_are_its_own() -> None:
    handsets = handsets_in(PACK)
    assert (handsets.first, handsets.code, handsets.short_code) == (NINO, CODE, "5")
    assert (handsets.network_of(NINO), handsets.network_of("+995599000000")) == ("28201", "99999")
    assert handsets.other_than(NINO) == "+995555654321" and handsets.crowd == "+99555"


def test_a_pack_that_names_no_phones_has_the_example_of_its_country(tmp_path: Path) -> None:
    shutil.copytree(PACK, tmp_path / "pack")
    path = tmp_path / "pack/pack.yaml"
    head, _, tail = path.read_text("utf-8").partition("handsets:\n")
    path.write_text(head + tail.partition("sms_price:")[2].join(["sms_price:", ""]), "utf-8")
    assert handsets_in(tmp_path / "pack").numbers == {"+995555123456": ""}


def test_a_citizen_of_it_files_through_a_running_gateway_and_is_texted(new_country, tmp_path: Path) -> None:  # noqa: F811
    shutil.copytree(PACK, tmp_path / "pack")
    country: Country = new_country(MOHALA_PACK=str(tmp_path / "pack"))
    country.start()
    typed: list[str] = []

    def hop(*text: str) -> str:
        typed.extend(text)
        response = country.callback(
            "ussd", sessionId="s1", phoneNumber=NINO, serviceCode=CODE, networkCode="28201", text="*".join(typed)
        )
        assert response.status_code == 200
        return response.text

    assert hop() == "CON Harbour:\n1. Boat permit\n2. ქართული\n3. English"
    assert hop("2").startswith("CON ნავსადგური:")
    hop("1")
    hop("AB1234")
    assert hop("12.500") == "CON AB1234: 12,500 Q?\n1. დიახ\n2. არა\n7. უკან\n8. თავიდან"
    filed = hop("1")
    assert filed.startswith("END ნებართვა ")
    reference = filed.rpartition(" ")[2]

    def texts() -> list[str]:
        found = country.client.get(f"{country.sandbox}/sms", params={"to": NINO}).json()
        return [one["text"] for one in found]

    wait_for("the text", lambda: texts() == [f"ნებართვა {reference}: მიღებულია. 12,500 Q."], 60.0)
    shown = country.client.get(f"{country.gateway}/phone/config.json").json()
    assert (shown["serviceCode"], shown["shortCode"]) == (CODE, "5")
    assert [one["msisdn"] for one in shown["numbers"]] == [NINO, "+995555654321"]
