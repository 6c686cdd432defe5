"""An office without a system, on real parts: a dial, the worker, a clerk in the terminal and one over HTTP, and SMS."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.story.country import ROOT, Country, Phone, reference_in, wait_for
from tests.story.mohala import mohala_command
from tests.work.land import sources


@pytest.fixture(scope="module")
def land(new_country: Callable[..., Country], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """A country whose menus have a manual office."""
    pack = tmp_path_factory.mktemp("land")
    for name, text in sources().items():
        (pack / name).parent.mkdir(exist_ok=True)
        (pack / name).write_text(text, "utf-8")
    country = new_country(MOHALA_PACK=str(pack))
    country.start()
    yield country
    country.stop()


@pytest.fixture(scope="module")
def lineo(land: Country) -> Iterator[httpx.Client]:
    """A clerk with a token."""
    token = desk(land, "clerks", "add", "lineo", "--office", "land").stdout.strip()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{land.port}/desk", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        yield client


def desk(country: Country, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*mohala_command(), "desk", *words], cwd=ROOT, env=country.environment, text=True, check=False,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done


def filed(country: Country, number: str, plot: str = "1234-567") -> str:
    """What a citizen asked for, once it is on the list."""
    phone = Phone(country, number)
    phone.dial()
    reference = reference_in(phone.type("7", plot, "1"))
    wait_for("the list", lambda: any(reference in text for text in country.sms(number)))
    return reference


def test_a_clerk_in_the_terminal_brings_a_request_to_its_end(land: Country) -> None:
    number = "+26650111111"
    reference = filed(land, number)
    listed = desk(land, "list", "--free").stdout
    assert f"{reference} plot-search received by " in listed and number not in listed
    shown = desk(land, "show", reference, "--as", "thabo").stdout
    assert "plot: 1234-567" in shown and number in shown and "in_progress, query, ready, done, rejected" in shown
    desk(land, "take", reference, "--as", "thabo")
    refused = desk(land, "take", reference, "--as", "palesa", status=1)
    assert refused.stderr == "mohala: thabo works on it; they can release it.\n"
    desk(land, "move", reference, "ready", "--fill", "where=Hlotse", "--as", "thabo")
    desk(land, "move", reference, "done", "--fill", "note=Kea leboha", "--as", "thabo")
    told = wait_for("three texts", lambda: texts if len(texts := land.sms(number)) == 3 else None)
    assert sorted(told) == sorted(
        [
            f"Mohala: patlo {reference} e amohetsoe.",
            f"Mohala: patlo {reference} e loketse ho nkuoa: Hlotse",
            f"Mohala: patlo {reference} e phethiloe. Kea leboha",
        ]
    )
    assert reference in desk(land, "list", "--ended").stdout


def test_a_clerk_over_http_sees_the_list_of_their_office_and_answers(land: Country, lineo: httpx.Client) -> None:
    number = "+26650222222"
    reference = filed(land, number)
    page = lineo.get("/tasks").json()
    assert page["next"] is None and reference in [task["reference"] for task in page["tasks"]]
    assert number not in str(page)
    task = lineo.get(f"/tasks/{reference}").json()
    assert task["asked"] == {"plot": "1234-567", "district": "Leribe", "number": number}
    assert lineo.post(f"/tasks/{reference}/take").json()["assignee"] == "lineo"
    moved = lineo.post(f"/tasks/{reference}/move", json={"status": "query", "results": {"note": "tlisa ID"}})
    assert moved.json()["status"] == "query"
    wait_for("the question", lambda: f"Mohala: patlo {reference}: tlisa ID" in land.sms(number))
    stale = lineo.post(f"/tasks/{reference}/move", json={"status": "ready", "revision": "0.0"})
    assert (stale.status_code, stale.json()["message"]) == (
        409,
        f"{reference} was changed meanwhile; look at it again.",
    )
    assert lineo.post(f"/tasks/{reference}/move", json={"status": "closed"}).status_code == 422


def test_nobody_without_a_token_learns_anything(land: Country, lineo: httpx.Client) -> None:
    for told in (None, "", "Bearer", "Bearer x", "Basic bGluZW86eA==", "Bearer \u00e9"):
        headers = {} if told is None else {"Authorization": told.encode("latin-1")}
        answer = httpx.get(f"http://127.0.0.1:{land.port}/desk/tasks", headers=headers, trust_env=False)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert desk(land, "clerks", "list").stdout == "lineo land\n"


def test_a_sheet_goes_out_over_http_and_comes_back(land: Country, lineo: httpx.Client) -> None:
    reference = filed(land, "+26650333333", "9999")
    sheet = lineo.get("/sheet")
    assert sheet.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    (row,) = (row for row in rows if row["reference"] == reference)
    row |= {"status": "rejected", "reason": "no_plot"}
    text = io.StringIO()
    writer = csv.DictWriter(text, row)
    writer.writeheader()
    writer.writerow(row)
    assert lineo.post("/sheet", content=text.getvalue().encode()).json() == {"changed": 1, "refused": []}
    wait_for("the no", lambda: any("setsha ha se eo" in told for told in land.sms("+26650333333")))
    assert lineo.post("/sheet", content=b"\xff\xfe").status_code == 409


def test_a_sheet_in_the_terminal_and_what_it_left_in_the_audit_log(land: Country, tmp_path: Path) -> None:
    reference = filed(land, "+26650444444", "8888")
    file = tmp_path / "land.csv"
    desk(land, "export", str(file), "--office", "land", "--as", "thabo")
    assert file.stat().st_mode & 0o077 == 0 and reference in file.read_text("utf-8")
    lines = [line.replace("received", "raedy") if reference in line else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines), "utf-8")
    told = desk(land, "import", str(file), "--as", "thabo", status=1)
    assert f"{reference}: raedy is no status" in told.stderr and "1 lines could not be done" in told.stdout
    proven = subprocess.run(
        [*mohala_command(), "audit", "verify"], cwd=ROOT, env=land.environment, text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    assert "lines, unbroken" in proven.stdout


def test_a_token_that_was_taken_back_opens_nothing(land: Country) -> None:
    token = desk(land, "clerks", "add", "pitso", "--all-offices").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{land.port}/desk/tasks"
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
    desk(land, "clerks", "remove", "pitso")
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 401
    assert "is no clerk" in desk(land, "clerks", "remove", "pitso", status=1).stderr
