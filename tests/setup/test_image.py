"""The Dockerfile as text; `scripts/try_dockerfile.py` carries its steps out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def steps(script):
    return script("try_dockerfile").instructions((ROOT / "Dockerfile").read_text("utf-8"))


def test_everything_that_is_copied_exists_and_is_let_into_the_build(script, steps):
    copied = [shlex.split(rest)[:-1] for word, rest in steps if word == "COPY" and "--from" not in rest]
    sources = [source for words in copied for source in words]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if not script("try_dockerfile")._in_context(source)] == []


def test_nothing_private_is_let_into_the_build(script):
    private = ("var", ".venv", ".git", "tests", ".env")
    assert [path for path in private if script("try_dockerfile")._in_context(path)] == []


def test_every_package_is_installed_by_its_hash(steps):
    installs = [
        part
        for word, rest in steps
        if word == "RUN"
        for part in rest.split("&&")
        if re.search(r"pip (install|sync)", part)
    ]
    assert len(installs) == 4
    assert all("--require-hashes" in part or "--no-deps" in part for part in installs)


def test_it_runs_as_a_numbered_user_without_rights(steps):
    assert ("USER", "10001:10001") in steps
    assert [word for word, _ in steps].index("USER") < [word for word, _ in steps].index("ENTRYPOINT")
