"""A gateway under a steady load for as long as one likes: its memory and its open files must not grow.

Run `python -m benchmarks.soak [--minutes 15] [--rate 40] [--output DIR]`. It starts `mohala run` in a home of its own,
lets `mohala load` arrive at it, looks at the gateway every five seconds, proves the promises at the end as every load
does, and draws `memory.svg`. The first third is left out of the slope: caches fill there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil
import pygal

from app.load.picture import STYLE, without_scripts
from benchmarks.callbacks.contestants import ROOT, free_port

LOOK_SECONDS = 5.0
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """`second` from the beginning of the load."""

    second: float
    megabytes: float
    files: int
    threads: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=40.0, help="callbacks a second")
    parser.add_argument("--output", type=Path, default=Path("var/soak"), help="where the report and the picture go")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        environment = _environment(Path(directory))
        log = (given.output / "gateway.log").open("wb")
        gateway = subprocess.Popen([sys.executable, "-m", "app.entry", "run"], cwd=ROOT, env=environment, stdout=log,
                                   stderr=log, start_new_session=True)  # fmt: skip
        try:
            _wait(int(environment["MOHALA_PORT"]), gateway)
            looks, proven = _soak(gateway, environment, given.minutes * 60, given.rate, Path(directory) / "load")
            shutil.copy(Path(directory) / "load" / "report.json", given.output / "load.json")
        finally:
            os.killpg(gateway.pid, signal.SIGTERM)
            gateway.wait(30)
    _tell(looks, given.output)
    sys.exit(0 if proven else 1)


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "MOHALA_HOME": str(home / "mohala"),
        "MOHALA_PORT": str(free_port()),
        "MOHALA_SANDBOX_PORT": str(free_port()),
        "MOHALA_CALLBACK_SECRET": "dev",
    }


def _wait(port: int, gateway: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and gateway.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the gateway did not start: see gateway.log")


def _soak(
    gateway: subprocess.Popen[bytes], environment: dict[str, str], seconds: float, rate: float, output: Path
) -> tuple[list[Look], bool]:
    words = ["load", "--rate", f"{rate:g}", "--seconds", f"{seconds:g}", "--output", str(output)]
    load = subprocess.Popen([sys.executable, "-m", "app.entry", *words], cwd=ROOT, env=environment, stderr=-3)
    watched, began, looks = _serving(gateway, int(environment["MOHALA_PORT"])), time.monotonic(), []
    while load.poll() is None:
        with watched.oneshot():
            looks.append(Look(round(time.monotonic() - began, 1), watched.memory_info().rss / 1e6, watched.num_fds(),
                              watched.num_threads()))  # fmt: skip
        time.sleep(LOOK_SECONDS)
    return looks, load.wait() == 0


def _serving(gateway: subprocess.Popen[bytes], port: int) -> psutil.Process:
    """The process that listens on the gateway's port."""
    family = [psutil.Process(gateway.pid), *psutil.Process(gateway.pid).children(recursive=True)]
    return next(one for one in family if any(at.laddr.port == port for at in one.net_connections("tcp") if at.laddr))


def _tell(looks: list[Look], output: Path) -> None:
    settled = looks[len(looks) // 3 :]
    slope = statistics.linear_regression([look.second / 3600 for look in settled], [look.megabytes for look in settled])
    first, last = looks[0], looks[-1]
    print(f"{last.second / 60:.0f} minutes: {first.megabytes:.0f} MB at the start, {last.megabytes:.0f} MB at the end, "
          f"{max(look.megabytes for look in looks):.0f} MB at most; {slope.slope:+.1f} MB an hour after a third; "
          f"files {first.files} to {last.files}, threads {first.threads} to {last.threads}")  # fmt: skip
    (output / "memory.json").write_text(json.dumps([asdict(look) for look in looks]), "utf-8")
    chart = pygal.XY(js=(), style=STYLE, title="Memory of a gateway under a steady load", x_title="minutes",
                     y_title="MB", width=960, height=300, explicit_size=True, show_dots=False, show_legend=False,
                     range=(0, 1.2 * max(look.megabytes for look in looks)))  # fmt: skip
    chart.uuid = "soak"
    chart.add("resident", [(look.second / 60, look.megabytes) for look in looks])
    chart.add_xml_filter(without_scripts)
    (output / "memory.svg").write_bytes(chart.render())


if __name__ == "__main__":
    main()
