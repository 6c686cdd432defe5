"""A citizen files what costs something, pays it in the sandbox wallet's own menu, and a clerk gets the work."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.story.country import ROOT, Country, Phone, reference_in, wait_for
from tests.story.mohala import mohala_command
from tests.work.paid import sources

CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


@pytest.fixture(scope="module")
def land(new_country: Callable[..., Country], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """A country where a search of a plot costs M32.50."""
    pack = tmp_path_factory.mktemp("paid")
    for name, text in sources().items():
        (pack / name).parent.mkdir(exist_ok=True)
        (pack / name).write_text(text, "utf-8")
    country = new_country(MOHALA_PACK=str(pack))
    country.start()
    yield country
    country.stop()


def mohala(country: Country, *words: str, status: int = 0, typed: str = "") -> str:
    done = subprocess.run(
        [*mohala_command(), *words], cwd=ROOT, env=country.environment, text=True, check=False,
        capture_output=True, timeout=60, input=typed,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def billed(country: Country, number: str) -> tuple[str, str]:
    """The reference of what was filed, and the code that was texted."""
    phone = Phone(country, number)
    phone.dial()
    reference = reference_in(phone.type("7", "1234-567", "1"))
    texts = wait_for("the bill", lambda: [text for text in country.sms(number) if "lefa M32.50" in text])
    found = CODE.search(texts[0])
    assert found
    return reference, found[0]


def pay(country: Country, **order: object) -> list[tuple[int, str]]:
    """Status and outcome of each delivery."""
    told = country.client.post(f"{country.sandbox}/wallet/menu/pay", json=order).raise_for_status().json()
    return [
        (one["status"], one["body"].get("billPaymentStatus") or one["body"]["errorCode"]) for one in told["answers"]
    ]


def test_a_bill_is_seen_in_the_wallets_menu_paid_there_and_the_clerks_get_the_work(land: Country) -> None:
    number = "+26650311111"
    reference, code = billed(land, number)
    assert reference not in mohala(land, "desk", "list")
    (bill,) = land.client.get(f"{land.sandbox}/wallet/menu", params={"number": number}).json()
    assert (bill["billReference"], bill["amountDue"]) == (code.replace("-", ""), "32.5")
    deliveries = pay(land, number=number, code=code, times=3)
    assert deliveries == [(201, "paid"), (400, "duplicateRequest"), (400, "duplicateRequest")]
    wait_for("the receipt", lambda: any("li amohetsoe ka sandbox" in text for text in land.sms(number)))
    wait_for("the list", lambda: reference in mohala(land, "desk", "list", "--office", "land"))
    assert "The books are whole" in mohala(land, "books", "check")


def test_the_page_has_a_button_that_pays(land: Country) -> None:
    number = "+26650322222"
    _, code = billed(land, number)
    page = land.client.get(f"{land.sandbox}/", params={"number": number}).text
    assert code.replace("-", "") in page and "unpaid" in page and "<button>Pay</button>" in page
    pressed = land.client.post(
        f"{land.sandbox}/wallet/menu/press", data={"number": number, "code": code, "amount": "32.5"}
    )
    assert pressed.status_code == 303
    page = land.client.get(f"{land.sandbox}{pressed.headers['location']}").text
    assert "The gateway said: <b>paid</b>" in page and "<button>Pay</button>" not in page


def test_money_that_does_not_fit_is_told_to_whoever_sent_it_and_goes_back_by_two_clerks(
    land: Country, tmp_path: Path
) -> None:
    number, friend = "+26650333333", "+26650344444"
    _, code = billed(land, number)
    assert pay(land, number=friend, code=code, amount="20") == [(201, "suspense")]
    texts = wait_for("the text", lambda: land.sms(friend))
    receipt = reference_in(texts[0])
    assert "M20.00" in texts[0] and receipt in mohala(land, "payments", "list", "--waiting", status=1)
    lineo, thabo = (mohala(land, "desk", "clerks", "add", name, "--all-offices") for name in ("lineo", "thabo"))
    mohala(land, "payments", "ask-refund", receipt, "--note", "too little", typed=lineo)
    mohala(land, "payments", "approve-refund", receipt, status=1, typed=lineo)
    mohala(land, "payments", "approve-refund", receipt, typed=thabo)
    wait_for("the other text", lambda: len(land.sms(friend)) == 2)
    shown = mohala(land, "payments", "show", code)
    assert "given back" in shown and "treasury" in shown and "Gazette of the test" in shown and number not in shown
    assert friend not in shown
    sheet = tmp_path / "books.csv"
    mohala(land, "books", "export", str(sheet))
    text = sheet.read_text("utf-8")
    assert sheet.stat().st_mode & 0o077 == 0 and "wallet:sandbox" in text and "266503" not in text
    mohala(land, "audit", "verify")


def test_nobody_without_the_wallets_key_gets_in(land: Country) -> None:
    answer = land.client.get(f"{land.gateway}/wallets/sandbox/v1.2/heartbeat", headers={"X-Client-Id": "sandbox"})
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "clientAuthorisationError")
