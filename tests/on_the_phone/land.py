"""The country behind the phone: its offices' knobs and lists, its clerks, and what was there before a walk."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app.ports import DoorState
from tests.lands import ROOT, SHIPPED
from tests.on_the_phone.handset import until
from tests.story.country import Country, Phone, free_port, reference_in
from tests.story.mohala import mohala_command

FAULTS: Mapping[str, tuple[dict[str, object], str]] = {
    "late": ({"delay_s": 8.0}, "took 8 s to answer"),
    "silent": ({"silent": True}, "said nothing"),
    "down": ({"fail": True}, "was down (503)"),
}
WELL: dict[str, object] = {"delay_s": 0.0, "fail": False, "silent": False, "after": "answer"}
TOGETHER = dict.fromkeys(("social-development", "grants", "identity"), "who gets a grant")
"""Offices that the same walks ask."""
SMS_CENTRE = "sms"
NAMES = {"x-road": "registry", "m-pesa": "mpesa", "push-poll": "ecocash", "opencrvs": "registers"}
"""What the catalogue calls an office that the sandbox calls otherwise."""
BILL = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
REFERENCES = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{5}\b")
RECEIPT = re.compile(r"(?:Rasiti|ea rona) " + REFERENCES.pattern)
"""Of money, which has the form of a reference."""


def new_country(home: Path) -> Country:
    """The shipped menus and the sandbox country on free ports, not yet started."""
    port, sandbox_port = free_port(), free_port()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MOHALA_")}
    ours = {"MOHALA_HOME": str(home), "MOHALA_PORT": str(port), "MOHALA_SANDBOX_PORT": str(sandbox_port)}
    ours |= {"PYTHONPATH": str(ROOT), "MOHALA_PACK": str(SHIPPED)}
    return Country(home, port, sandbox_port, kept | ours, home.with_suffix(".log"))


class Land:
    """Walks that need the same office ill wait for one another; an SMS centre that is away concerns them all."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def alone(self, office: str) -> AsyncIterator[None]:
        if not office:
            yield
            return
        async with self._locks.setdefault(TOGETHER.get(office, office), asyncio.Lock()):
            try:
                yield
            finally:
                await self.well(office)

    async def ill(self, office: str, fault: str) -> str:
        """Gives what a reader is told of it."""
        knobs, told = FAULTS[fault]
        await asyncio.to_thread(self.country.knob, office, **{**WELL, **knobs})
        return told

    async def well(self, office: str) -> None:
        await asyncio.to_thread(self.country.knob, office, **WELL)

    async def lets_in(self, office: str) -> None:
        """Wait until whoever asks an office is let in again: its door stays shut a while after it was away."""
        if office == SMS_CENTRE:
            return
        name = NAMES.get(office, office)

        async def look() -> bool:
            health = await asyncio.to_thread(self.country.client.get, f"{self.country.gateway}/health/ready")
            return bool(health.json()["offices"][name]["state"] != DoorState.CLOSED)

        await until(f"the door of {name}", look)

    async def rows(self, path: str, needle: str) -> int:
        """How many rows of a testers' list hold these letters."""

        def look() -> int:
            told = self.country.client.get(f"{self.country.sandbox}{path}").raise_for_status().json()
            return sum(needle in json.dumps(row) or needle.replace("-", "") in json.dumps(row) for row in told)

        return await asyncio.to_thread(look)

    async def pays_bill(self, number: str, code: str) -> None:
        """In the pretend wallet's own menu, which is no part of the gateway."""

        def pay() -> None:
            order = {"number": number, "code": code}
            self.country.client.post(f"{self.country.sandbox}/wallet/menu/pay", json=order).raise_for_status()

        await asyncio.to_thread(pay)

    async def day_passes(self, reference: str) -> None:
        """The day that the clerks promised is put into the past, where the house keeps it: nobody waits ten days."""
        plain = reference.replace("-", "")
        change = (
            "UPDATE tasks SET promised_at = opened_at - 1 WHERE closed_at IS NULL"
            " AND request_id = (SELECT id FROM requests WHERE replace(reference, '-', '') = ?)"
        )

        async def look() -> bool:
            return self._write(change, plain) == 1

        await until(f"{reference} on the clerks' list", look, 30.0)

    async def clerk(self, office: str, reference: str, status: str, filled: Mapping[str, str]) -> None:
        words = [f"--fill={name}={text}" for name, text in filled.items()]
        await self._mohala("desk", "move", reference, status, *words, "--office", office, "--as", "lineo")

    async def registry_decides(self, reference: str) -> None:
        """That what was applied for is ready in Maseru."""

        def decide() -> None:
            (row,) = self.country.births_of(reference)
            path = f"{self.country.sandbox}/civil-registry/applications/{row['application']}"
            self.country.client.post(path, json={"status": "ready", "where": "Maseru"}).raise_for_status()

        await asyncio.to_thread(decide)

    def filed_by(self, reference: str) -> int:
        """How many requests the number has filed that filed this one."""
        plain = reference.replace("-", "")
        query = (
            "SELECT count(*) FROM requests WHERE number_hash ="
            " (SELECT number_hash FROM requests WHERE replace(reference, '-', '') = ?)"
        )
        with sqlite3.connect(self._database, timeout=10.0) as database:
            found: int = database.execute(query, (plain,)).fetchone()[0]
        database.close()
        return found

    async def before(self, what: str, number: str) -> Mapping[str, str]:
        """What a walk finds there: a birth that was applied for, electricity that was bought, a fee that waits."""
        return await getattr(self, f"_before_{what}")(number) if what else {}

    async def _before_birth(self, number: str) -> Mapping[str, str]:
        page = await self._typed(number, "1", "1", "1", "1", "2", "5/3/2026", "1", "012345678901", "1", "1")
        reference = reference_in(page)
        await self.texted(number, "e amohetsoe")

        async def sent() -> bool:
            return await self.rows("/civil-registry/applications", reference) == 1

        await until("the registry", sent)
        return {"REFERENCE": reference}

    async def _before_token(self, number: str) -> Mapping[str, str]:
        page = await self._typed(number, "2", "1", "04123456784", "50", "1", "1")
        await self.texted(number, "Token ")
        return {"REFERENCE": reference_in(page)}

    async def _before_bill(self, number: str) -> Mapping[str, str]:
        page = await self._typed(number, "1", "4", "4", "1", "7654321", "2", "1")
        found = await self.texted(number, rf"Nomoro ea tefo: ({BILL.pattern})")
        return {"REFERENCE": reference_in(page), "BILL": found[1]}

    async def _before_electricity_bill(self, number: str) -> Mapping[str, str]:
        page = await self._typed(number, "2", "1", "04123456784", "50", "2", "1")
        found = BILL.search(page)
        assert found, page
        return {"REFERENCE": reference_in(page), "BILL": found[0]}

    async def _before_warned(self, number: str) -> Mapping[str, str]:
        await self._typed(number, "5", "1", "4", "1", "1", "1")
        await self.texted(number, "u tla tsebisoa")
        return {}

    async def _typed(self, number: str, *inputs: str) -> str:
        def type_all() -> str:
            phone = Phone(self.country, number)
            phone.dial()
            return phone.type(*inputs)

        return await asyncio.to_thread(type_all)

    async def texted(self, number: str, pattern: str, count: int = 1) -> re.Match[str]:
        """The newest SMS of this pattern to whatever number, once there are so many of them."""

        async def look() -> re.Match[str] | None:
            texts = await asyncio.to_thread(self.country.sms, number)
            found = list(filter(None, (re.search(pattern, text) for text in texts)))
            return found[-1] if len(found) >= count else None

        match = await until(f"an SMS with {pattern!r} to {number}", look)
        assert match is not None
        return match

    async def _mohala(self, *words: str) -> None:
        def work() -> None:
            done = subprocess.run(
                [*mohala_command(), *words], cwd=ROOT, env=self.country.environment, text=True, check=False,
                capture_output=True, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr

        await asyncio.to_thread(work)

    @property
    def _database(self) -> Path:
        return self.country.home / "mohala.db"

    def _write(self, change: str, *values: str) -> int:
        with sqlite3.connect(self._database, timeout=10.0) as database:
            changed = database.execute(change, values).rowcount
        database.close()
        return changed
