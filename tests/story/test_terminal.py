"""The command line as its users meet it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.lands import FLAT
from tests.story.country import PATIENCE_SECONDS, ROOT, Country, Phone, free_port, wait_for
from tests.story.mohala import mohala_command

STARTED_AS_USERS_START_IT = (sys.executable, "-m", "app.entry")


def mohala(
    *arguments: str, typed: str = "", start: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*(start or mohala_command()), *arguments],
        cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "120", "MOHALA_PACK": str(FLAT), **environment},
    )  # fmt: skip


def test_help_names_every_command() -> None:
    told = mohala("--help", start=STARTED_AS_USERS_START_IT).stdout
    for command in ("run", "serve", "worker", "sandbox", "check", "dial", "migrate", "keys", "settings"):
        assert command in told


def test_a_phone_in_the_terminal_walks_a_journey(country: Country) -> None:
    ran = mohala("dial", "*384*26600*3#", "--url", country.gateway, typed="01234567897\n50\n2\n")
    assert ran.returncode == 0, ran.stderr
    assert "Motlakase M50.00" in ran.stdout and ran.stdout.rstrip().endswith("Ha ho chelete e nkiloeng.")


def test_a_phone_without_a_gateway_says_what_to_do() -> None:
    ran = mohala("dial", "--url", "http://127.0.0.1:9", start=STARTED_AS_USERS_START_IT)
    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines()[-1] == (
        "mohala: No gateway answers at http://127.0.0.1:9 (ConnectError); start one with `make run`."
    )


def test_a_gateway_whose_log_cannot_be_written_answers_all_the_same(country: Country) -> None:
    gateway = country.children("serve")[0]
    environment = psutil.Process(gateway).environ() | {"MOHALA_PORT": str(free_port())}
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "app.entry", "serve"]
        deaf = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=full, stderr=full)
    try:
        beside = replace(country, port=int(environment["MOHALA_PORT"]))
        wait_for("the gateway", beside.is_ready)
        citizen = Phone(beside, "+26653000009")
        citizen.apply_for_birth_certificate()
        assert citizen.type("1").startswith("END Kopo e amohetsoe.")
    finally:
        deaf.terminate()
        deaf.wait(PATIENCE_SECONDS)


def test_check_prints_each_complaint_with_file_and_line(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.yaml").write_text("pack: [x\n")
    ran = mohala("check", str(pack))
    assert ran.returncode == 1
    assert f"{pack}/pack.yaml:2:1: yaml: is not YAML:" in ran.stdout
    assert mohala("check").stdout.startswith("lesotho ")


@pytest.mark.parametrize(
    ("command", "environment", "sentence"),
    [
        ("serve", {}, "mohala: MOHALA_CALLBACK_SECRET is not set"),
        ("serve", {"MOHALA_PORT": "eighty"}, "mohala: Settings are not usable: MOHALA_PORT: "),
        ("worker", {"MOHALA_KEYS_FILE": "/nowhere/keys"}, "mohala: The key file /nowhere/keys cannot be read"),
        (
            "serve",
            {"MOHALA_CALLBACK_SECRET": "s", "MOHALA_PHONE": "1", "MOHALA_HOST": "0.0.0.0"},
            "mohala: MOHALA_PHONE",
        ),
        ("run", {"MOHALA_PACK": "/nowhere"}, "mohala: There is no pack in /nowhere"),
        ("check", {"MOHALA_PACK": "/nowhere"}, "mohala: There is no pack in /nowhere"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(
    tmp_path: Path, command: str, environment: dict[str, str], sentence: str
) -> None:
    ran = mohala(command, MOHALA_HOME=str(tmp_path), **environment)
    assert ran.returncode == 1
    assert ran.stderr.startswith(sentence) and len(ran.stderr.strip().splitlines()) == 1, ran.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_before_anything_is_published_one_sentence_says_what_to_do(tmp_path: Path, command: str) -> None:
    settings = {"MOHALA_HOME": str(tmp_path), "MOHALA_CALLBACK_SECRET": "s", "MOHALA_REDIS_URL": "redis://127.0.0.1:9"}
    for preparation in ("keys", "migrate"):
        assert mohala(preparation, **settings).returncode == 0
    ran = mohala(command, **settings)
    assert ran.returncode == 1
    assert ran.stderr.startswith("mohala: No menus are published yet: run `mohala menus publish`.")
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
