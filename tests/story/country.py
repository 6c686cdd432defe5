"""What a tester sees of a running country: its processes, its callbacks, its SMS centre, and a phone."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import httpx
import psutil
import pytest
import redis

from sessions.embedded import EmbeddedValkey

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{5}\b")
SERVICE_CODE = "*384*26600#"
T = TypeVar("T")
READY = "Mohala is ready."
PATIENCE_SECONDS = 60.0  # on a machine that may be busy; nothing is shown by how fast it comes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(what: str, look: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """The first true answer of `look`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail(f"waited {seconds:.0f} s in vain for {what}")


def _told(ask: Callable[[], list[str] | dict[str, str]]) -> list[str]:
    try:
        told = ask()
    except psutil.Error:
        return []
    return list(told.values()) if isinstance(told, dict) else told


@dataclass(slots=True)
class Country:
    """A running `mohala run`, and what a tester sees of it."""

    home: Path
    port: int
    sandbox_port: int
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10.0, trust_env=False))

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def start(self) -> None:
        told = self.log.read_text("utf-8").count(READY) if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.entry", "run"], cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        wait_for("everything", lambda: self.log.read_text("utf-8").count(READY) > told, 120.0)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE_SECONDS)

    def is_ready(self) -> bool:
        return self.client.get(f"{self.gateway}/health/ready").status_code == 200

    def children(self, part: str) -> list[int]:
        """Process ids of a part of this country (`serve`, `worker`, `valkey-server`), by its command line."""
        home = str(self.home)

        def is_ours(process: psutil.Process) -> bool:
            words = _told(process.cmdline)
            line = " ".join(words)
            named = part in words or (bool(words) and words[0].split()[0].endswith(f"/{part}"))
            return named and home in " ".join([line, *_told(process.environ)])

        return [process.pid for process in psutil.process_iter() if is_ours(process)]

    def kill(self, part: str) -> None:
        victims = self.children(part)
        assert victims, f"no process of the {part} found"
        for process in victims:
            os.kill(process, signal.SIGKILL)

    def callback(self, kind: str, **fields: str) -> httpx.Response:
        return self.client.post(f"{self.gateway}/callbacks/dev/africastalking/{kind}", data=fields)

    def sms(self, to: str) -> list[str]:
        rows = self.client.get(f"{self.sandbox}/sms", params={"to": to}).json()
        return [row["text"] for row in rows]

    def text(self, sender: str, text: str, id: str | None = None) -> None:
        fields = {"from": sender, "to": "26600", "text": text, "id": id or uuid4().hex, "date": "2026-11-23 08:00:00"}
        assert self.callback("sms", **fields).status_code == 200

    def knob(self, office: str, **knobs: object) -> None:
        self.client.post(f"{self.sandbox}/knobs/{office}", json=knobs).raise_for_status()

    def births_of(self, reference: str) -> list[dict[str, str]]:
        """What the registry got for a reference of ours, as it is shown or in canonical form."""
        path = f"{self.sandbox}/civil-registry/applications"
        rows: list[dict[str, str]] = self.client.get(path).json()
        return [row for row in rows if row["reference"].replace("-", "") == reference.replace("-", "")]

    def forget_sessions(self) -> None:
        """Behind the gateway's back."""
        with redis.Redis.from_url(EmbeddedValkey(self.home / "valkey").url) as server:
            server.flushall()


@dataclass(slots=True)
class Phone:
    """A handset as Africa's Talking reports it: one session a dial, cumulative text."""

    country: Country
    number: str
    session_id: str = ""
    typed: list[str] = field(default_factory=list)

    def dial(self, text: str = "") -> str:
        self.session_id = f"ATUid_{uuid4().hex}"
        self.typed = text.split("*") if text else []
        return self.hop()

    def hop(self) -> str:
        """Post what was typed so far (again, if it was posted before) and return the raw body."""
        response = self.country.callback(
            "ussd",
            sessionId=self.session_id,
            phoneNumber=self.number,
            serviceCode=SERVICE_CODE,
            networkCode="65101",
            text="*".join(self.typed),
        )
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/plain")
        assert response.text.startswith(("CON ", "END "))
        return response.text

    def drop(self) -> None:
        """What the aggregator posts when the line fell."""
        fields = {"sessionId": self.session_id, "phoneNumber": self.number, "serviceCode": SERVICE_CODE}
        assert self.country.callback("ussd/end", status="Incomplete", **fields).status_code == 200

    def type(self, *inputs: str) -> str:
        answer = ""
        for text in inputs:
            self.typed.append(text)
            answer = self.hop()
        return answer

    def apply_for_birth_certificate(self) -> str:
        """Up to and without the confirmation."""
        self.dial()
        return self.type("1", "2", "5/3/2026", "6", "5", "012345678901", "1")


def reference_in(text: str) -> str:
    found = REFERENCE.search(text)
    assert found, f"no reference in {text!r}"
    return found[0]
