"""What the set-up's tests share: a whole country under its supervisor, and a look at what it leaves behind."""

from __future__ import annotations

import http.client
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0
"""However busy the machine is; how long it takes on a quiet one is printed, and is no matter of right or wrong."""
PROBE = """
from __future__ import annotations

from typing import Any

import names
from names import imported


def field(one: Any) -> Any:
    return one.field


def asked(one: Any) -> Any:
    return one.method(1)


def named(one: Any, name: str) -> Any:
    return getattr(one, name)


def upper(one: bytes) -> bytes:
    return one.upper()


def of_module() -> Any:
    return names.word


def of_this_module() -> Any:
    return imported


def class_of_module() -> Any:
    return names.__class__


def item(one: dict[str, Any]) -> Any:
    return one["key"]


def item_of(one: dict[str, Any], key: str) -> Any:
    return one[key]
"""
"""Python that looks for fields, methods and names; `probe` is machine code of it."""
PARTS = {"gateway": "serve", "worker": "worker", "sandbox": "sandbox"}


def wait_for(look: Callable[[], Any], seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def processes_of(home: Path) -> dict[int, str]:
    """Every process that was started for this home directory, by its environment or its command line."""
    if not Path("/proc/self/environ").exists():
        listed = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 1) for line in listed.stdout.splitlines() if str(home) in line]
        return {int(pid): command for pid, command in rows if int(pid) != os.getpid()}
    return {int(entry.name): command for entry in Path("/proc").glob("[0-9]*") if (command := _of(entry, home))}


def _of(entry: Path, home: Path) -> str:
    try:
        command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
    except OSError:
        return ""
    if f"={home}\0".encode() not in environment and f"{home}/".encode() not in command:
        return ""
    return command.replace(b"\0", b" ").decode(errors="replace").strip()


class Country:
    """`mohala run` as a process with its own home directory and ports."""

    def __init__(self, home: Path, port: int, sandbox_port: int) -> None:
        self.home = home
        self.port = port
        self.sandbox_port = sandbox_port
        self.log = home.with_name(f"{home.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.home_of_user: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOHALA_")}
        ports = {"MOHALA_PORT": str(self.port), "MOHALA_SANDBOX_PORT": str(self.sandbox_port)}
        user = {"HOME": str(self.home_of_user)} if self.home_of_user else {}
        return {**kept, **ports, **user, "MOHALA_HOME": str(self.home)}

    def start(self, command: tuple[str, ...] = (sys.executable, "-m", "app.entry", "run"), cwd: Path = ROOT) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_and_wait(self) -> None:
        self.start()
        self.wait_until_told()

    def wait_until_told(self, seconds: float = PATIENCE_SECONDS) -> None:
        def told() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.told
            return "Mohala is ready." in self.told

        wait_for(told, seconds, "the country is ready")

    def processes(self) -> dict[int, str]:
        return processes_of(self.home)

    @property
    def told(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_until(self, look: Callable[[], Any], what: str) -> Any:
        return wait_for(look, PATIENCE_SECONDS, what)

    def ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def process_of(self, part: str) -> int | None:
        """The process id of the gateway, worker, sandbox or valkey-server."""
        wanted = re.compile(rf"app\.leash \d+ {PARTS[part]}$" if part in PARTS else part)
        return next((pid for pid, command in processes_of(self.home).items() if wanted.search(command)), None)

    def kill(self, part: str) -> int:
        pid = wait_for(lambda: self.process_of(part), PATIENCE_SECONDS, f"the {part} runs")
        os.kill(pid, signal.SIGKILL)
        return pid

    def end(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The supervisor's exit status."""
        assert self.process is not None
        return self.process.wait(seconds)

    def clean_up(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in processes_of(self.home):
            os.kill(pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path / "home", _free_port(), _free_port())
    yield country
    country.clean_up()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    country = Country(tmp_path_factory.mktemp("running") / "home", _free_port(), _free_port())
    yield country
    country.clean_up()


@pytest.fixture
def running(lasting: Country) -> Country:
    """One country for many tests, started again for whoever comes after one that stopped it."""
    if lasting.process is None or lasting.process.poll() is not None:
        lasting.start_and_wait()
    return lasting


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """A module of `scripts/`, which is no package."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="module")
def names() -> ModuleType:
    return ModuleType("names")


@pytest.fixture(scope="module")
def probe(
    tmp_path_factory: pytest.TempPathFactory, names: ModuleType, script: Callable[[str], ModuleType]
) -> Iterator[ModuleType]:
    """A module of machine code, made as those of the gateway are."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("no C compiler here")
    tree = tmp_path_factory.mktemp("probe")
    (tree / "names.py").write_text("from typing import Any\n\nword: Any = 1\nimported: Any = 2\n", "utf-8")
    (tree / "probe.py").write_text(PROBE, "utf-8")
    assert script("compile").build(tree, ROOT / "pyproject.toml", modules=("probe.py",)) == ""
    names.word, names.imported = "as it was", "as it was"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "names", names)
        patch.syspath_prepend(tree)
        made = importlib.import_module("probe")
        assert made.__file__.endswith(".so")
        yield made
    sys.modules.pop("probe", None)
