"""Who takes part: how each server is started on one core, and where it listens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
SERVERS = Path(__file__).parent / "servers"
SERVER_CORE, DRIVER_CORE = 0, 1
OURS, PLAIN = "mohala", "mohala, plain"
MACHINE_CODE = ROOT / "var" / "trained"
START_SECONDS = 60.0  # on a machine that others use as well
NODE_PACKAGES = ("ioredis@6.0.0", "express@5.3.0", "ussd-builder@1.3.2")


@dataclass(frozen=True, slots=True)
class Contestant:
    """`command` gets a port; `path` is where it takes callbacks. `environment` is added to ours.

    `is_constant`: it answers with the first page whatever was typed.
    """

    name: str
    what: str
    command: Callable[[int], list[str]]
    path: str
    environment: Callable[[int], dict[str, str]] = lambda port: {}
    is_constant: bool = False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def contestants(home: Path, pages: Path, store_url: str, is_wanted: Callable[[str], bool]) -> list[Contestant]:
    """Ours, the floors and the peers on Node that are wanted; Node is left out, with a word, where there is no npm."""

    def python(script: str) -> Callable[[int], list[str]]:
        return lambda port: [sys.executable, str(SERVERS / script), str(port), str(pages), store_url]

    def node(script: str) -> Callable[[int], list[str]]:
        return lambda port: ["node", str(home / "node" / script), str(port), str(pages), store_url]

    def ours(port: int) -> dict[str, str]:
        return {"MOHALA_PORT": str(port), "MOHALA_REDIS_URL": store_url, **house(home)}

    def as_in_the_image(port: int) -> dict[str, str]:
        return {**ours(port), "PYTHONPATH": f"{MACHINE_CODE}{os.pathsep}{ROOT}", "PYTHONSAFEPATH": "1"}

    def gateway(name: str, what: str, environment: Callable[[int], dict[str, str]]) -> Contestant:
        command = [sys.executable, "-m", "app.entry", "serve"]
        return Contestant(name, what, lambda port: command, "/callbacks/dev/africastalking/ussd", environment)

    found = [
        gateway(PLAIN, "the full gateway as `make run` runs it", ours),
        Contestant("F0", "bare ASGI, a constant answer", python("constant.py"), "/ussd", is_constant=True),
        Contestant("F4", "FastAPI and redis-py the usual way", python("usual.py"), "/ussd"),
        Contestant("bare Python", "asyncio protocol, coalesced calls", python("bare.py"), "/ussd"),
    ]  # fmt: skip
    on_node = [
        Contestant("bare Node", "node:http and ioredis, get and set", node("bare.mjs"), "/ussd"),
        Contestant("ussd-builder", "on Express, sessions in Redis", node("ussd_builder.mjs"), "/ussd"),
    ]
    if is_wanted(OURS) and made_machine_code():
        found.insert(0, gateway(OURS, "the full gateway as the image runs it, compiled", as_in_the_image))
    if any(is_wanted(one.name) for one in on_node) and install_node_packages(home / "node"):
        found += on_node
    return [one for one in found if is_wanted(one.name)]


def house(home: Path) -> dict[str, str]:
    return {"MOHALA_HOME": str(home / "mohala"), "MOHALA_CALLBACK_SECRET": "dev", "PYTHONPATH": str(ROOT)}


def made_machine_code() -> bool:
    """What the image is built with, of the sources that are here."""
    words = [str(ROOT / "scripts" / "compile.py"), "--trained", str(MACHINE_CODE)]
    done = subprocess.run([sys.executable, *words], stdout=sys.stderr)
    if done.returncode:
        print(f"Left out, because it could not be compiled: {OURS}")
    return not done.returncode


def install_node_packages(directory: Path) -> bool:
    directory.mkdir(exist_ok=True)
    for script in SERVERS.glob("*.mjs"):
        (directory / script.name).write_text(script.read_text("utf-8"), "utf-8")
    (directory / "package.json").write_text('{"private": true, "type": "module"}\n', "utf-8")
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *NODE_PACKAGES],
                       cwd=directory, check=True, timeout=300)  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Left out, because npm does not work here ({type(error).__name__}): the servers on Node")
        return False
    return True


@contextmanager
def running(contestant: Contestant, log: Path) -> Iterator[tuple[psutil.Process, int, float]]:
    """Started on the server's core, and stopped at the end; yields process, port and seconds until it listened."""
    port, began = free_port(), time.monotonic()
    environment = {**os.environ, **contestant.environment(port)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            contestant.command(port), cwd=ROOT, env=environment, stdout=output, stderr=output,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )  # fmt: skip
    try:
        wait_until_it_listens(contestant.name, process, port, log, START_SECONDS)
        yield psutil.Process(process.pid), port, time.monotonic() - began
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(
    name: str, process: subprocess.Popen[bytes], port: int, log: Path, within_seconds: float
) -> None:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"{name} did not start:\n{log.read_text()[-2000:]}")
