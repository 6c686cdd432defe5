"""How many instructions of the processor a callback takes, which is the same on a busy machine and on an idle one.

Run `python -m benchmarks.instructions [--only NAME…] [--seconds 12] [--top 0]` where Valgrind is installed. The servers
of `python -m benchmarks.callbacks`, each alone under Valgrind's callgrind, answer the same dialogue over a few
connections; what they do in the same time with nobody there is taken off. Instructions inside the kernel are not
counted, and what is written ten times a second weighs more here than in a crowd, for a server is some fifty times
slower under Valgrind: so the thread that writes stands beside the sum. `--top N` adds the N functions with most.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.callbacks.__main__ import DIALOGUE, make_house
from benchmarks.callbacks.contestants import OURS, ROOT, Contestant, contestants, free_port, wait_until_it_listens
from benchmarks.callbacks.report import BASE
from sessions.embedded import EmbeddedValkey

CONNECTIONS = 6
WARM_UP_SECONDS = 4.0
IDLE_SECONDS = 6.0
START_SECONDS_MAX = 180.0
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Counted:
    """Instructions a callback, of the thread that answers and of all others."""

    answering: float
    others: float
    top: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(OURS, BASE), help="names of servers")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--top", type=int, default=0)
    given = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise SystemExit("Valgrind is not installed; look for a package of that name.")
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        pages = home / "pages.json"
        pages.write_text(json.dumps([(text, f"CON {page}") for text, page in DIALOGUE.items()]), "utf-8")
        store = EmbeddedValkey(home / "valkey")
        store.start()
        try:
            make_house(home)
            servers = contestants(home, pages, store.url, lambda name: name in given.only)
            counted = {one.name: _counted(one, home, pages, given.seconds, given.top) for one in servers}
        finally:
            store.stop()
    base = counted.get(BASE)
    for name, told in counted.items():
        ratio = f", {base.answering / told.answering:.2f} x {BASE}" if base else ""
        print(f"{name}: {told.answering:,.0f} instructions a callback{ratio}; {told.others:,.0f} in other threads")
        print(told.top, end="")


def _counted(one: Contestant, home: Path, pages: Path, seconds: float, top: int) -> Counted:
    port = free_port()
    with _under_valgrind(one, port, home) as (process, written):
        _drive(port, one, pages, WARM_UP_SECONDS)
        _control(process, "-i", "on")
        _control(process, "-z")
        told = _drive(port, one, pages, seconds)
        _control(process, "-d")
        _control(process, "-z")
        began = time.monotonic()
        time.sleep(IDLE_SECONDS)
        _control(process, "-d")
        idle_seconds = time.monotonic() - began
        _control(process, "-i", "off")
        busy, idle = _totals(written, 1), _totals(written, 2)
        driven_seconds = told["callbacks"] / told["per_second"]
        beyond = {
            thread: (count - idle.get(thread, 0) / idle_seconds * driven_seconds) / told["callbacks"]
            for thread, count in busy.items()
        }
        answering = beyond.pop(1)
        return Counted(answering, sum(beyond.values()), _top(written, top) if top else "")


@contextmanager
def _under_valgrind(one: Contestant, port: int, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The server, and how the files begin that it writes counts to."""
    written = home / f"{one.name.replace(' ', '-')}.out"
    words = ("valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes")
    environment = {**os.environ, **one.environment(port), "PYTHONHASHSEED": "0"}
    log = home / f"{written.stem}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*words, f"--callgrind-out-file={written}", *one.command(port)], env=environment, cwd=ROOT,
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until_it_listens(one.name, process, port, log, START_SECONDS_MAX)
        yield process, written
    finally:
        process.kill()
        process.wait()


def _drive(port: int, one: Contestant, pages: Path, seconds: float) -> dict[str, float]:
    words = [str(port), one.path, str(CONNECTIONS), str(seconds), str(pages)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.callbacks.driver", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    told = json.loads(done.stdout)
    if told["wrong"]:
        raise SystemExit(f"{one.name} answered wrong: {told['wrong_answers']}")
    return {name: told[name] for name in ("callbacks", "per_second")}


def _control(process: subprocess.Popen[bytes], *words: str) -> None:
    subprocess.run(
        ["callgrind_control", *words, str(process.pid)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)  # it tells the server, and does not wait for what it does


def _totals(written: Path, part: int) -> dict[int, int]:
    """Instructions by the number of the thread, in one of the files that a server wrote."""
    found = {}
    for file in written.parent.glob(f"{written.name}.{part}-*"):
        total = TOTALS.search(file.read_text("utf-8", "replace"))
        if total:
            found[int(file.name.rpartition("-")[2])] = int(total[1])
    return found


def _top(written: Path, lines: int) -> str:
    """The functions of the thread that answers in which most instructions are."""
    annotated = subprocess.run(
        ["callgrind_annotate", f"{written}.1-01"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found = re.findall(r"^ *([\d,]+ \([ \d.]+%\))  (?:\S*/)?(\S+:\S+)", annotated, re.MULTILINE)
    return "".join(f"  {share}  {name}\n" for share, name in found[:lines])


if __name__ == "__main__":
    main()
