"""The set-up script: from nothing but Python and make, in a copy of the project with an empty home directory."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.story.readme import check_readme

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis", "dist", "build")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "clone", ignore=LEFT_OUT))


@pytest.fixture
def set_up(clone, tmp_path):
    """Runs the clone's set-up with a home directory that is empty before the first run."""
    home = tmp_path / "empty-home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "XDG_", "VIRTUAL_ENV"))}

    def run(kind: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "scripts/setup.py", kind]
        return subprocess.run(
            command, cwd=clone, env={**kept, "HOME": str(home)}, capture_output=True, text=True, timeout=300
        )

    return run


def test_from_nothing_to_a_country_with_make(clone, set_up, country):
    first = set_up("run")
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stderr
    assert (clone / ".venv/bin/mohala").exists()

    started = time.monotonic()
    assert set_up("run").stderr == ""
    assert time.monotonic() - started < 1, "a set-up that has nothing to do is to be quick"

    country.home_of_user = clone.parent / "empty-home"
    country.start(("make", "run", f"PYTHON={sys.executable}"), cwd=clone)
    country.wait_until_told()
    check_readme(country.port, country.sandbox_port)
    os.killpg(country.process.pid, signal.SIGINT)
    country.end()
    assert country.processes() == {}


@pytest.mark.hunt
def test_what_an_interruption_left_is_mended_and_tests_need_no_other_environment(clone, set_up):
    assert set_up("run").returncode == 0
    # No stamp, and a package that is only half there.
    (clone / ".venv/mohala-setup.json").unlink()
    shutil.rmtree(next((clone / ".venv/lib").glob("python*/site-packages/fastapi")))
    repaired = set_up("run")
    assert repaired.returncode == 0, repaired.stderr
    subprocess.run([clone / ".venv/bin/mohala", "--version"], check=True, capture_output=True)
    subprocess.run([clone / ".venv/bin/python", "-c", "import fastapi"], check=True)

    upgraded = set_up("dev")
    assert upgraded.returncode == 0, upgraded.stderr
    assert (clone / ".venv/bin/pytest").exists()
    assert set_up("run").stderr == "", "an environment for tests serves `make run` too"


def test_clean_keeps_what_is_stored(clone):
    for directory in ("var", ".venv", ".pytest_cache", "app/__pycache__", "var/__pycache__"):
        (clone / directory).mkdir()
    (clone / "var/mohala.db").write_text("kept", "utf-8")
    subprocess.run(["make", "clean"], cwd=clone, check=True, capture_output=True)
    assert (clone / "var/mohala.db").read_text("utf-8") == "kept"
    assert not any((clone / gone).exists() for gone in (".venv", ".pytest_cache", "app/__pycache__"))


def test_a_python_that_is_too_old_is_told_so_in_one_sentence(script):
    sentence = script("setup").complaint((3, 10, 13))
    assert sentence.startswith("Mohala needs Python 3.11 or newer, and this is Python 3.10.13: ")
    assert sentence.count("\n") == 0


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_a_python_that_is_new_enough_is_not_complained_about(script, version):
    assert script("setup").complaint(version) is None


def test_the_entry_of_the_set_up_can_be_parsed_by_an_old_python():
    tree = ast.parse((ROOT / "scripts/setup.py").read_text("utf-8"))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef, ast.Nonlocal)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, modern)] == []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert all(function.returns is None for function in functions)
    assert all(argument.annotation is None for function in functions for argument in function.args.args)


def test_a_python_without_venv_is_told_what_to_install(script, tmp_path, monkeypatch):
    environment = script("environment")
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as where the distribution left it out
    with pytest.raises(environment.SetupFailed, match="python3-venv"):
        environment._make_venv(tmp_path / ".venv")


def test_uv_asks_where_pip_is_set_up_to_ask(script):
    listed = "\n".join(
        (
            ":env:.cert='/corporate/roots.pem'",
            "global.cert='/older/roots.pem'",
            "global.index-url='https://mirror.example/simple'",
            "global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'",
            "install.find-links='/wheels /more-wheels'",
            "global.trusted-host='mirror.example'",
            "global.timeout='60'",
        )
    )
    assert script("environment").uv_settings(listed, {"UV_DEFAULT_INDEX": "mine"}) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/wheels,/more-wheels",
        "UV_INSECURE_HOST": "mirror.example",
        "SSL_CERT_FILE": "/corporate/roots.pem",
    }


def test_a_pip_that_may_ask_no_index_keeps_the_work(script):
    assert script("environment").uv_settings("global.no-index='true'", {}) is None


@pytest.mark.parametrize("change", ["requirements.lock", "pyproject.toml", "requirements-uv.lock"])
def test_an_environment_is_current_until_what_it_was_made_from_changes(script, clone, change):
    environment = script("environment")
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    (clone / ".venv/mohala-setup.json").write_text(json.dumps(environment._stamp(clone, "run")), "utf-8")
    assert environment._current(clone, "run")
    assert not environment._current(clone, "dev")
    with (clone / change).open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    assert not environment._current(clone, "run")


def test_an_environment_that_was_moved_is_made_afresh(script, clone):
    environment = script("environment")
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    (clone / ".venv/mohala-setup.json").write_text(json.dumps(environment._stamp(clone, "run")), "utf-8")
    moved = clone.rename(clone.with_name("moved"))
    assert not environment._reusable(moved)
