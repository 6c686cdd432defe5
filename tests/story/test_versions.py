"""Menus are published while citizens are under way: two gateways, a kill, a restart of everything, and a rollback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.lands import FLAT
from tests.story.country import PATIENCE_SECONDS, ROOT, Country, Phone, free_port, wait_for
from tests.story.mohala import mohala_command

OLD, NEW = "CON Rea u amohela! Khetha:", "CON Lumela, Khetha:"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FLAT, tmp_path / "pack"))


@pytest.fixture
def ministry(new_country: Callable[..., Country], pack: Path) -> Iterator[Country]:
    """A country of its own, for what it publishes would surprise other tests."""
    country = new_country(MOHALA_PACK=str(pack), MOHALA_MENUS_POLL_SECONDS="0.2")
    country.start()
    yield country
    country.stop()


@pytest.fixture
def neighbour(ministry: Country) -> Iterator[Country]:
    """A second gateway on the same sessions and the same database, with settings like the first."""
    (first,) = ministry.children("serve")
    port = free_port()
    environment = {**psutil.Process(first).environ(), "MOHALA_PORT": str(port)}
    with ministry.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.entry", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        neighbour = replace(ministry, port=port)
        wait_for("the second gateway", neighbour.is_ready)
        yield neighbour
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def port_of(gateway: int) -> str:
    return psutil.Process(gateway).environ()["MOHALA_PORT"]


def mohala(country: Country, *words: str) -> str:
    ran = subprocess.run(
        [*mohala_command(), "menus", *words],
        cwd=ROOT, env=country.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_session_stays_on_its_version_on_every_gateway_and_through_kills(
    ministry: Country, neighbour: Country, pack: Path
) -> None:
    early, late = Phone(ministry, "+26653000001"), Phone(neighbour, "+26653000002")
    assert early.dial().startswith(OLD)
    early.type("1")

    welcome = pack / "welcome.yaml"
    welcome.write_text(welcome.read_text("utf-8").replace("Rea u amohela! Khetha:", "Lumela, Khetha:"), "utf-8")
    assert "is current: new dials get it" in mohala(ministry, "publish", str(pack), "--note", "a shorter greeting")
    for country in (ministry, neighbour):
        stranger = Phone(country, "+26653000003")
        wait_for("the new version", lambda phone=stranger: phone.dial().startswith(NEW))

    assert early.type("0").startswith(OLD)
    moved = replace(early, country=neighbour)
    assert moved.type("1", "0").startswith(OLD)

    assert late.dial().startswith(NEW)
    (first,) = [pid for pid in ministry.children("serve") if port_of(pid) == str(ministry.port)]
    os.kill(first, signal.SIGKILL)
    wait_for("the first gateway", ministry.is_ready)
    assert replace(moved, country=ministry).type("1", "0").startswith(OLD)
    assert replace(late, country=ministry).type("1", "0").startswith(NEW)

    assert "is current again" in mohala(ministry, "rollback", "--note", "too short")
    stranger = Phone(ministry, "+26653000004")
    wait_for("the old version", lambda: stranger.dial().startswith(OLD))
    assert replace(late, country=ministry).type("1", "0").startswith(NEW)

    ministry.stop()
    ministry.start()
    assert replace(late, country=ministry).type("1", "0").startswith(NEW)
    assert Phone(ministry, "+26653000005").dial().startswith(OLD)
    history = [line.split() for line in mohala(ministry, "list").splitlines()[1:]]
    assert [line[0] == "*" for line in history] == [True, False, False]
    assert "too short" in " ".join(history[0]) and "a shorter greeting" in " ".join(history[1])


@pytest.mark.hunt
def test_a_publication_that_a_gateway_cannot_serve_is_told_and_taken_up_when_it_can(
    ministry: Country, pack: Path
) -> None:
    """The ministry adds a secret to an office and publishes before the operator has laid it down."""
    services, welcome = pack / "services.yaml", pack / "welcome.yaml"
    secret = "secret: civil-registry"
    assert secret in services.read_text("utf-8")
    services.write_text(services.read_text("utf-8").replace(secret, "secret: registry-of-2027"), "utf-8")
    welcome.write_text(welcome.read_text("utf-8").replace("Rea u amohela! Khetha:", "Lumela, Khetha:"), "utf-8")
    mohala(ministry, "publish", str(pack))

    def menus() -> dict[str, str]:
        told: dict[str, str] = ministry.client.get(f"{ministry.gateway}/health/ready").json()["menus"]
        return told

    wait_for("the gateway to say so", lambda: "registry-of-2027" in menus()["behind"])
    old = menus()["version"]
    assert ministry.is_ready() and Phone(ministry, "+26653000006").dial().startswith(OLD)
    wait_for("its line in the log", lambda: "menus_not_taken_up" in ministry.log.read_text("utf-8"))

    key = ministry.home / "secrets" / "civil-registry"
    (key.parent / "registry-of-2027").write_bytes(key.read_bytes())
    wait_for("the new version", lambda: menus()["version"] != old, 60.0)
    assert menus()["behind"] == "" and Phone(ministry, "+26653000007").dial().startswith(NEW)
