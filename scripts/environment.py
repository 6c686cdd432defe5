"""The environment in `.venv`: made, repaired and brought to the hash-locked packages by the standard library alone."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
INSTALLER_LOCK = "requirements-uv.lock"
STAMP = "mohala-setup.json"


class SetupFailed(Exception):
    """The message is one sentence that says what to do next."""


def main(arguments: list[str]) -> int:
    """Bring `.venv` to kind `run` or `dev`; returns an exit code."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        sys.stderr.write("usage: setup.py run|dev\n")
        return 2
    try:
        ensure(ROOT, arguments[0])
    except SetupFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped before the environment was whole; the next run starts it afresh.\n")
        return 130
    return 0


def ensure(root: Path, wanted: str) -> None:
    """Do nothing if the environment's stamp is current; else make it so. A `dev` environment also serves `run`."""
    if _current(root, wanted):
        return
    with _alone():
        if _current(root, wanted):
            return
        kind = "dev" if (_read_stamp(root) or {}).get("kind") == "dev" else wanted
        _build(root, kind)


def _build(root: Path, kind: str) -> None:
    venv = root / ".venv"
    stamp = venv / STAMP
    if _reusable(root):
        _say(f"Bringing .venv up to date with {LOCKS[kind]}")
    else:
        _make_venv(venv)
    # Without its stamp an environment counts as half made: whatever interrupts us, the next run starts afresh.
    stamp.unlink(missing_ok=True)
    _install(root, venv, kind)
    _compile(root, venv)
    part = stamp.with_suffix(".part")
    part.write_text(json.dumps(_stamp(root, kind)), encoding="utf-8")
    part.replace(stamp)
    _say("The environment is ready")


# --- the stamp -------------------------------------------------------------------------------------------------


def _stamp(root: Path, kind: str) -> dict[str, str]:
    inputs = hashlib.sha256()
    for name in (LOCKS[kind], INSTALLER_LOCK, "pyproject.toml"):
        inputs.update((root / name).read_bytes())
    return {"kind": kind, "root": str(root), "python": _python_version(), "inputs": inputs.hexdigest()}


def _read_stamp(root: Path) -> dict[str, str] | None:
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _current(root: Path, wanted: str) -> bool:
    stamp = _read_stamp(root)
    if stamp is None or not _reusable(root):
        return False
    return any(stamp == _stamp(root, kind) for kind in {wanted, "dev"})


def _reusable(root: Path) -> bool:
    """Whole, made by this Python, and not moved: its scripts hold absolute paths."""
    stamp = _read_stamp(root) or {}
    in_place = stamp.get("root") == str(root) and stamp.get("python") == _python_version()
    return in_place and (root / ".venv" / "bin" / "python").exists()


def _python_version() -> str:
    return f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor} {os.uname().machine}"


# --- the steps -------------------------------------------------------------------------------------------------


def _make_venv(venv: Path) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed(
            f"Python {sys.version.split()[0]} came without `venv` or `ensurepip`: install its package for them "
            "(`apt install python3-venv` on Debian and Ubuntu) and run this again."
        )
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        _say(".venv is half made, moved or of another Python: making it afresh")
        shutil.rmtree(venv)
    _say(f"Making .venv with Python {sys.version.split()[0]}")
    import venv as environments

    try:
        environments.create(venv, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupFailed(f"Python could not make {venv}: {error}; see that its directory is writable.") from None


def _install(root: Path, venv: Path, kind: str) -> None:
    lock = str(root / LOCKS[kind])
    project = ["--no-deps", "--no-build-isolation", "--editable", str(root)]
    _say("Installing uv, the installer (about 30 MB)")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--no-input", "--disable-pip-version-check", "install"]
    told = uv_settings(_pip_configuration(venv), os.environ)
    installer = ["-q", "--only-binary", ":all:", "--require-hashes", "-r", str(root / INSTALLER_LOCK)]
    if told is not None and _run([*pip, *installer]):
        _say(f"Installing {_count(lock)} packages from {LOCKS[kind]}, each checked against its hash")
        uv = [str(venv / "bin" / "uv"), "pip"]
        aim = ["--python", str(venv / "bin" / "python")]
        if _run([*uv, "sync", *aim, "--require-hashes", lock], told) and _run([*uv, "install", *aim, *project], told):
            return
    _say("uv does not work here; installing with pip, which takes a minute or two")
    if not (_run([*pip, "--require-hashes", "-r", lock]) and _run([*pip, *project])):
        raise SetupFailed(
            "The packages could not be installed, for the reason above: "
            "check the network and pip's configuration (`python3 -m pip config list`) and run this again."
        )


def _compile(root: Path, venv: Path) -> None:
    """Import what the processes import, so that Python keeps the bytecode: compiling all packages takes 10x as long."""
    modules = "app.cli, app.run, app.main, app.worker, app.sandbox, integrations.database"
    command = [str(venv / "bin" / "python"), "-c", f"import {modules}"]
    _say("Compiling what the gateway needs")
    # A mistake in the project is not the set-up's business: the command that follows tells it better.
    subprocess.run(command, cwd=root, check=False, stderr=subprocess.DEVNULL, env=_environment(None))


def uv_settings(pip_configuration: str, environment: Mapping[str, str]) -> dict[str, str] | None:
    """What uv must be told so that it asks where pip is set up to ask (uv does not read pip's configuration).

    Takes the output of `pip config list`; what the user already said to uv wins. None: leave the work to pip.
    """
    options: dict[str, str] = {}
    for line in sorted(pip_configuration.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        with contextlib.suppress(ValueError, SyntaxError):
            options[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    if "no-index" in options:
        return None
    told = {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # pip's way of using several indexes; safe, as hashes are locked
    for option, variable, separator in (
        ("index-url", "UV_DEFAULT_INDEX", " "),
        ("extra-index-url", "UV_INDEX", " "),
        ("find-links", "UV_FIND_LINKS", ","),
        ("trusted-host", "UV_INSECURE_HOST", " "),
        ("cert", "SSL_CERT_FILE", " "),
    ):
        if option in options:
            told[variable] = separator.join(options[option].split())
    return {variable: value for variable, value in told.items() if variable not in environment}


# --- small tools -----------------------------------------------------------------------------------------------


def _pip_configuration(venv: Path) -> str:
    command = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "config", "list"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(None)).stdout


def _run(command: list[str], extra: Mapping[str, str] | None = None) -> bool:
    try:
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=_environment(extra)).returncode == 0
    except OSError:  # a uv that was built for another platform
        return False


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """The caller's environment without what would lead pip or Python out of the virtual environment, or slow it."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PIP_USER": "0", "UV_PYTHON_DOWNLOADS": "never", **(extra or {})}


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two set-ups at once would spoil each other: the second one waits for the first."""
    with Path(__file__).open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _say("Another set-up is at work on this directory; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _count(lock: str) -> int:
    lines = Path(lock).read_text(encoding="utf-8").splitlines()
    return sum("==" in line for line in lines if not line.startswith((" ", "#")))


def _say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")
    sys.stderr.flush()
