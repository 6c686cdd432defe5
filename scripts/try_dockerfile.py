"""Carries out the Dockerfile's own steps in clean Debian roots, for machines without a container engine; needs root.

Usage: try_dockerfile.py [WORK_DIRECTORY]. Needs `debootstrap` and Linux. What stands in for what:
the base image is a minimal Debian with Python 3.11; RUN is `chroot` in namespaces of its own; the last stage is started
with a read-only root as the image's user, and the HEALTHCHECK's command decides whether it lives.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASES = {
    "python:3.11-slim": ("bookworm", "python3.11,python3.11-dev,python3.11-venv,python3-distutils,ca-certificates")
}
HEALTHY_SECONDS = 60.0
# How this machine reaches its package index and proves who that is; a build takes it from the engine's machine too.
CARRIED = re.compile(r"(PIP_|UV_|SSL_CERT_|REQUESTS_CA_)\w+|(https?|no)_proxy", re.IGNORECASE)


@dataclass
class Stage:
    """One FROM: its root directory and what its instructions have set so far."""

    root: Path
    directory: str = "/"
    user: str = "0:0"
    environment: dict[str, str] = field(default_factory=dict)
    health: list[str] = field(default_factory=list)
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("try_dockerfile needs root and debootstrap (`apt install debootstrap`).")
        return 1
    work = Path(arguments[0] if arguments else "/var/tmp/mohala-image")
    work.mkdir(parents=True, exist_ok=True)
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        print(f"--- {word} {rest}", flush=True)
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stage = stages[name or "last"] = Stage(_stage_root(work, image, name or "last"))
        else:
            assert stage is not None, "the Dockerfile does not begin with FROM"
            _carry_out(stage, stages, word, rest)
    assert stage is not None
    return _try_out(stage)


def instructions(text: str) -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest) with comments dropped and continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines()
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1]) for line in joined]


def _carry_out(stage: Stage, stages: dict[str, Stage], word: str, rest: str) -> None:
    match word:
        case "WORKDIR":
            stage.directory = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "ENV":
            stage.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
        case "USER":
            stage.user = rest
        case "VOLUME":
            stage.volumes.append(rest)
        case "COPY":
            _copy(stage, stages, shlex.split(rest))
        case "RUN":
            _inside(stage, ["/bin/sh", "-c", rest], check=True)
        case "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        case "ENTRYPOINT":
            stage.entry = json.loads(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case "EXPOSE":
            pass
        case _:
            raise SystemExit(f"try_dockerfile does not know {word}: teach it.")


# --- roots -----------------------------------------------------------------------------------------------------


def _stage_root(work: Path, image: str, name: str) -> Path:
    root = work / name
    shutil.rmtree(root, ignore_errors=True)
    # Not shutil.copytree: it reads device files such as /dev/zero, which have no end.
    subprocess.run(["cp", "--archive", str(_base(work, image)), str(root)], check=True)
    return root


def _base(work: Path, image: str) -> Path:
    """A minimal Debian with Python, made once; `python` stands where the official image has it."""
    suite, packages = BASES[image]
    base = work / f"base-{suite}"
    done = base / "made"
    if not done.exists():
        shutil.rmtree(base, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", suite, str(base), _mirror(suite)]
        subprocess.run(command, check=True)
        for name in ("python", "python3"):
            (base / "usr/local/bin" / name).symlink_to("/usr/bin/python3.11")
        done.touch()
    for file in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"):
        shutil.copyfile(file, base / file.lstrip("/"))
    return base


def _mirror(suite: str) -> str:
    """The mirror that this machine's apt uses."""
    command = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in listed:
        codename, uri = line.split(None, 1)
        if codename == suite:
            return uri
    raise SystemExit(f"apt on this machine has no sources for {suite}, so there is no mirror to make a root from.")


def _copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    source_root = ROOT
    if words[0].startswith("--from="):
        source_root = stages[words.pop(0).partition("=")[2]].root
    *sources, target = words
    to = stage.root / stage.directory.lstrip("/") / target
    for source in sources:
        path = source_root / source.lstrip("/")
        if source_root == ROOT and not _in_context(source):
            raise SystemExit(f"COPY {source}: .dockerignore keeps it out of the build.")
        if path.is_dir():
            shutil.copytree(path, to, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to)


def _in_context(path: str) -> bool:
    """Whether .dockerignore lets this path of the project through; the last rule that fits decides."""
    kept = True
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n"):
        if rule and not rule.startswith("#") and fnmatch.fnmatch(path, rule.lstrip("!")):
            kept = rule.startswith("!")
    return kept


# --- running ---------------------------------------------------------------------------------------------------


def _chroot(stage: Stage, command: list[str], before: str = "") -> list[str]:
    """A command in the stage's root, in mount and process namespaces of its own, so that nothing outlives it."""
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", **stage.environment}
    user, _, group = stage.user.partition(":")
    inside = f"cd {shlex.quote(stage.directory)} && exec {shlex.join(command)}"
    enter = ["chroot", str(stage.root), "env", "-i", *(f"{name}={value}" for name, value in variables.items())]
    enter += ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "/bin/sh", "-c", inside]
    root = shlex.quote(str(stage.root))
    # The shell stays the namespace's first process: `setpriv` would lose the signal that comes when `unshare` dies.
    script = f"mount --bind {root} {root} && mount -t proc proc {root}/proc && {before} {shlex.join(enter)}; exit $?"
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]


def _inside(stage: Stage, command: list[str], *, check: bool) -> int:
    carried = {
        name: value for name, value in os.environ.items() if CARRIED.fullmatch(name) and "FIND_LINKS" not in name
    }
    builder = Stage(stage.root, stage.directory, stage.user, {**carried, **stage.environment})
    return subprocess.run(_chroot(builder, command), check=check, stdin=subprocess.DEVNULL).returncode


def _try_out(stage: Stage) -> int:
    """`mohala --help`, then a whole country (`mohala run`) with a read-only root until the health check passes."""
    if _inside(stage, [*stage.entry, "--help"], check=False) != 0:
        print("FAILED: the entry point does not answer --help.")
        return 1
    root = shlex.quote(str(stage.root))
    user, _, group = stage.user.partition(":")
    writable = "".join(
        f"mount -t tmpfs -o mode=0700,uid={user},gid={group} tmpfs {root}{volume} && " for volume in stage.volumes
    )
    before = f"{writable} mount -t tmpfs tmpfs {root}/tmp && mount -o remount,bind,ro {root} &&"
    stage.environment |= {"MOHALA_PORT": _free_port(), "MOHALA_SANDBOX_PORT": _free_port()}
    stage.environment["MOHALA_HOST"] = "127.0.0.1"  # `run` opens itself to nobody else
    assert not _healthy(stage), "something else answers the health check"
    country = subprocess.Popen(_chroot(stage, [*stage.entry, "run"], before), stdin=subprocess.DEVNULL)
    try:
        if not _until_healthy(stage, country):
            print("FAILED: the health check never passed.")
            return 1
    finally:
        country.kill()
        country.wait()
    print(f"Not run: the default command {stage.command} alone, image layers, an engine's own HEALTHCHECK timing.")
    return 0


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _healthy(stage: Stage) -> bool:
    probe = subprocess.run(_chroot(stage, stage.health), check=False, stderr=subprocess.DEVNULL)
    return probe.returncode == 0


def _until_healthy(stage: Stage, country: subprocess.Popen[bytes]) -> bool:
    started = time.monotonic()
    while time.monotonic() - started < HEALTHY_SECONDS and country.poll() is None:
        if _healthy(stage):
            print(f"HEALTHY after {time.monotonic() - started:.1f} s as {stage.user} on a read-only root.")
            return True
        time.sleep(0.5)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
