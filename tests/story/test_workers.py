"""`mohala serve --workers 3`: copies of a hop on different processes, and processes that die or stand still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.story.country import SERVICE_CODE, Country, Phone, reference_in, wait_for

WORKERS = 3


@pytest.fixture(scope="module")
def country(new_country: Callable[..., Country]) -> Country:
    several = new_country(MOHALA_WORKERS=str(WORKERS))
    several.start()
    return several


def on_a_new_connection(phone: Phone) -> str:
    """A copy of the last hop, for any process to accept."""
    with httpx.Client(timeout=10.0, trust_env=False) as client:
        other = Country(**{name: getattr(phone.country, name) for name in COPIED}, client=client)
        return Phone(other, phone.number, phone.session_id, phone.typed).hop()


COPIED = ("home", "port", "sandbox_port", "environment", "log", "process")


def samples(country: Country, name: str, label: str) -> dict[str, float]:
    """A metric's values by one label, summed over the others."""
    told: dict[str, float] = {}
    with httpx.Client(timeout=10.0, trust_env=False) as client:
        families = text_string_to_metric_families(client.get(f"{country.gateway}/metrics").text)
        for sample in (sample for family in families for sample in family.samples if sample.name == name):
            told[sample.labels[label]] = told.get(sample.labels[label], 0.0) + sample.value
    return told


@contextmanager
def standing_still(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def only(country: Country, process: int, ask: Callable[[], str]) -> str:
    """An answer of this process: which of them accepts is the kernel's choice, so the others stand still meanwhile."""
    with ExitStack() as others:
        for other in country.children("serve-one"):
            if other != process:
                others.enter_context(standing_still(other))
        return ask()


def test_copies_of_a_hop_on_all_processes_get_the_same_bytes_and_file_once(country: Country) -> None:
    citizen = Phone(country, "+26650300001")
    citizen.apply_for_birth_certificate()
    citizen.typed.append("1")
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: on_a_new_connection(citizen), range(24)))
    alone = [only(country, process, lambda: on_a_new_connection(citizen)) for process in country.children("serve-one")]
    assert len(alone) == WORKERS and len({*answers, *alone}) == 1
    wait_for("the registry", lambda: country.births_of(reference_in(answers[0])), 40.0)
    assert len(country.births_of(reference_in(answers[0]))) == 1
    turns = samples(country, "mohala_turns_total", "process")
    assert len(turns) == WORKERS, "each process had at least the copy that was for it alone"
    hops = len(citizen.typed) + 24 + WORKERS  # the dial, each input, then copies of the last
    assert sum(turns.values()) == hops, "a scrape tells what all processes have counted"


def test_a_process_that_is_killed_is_replaced_and_the_door_stays_open(country: Country) -> None:
    citizen = Phone(country, "+26650300002")
    summary = citizen.apply_for_birth_certificate()
    victim = country.children("serve-one")[0]
    os.kill(victim, signal.SIGKILL)
    assert on_a_new_connection(citizen) == summary
    citizen.typed.append("1")
    answer = on_a_new_connection(citizen)

    def replaced() -> bool:
        alive = country.children("serve-one")
        return victim not in alive and len(alive) == WORKERS

    wait_for("a new process", replaced)
    wait_for("its metrics", lambda: samples(country, "mohala_processes", "state")["answering"] == WORKERS)
    assert on_a_new_connection(citizen) == answer
    wait_for("the registry", lambda: country.births_of(reference_in(answer)), 40.0)
    assert len(country.births_of(reference_in(answer))) == 1


def test_a_process_that_stands_still_is_seen_in_the_metrics_and_holds_up_no_new_connection(country: Country) -> None:
    citizen = Phone(country, "+26650300003")
    citizen.dial()
    citizen.typed.append("1")
    with standing_still(country.children("serve-one")[0]):
        assert on_a_new_connection(citizen).startswith("CON ")
        assert samples(country, "mohala_processes", "state") == {"answering": WORKERS - 1.0, "silent": 1.0}
    wait_for("its metrics", lambda: samples(country, "mohala_processes", "state")["silent"] == 0)


def test_a_signal_to_the_supervisor_ends_every_process_and_hops_in_hand_are_answered(country: Country) -> None:
    citizen = Phone(country, "+26650300004")
    citizen.dial()
    citizen.type("1", "2", "5/3/2026", "6", "5")
    country.knob("civil-registry", delay_s=1)
    citizen.typed.append("012345678901")
    supervisor = next(process for process in country.children("serve"))
    before = set(country.children("serve-one"))
    with ThreadPoolExecutor(1) as pool:
        in_hand = pool.submit(on_a_new_connection, citizen)
        wait_for("the hop", lambda: any(samples(country, "mohala_callbacks_in_hand", "process").values()))
        os.kill(supervisor, signal.SIGTERM)
        assert in_hand.result().startswith("CON U mang ho ngoana?")
    wait_for("their end", lambda: not before & set(country.children("serve-one")), 10.0)
    country.knob("civil-registry", delay_s=0)
    wait_for("readiness", country.is_ready, 40.0)  # `mohala run` starts it again


def test_a_port_that_is_taken_is_told_in_one_sentence(country: Country) -> None:
    environment = {**country.environment, "MOHALA_CALLBACK_SECRET": "dev", "MOHALA_REDIS_URL": "redis://127.0.0.1:1"}
    command = [sys.executable, "-m", "app.entry", "serve", "--workers", "2"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert told.returncode == 1 and told.stderr.startswith(f"mohala: Port {country.port} on 127.0.0.1 ")
    assert "MOHALA_PORT" in told.stderr and SERVICE_CODE not in told.stderr
