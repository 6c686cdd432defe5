"""Three workers at once, killed and stopped in the middle of their work: nothing is lost, no text goes astray."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.database.postgres import PostgresServer
from tests.story.country import REFERENCE, ROOT, Country, Phone, reference_in, wait_for

pytestmark = pytest.mark.hunt
CITIZENS = 18
MORE_WORKERS = 2
LEASE_ENDS_SECONDS = 150.0  # what a killed worker held is claimed again after a minute, and may be cut off again


@dataclass
class Crew:
    """The worker of `mohala run`, which is replaced when it dies, and some beside it."""

    country: Country
    environment: dict[str, str]
    beside: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_one(self) -> None:
        """Until it can hear: what is stopped while it starts has claimed nothing, and that would show nothing."""
        command = [sys.executable, "-m", "app.entry", "worker"]
        with self.country.log.open("ab") as log:
            self.beside.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
            )

        wait_for("the worker", lambda: self.has_started(self.beside[-1].pid), 60.0)

    def has_started(self, process: int) -> bool:
        lines = self.country.log.read_text("utf-8").splitlines()
        return any('"worker_started"' in line and f':{process}"' in line for line in lines)

    def strike(self, number: signal.Signals) -> int:
        """Kill or stop a worker, whichever it is, and put another in its place; the exit status of one beside."""
        victim = self.beside.pop(0)
        victim.send_signal(number)
        status = victim.wait(20)
        if number is signal.SIGKILL:
            for process in set(self.country.children("worker")) - {one.pid for one in self.beside}:
                os.kill(process, number)
        self.start_one()
        return status


@pytest.fixture(params=["sqlite", "postgres"])
def crew(request: pytest.FixtureRequest, new_country: Callable[..., Country]) -> Iterator[Crew]:
    with ExitStack() as closing:
        settings = {}
        if request.param == "postgres":
            server = PostgresServer()
            closing.callback(server.remove)
            settings["MOHALA_DATABASE_URL"] = server.url("postgres")
        country = new_country(**settings)
        country.start()
        closing.callback(country.stop)
        (worker,) = country.children("worker")
        crew = Crew(country, psutil.Process(worker).environ())
        for _ in range(MORE_WORKERS):
            crew.start_one()
        yield crew
        for process in crew.beside:
            process.kill()
            process.wait()


def waiting(country: Country) -> dict[str, float]:
    text = country.client.get(f"{country.gateway}/metrics").text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {sample.labels["state"]: sample.value for sample in samples if sample.name == "mohala_jobs"}


def test_whatever_happens_to_workers_every_request_is_carried_out_once_and_told_to_its_own_citizen(crew: Crew) -> None:
    country, chance = crew.country, random.Random(20261128)
    for office in ("civil-registry", "sms"):
        country.knob(office, delay_s=0.2)
    phones = [Phone(country, f"+2665400{number:04}") for number in range(CITIZENS)]
    filed: dict[str, str] = {}
    statuses = []
    for number, phone in enumerate(phones):
        phone.apply_for_birth_certificate()
        filed[phone.number] = reference_in(phone.type("1"))
        if number % 4 == 3:
            time.sleep(chance.random())  # somewhere in the middle of what they do: all of it has to hold
            kind = signal.SIGKILL if number % 8 == 3 else signal.SIGTERM
            statuses.append((kind, crew.strike(kind)))
    wait_for(
        "rest",
        lambda: waiting(country) and waiting(country)["waiting"] == 0,
        LEASE_ENDS_SECONDS,
    )
    assert {status for kind, status in statuses if kind is signal.SIGTERM} == {0}, "told to stop, it stops in order"
    assert waiting(country)["set_aside"] == 0
    for number, reference in filed.items():
        assert len(country.births_of(reference)) == 1
        texts = country.sms(number)
        assert [text for text in texts if "e amohetsoe. Ref" in text], f"{number} was told nothing"
        assert {found for text in texts for found in REFERENCE.findall(text)} == {reference}
