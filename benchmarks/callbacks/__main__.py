"""A whole callback from outside the process: the full gateway beside the floors and the peers, in interleaved rounds.

Run `python -m benchmarks.callbacks [--rounds 6] [--seconds 3] [--only NAME…] [--json FILE]`. Every server has one core,
the driver and the session server share another; each in its turn serves the same four-step dialogue over 64
connections, then over one, and every answer is compared byte by byte. A wrong answer of ours or of F4 ends the run,
those of the others are counted. Trust the ratios only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from app.load.books import read_books
from app.load.case import Case
from app.load.history import FILE, HistoryWriter, Run, read_history
from app.load.proof import as_text, prove
from app.pack_files import read_pack
from app.settings import Settings
from app.wiring import now_utc, read_keyring
from benchmarks.callbacks.contestants import DRIVER_CORE, OURS, PLAIN, ROOT, contestants, house, running
from benchmarks.callbacks.driver import LAST_ANSWER_SECONDS
from benchmarks.callbacks.peers import python_peers
from benchmarks.callbacks.report import BASE, CONNECTIONS, report
from sessions.embedded import EmbeddedValkey

DIALOGUE = {
    "": "Rea u amohela! Khetha:\n1. Lengolo la tsoalo\n2. Boemo ba kopo\n3. Reka motlakase\n5. Litsi tse haufi\n"
    "8. Puo le tse ling / Language and more",
    "1": "Lengolo la tsoalo. Ngoana ke:\n1. Moshanyana\n2. Ngoanana\n9. Morao\n0. Qalong",
    "1*2": "Letsatsi la tsoalo la ngoana? (mohlala 05/03/2026)\n9. Morao\n0. Qalong",
    "1*2*05/03/2026": "O tsoaletsoe seterekeng sefe?\n1. Maseru\n2. Leribe\n3. Berea\n4. Mafeteng\n5. Botha-Bothe\n"
    "6. Tse ling\n9. Morao\n0. Qalong",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", nargs="*", default=(), help="names of servers; F4 takes part always")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    parser.add_argument("--history", type=Path, help="keep what our gateway was asked and answered in this directory")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as closing:
        home = Path(directory)
        pages, constant = home / "pages.json", home / "constant.json"
        pages.write_text(json.dumps([(text, f"CON {page}") for text, page in DIALOGUE.items()]), "utf-8")
        constant.write_text(json.dumps([(text, f"CON {DIALOGUE['']}") for text in DIALOGUE]), "utf-8")
        history = given.history or home / "history"
        begin_history(history)
        store = EmbeddedValkey(home / "valkey")
        store.start()
        closing.callback(store.stop)
        _pin_to_the_drivers_core("valkey-server", str(home))
        make_house(home)

        def is_wanted(name: str) -> bool:
            return not given.only or name in (BASE, *given.only)

        taking_part = [
            *contestants(home, pages, store.url, is_wanted), *python_peers(home, pages, store.url, is_wanted)
        ]  # fmt: skip
        servers = {one.name: closing.enter_context(running(one, home / f"{one.name}.log")) for one in taking_part}
        ways = {one.name: (one.path, constant if one.is_constant else pages) for one in taking_part}
        measured: dict[tuple[str, int], list[dict[str, float]]] = defaultdict(list)
        for number in range(given.rounds + 1):
            for connections in CONNECTIONS:
                for name, (process, port, _) in servers.items():
                    before = _cpu_seconds(process)
                    seconds = given.seconds if number else 1.0  # the first warms up and is not counted
                    kept = history / FILE if name in (OURS, PLAIN) else None
                    told = _drive(port, *ways[name], connections, seconds, kept)
                    wrong = told.pop("wrong_answers")
                    if wrong and name in (BASE, OURS, PLAIN):
                        raise SystemExit(f"{name} answered wrong: {wrong}")
                    if wrong:
                        print(f"{name} answered wrong {told['wrong']} times: {wrong[0]}", file=sys.stderr)
                    told["cpu_us"] = (_cpu_seconds(process) - before) / max(told["callbacks"], 1) * 1e6
                    if number:
                        measured[name, connections].append(told)
            print(f"round {number} of {given.rounds}", file=sys.stderr)
        megabytes = {name: process.memory_info().rss / 1e6 for name, (process, _, _) in servers.items()}
        broken = prove_history(home, history)
        starts = {name: seconds for name, (_, _, seconds) in servers.items()}
    if given.json:
        rows = [{"server": name, "connections": connections, "rounds": rounds}
                for (name, connections), rounds in measured.items()]  # fmt: skip
        given.json.write_text(
            json.dumps({"rounds": rows, "megabytes": megabytes, "start_seconds": starts}, indent=1), "utf-8"
        )
    report(measured, megabytes)
    print("start until it listens: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in starts.items()))
    if broken:
        raise SystemExit("A promise was broken, so these figures are worth nothing.")


def make_house(home: Path) -> None:
    """Keys, secrets, a database with the shipped menus published: as a deployment has them."""
    secrets = home / "mohala" / "secrets"
    secrets.mkdir(parents=True)
    offices = read_pack(ROOT / "tests" / "flat").catalogue.offices.values()
    for name in ("africastalking", *(office.secret for office in offices if office.secret)):
        (secrets / name).write_text("benchmark", "utf-8")
    environment = {**os.environ, **house(home)}
    pack = shutil.copytree(ROOT / "tests" / "flat", home / "pack")  # publishing writes the numbers into it
    for words in (["keys"], ["migrate"], ["menus", "publish", str(pack), "--by", "benchmark"]):
        subprocess.run([sys.executable, "-m", "app.entry", *words], cwd=ROOT, env=environment, check=True, stdout=-3)


def _pin_to_the_drivers_core(part: str, home: str) -> None:
    for process in psutil.process_iter():
        try:
            if process.name().startswith(part) and home in " ".join([*process.cmdline(), process.cwd()]):
                process.cpu_affinity([DRIVER_CORE])
        except psutil.Error:
            continue


def begin_history(directory: Path) -> None:
    """The first line of a run's history; the driver adds the rest."""
    directory.mkdir(parents=True, exist_ok=True)
    run = Run("benchmark", "benchmark", 0, 0.0, 0.0, now_utc(), 160, {})
    with (directory / FILE).open("wb") as file:
        HistoryWriter(file, run)


def prove_history(home: Path, directory: Path) -> bool:
    """Hold what our gateway answered against its ledger, as after a load; True: a promise is broken."""
    settings = Settings.load(home=home / "mohala")
    history, keyring = read_history(directory), read_keyring(settings.keys)
    books = asyncio.run(read_books(history, settings.database, keyring, "africastalking"))
    verdicts = prove(Case(history, books))
    for line in as_text(verdicts):
        print(line)
    return any(verdict.broken for verdict in verdicts)


def _drive(port: int, path: str, pages: Path, connections: int, seconds: float, history: Path | None) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.callbacks.driver", str(port), path, str(connections), str(seconds)]
    files = [str(file) for file in (pages, history) if file]
    done = subprocess.run(
        [*words, *files], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=seconds + 2 * LAST_ANSWER_SECONDS,
        preexec_fn=lambda: os.sched_setaffinity(0, {DRIVER_CORE}),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
