"""Makes machine code of the modules that every callback goes through.

Run `python scripts/compile.py [--trained] [DIRECTORY]`.

DIRECTORY (`var/compiled`) then holds `app`, `sessions` and `integrations` as they are here, and beside each module
that is named below the same one compiled by mypyc, which Python takes first. Nothing of the project itself is touched:
whoever wants the machine code puts the directory before the project on PYTHONPATH, with PYTHONSAFEPATH=1, or builds the
image, which holds it. Needs a C compiler and the header files of Python. What is up to date is left as it is.

`--trained`, as the image is made, compiles twice: the first machine code counts what it goes through while a gateway
serves some thousand callbacks (`scripts/train.py`), and the second has what comes often close together, all modules as
one, which takes a tenth off the CPU of a callback. Needs GCC, and what a gateway needs to run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "sessions", "integrations")
COMPILED = (
    "app/alarms.py",
    "app/at_once.py",
    "app/bounded.py",
    "app/crowd.py",
    "app/doorstep.py",
    "app/editions.py",
    "app/engine/agreeing.py",
    "app/engine/branching.py",
    "app/engine/moves.py",
    "app/engine/pages.py",
    "app/engine/program.py",
    "app/engine/rendering.py",
    "app/engine/resuming.py",
    "app/engine/showing.py",
    "app/engine/step.py",
    "app/falls.py",
    "app/gateway.py",
    "app/hearing.py",
    "app/kept.py",
    "app/keys.py",
    "app/leases.py",
    "app/logs.py",
    "app/measures.py",
    "app/messages/hop.py",
    "app/messages/wire.py",
    "app/openings.py",
    "app/outage.py",
    "app/overview.py",
    "app/short_way.py",
    "app/taken.py",
    "app/telling.py",
    "app/turn.py",
    "app/values/days.py",
    "app/values/inputs.py",
    "app/walked.py",
    "app/web/callbacks.py",
    "app/web/cycle.py",
    "app/web/heads.py",
    "integrations/aggregators/africastalking.py",
    "integrations/aggregators/forms.py",
    "integrations/aggregators/hops.py",
    "sessions/codec.py",
    "sessions/connection.py",
    "sessions/packing.py",
    "sessions/recent.py",
    "sessions/redis_store.py",
    "sessions/telling.py",
    "sessions/wire.py",
)
"""What a turn spends its time in. No module that makes Structs is among them: mypyc passes over the words of their
class lines, so that they would be neither frozen nor packed as lists. Nor is one whose classes others go on from, as
`mohala test` does from `Dialogues`. None waits in an `except`, a `finally` or an `async with`
(`tests/setup/test_compile.py`).
"""
DIRECTLY = ("-fvisibility=hidden", *(["-fno-plt"] if sys.platform == "linux" else []))
"""Calls between the modules go where they lead and not by a table that others might change: a twentieth of a turn."""
COUNTING = ("-fprofile-generate", "-fprofile-update=atomic", "-flto=auto")
# One warning would be of every function that nothing went through.
BY_COUNTS = ("-fprofile-use", "-fprofile-correction", "-flto=auto", "-w")
QUICK = ROOT / "scripts" / "quick.h"
"""Fields, methods and names that are looked for once at each place: a sixth of a turn's instructions."""
STAMP = "compiled.sha256"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?", default=ROOT / "var" / "compiled")
    parser.add_argument("--trained", action="store_true")
    given = parser.parse_args(arguments)
    target = given.directory.resolve()
    stamp = _stamp(is_trained=given.trained)
    if (target / STAMP).is_file() and (target / STAMP).read_text(encoding="ascii") == stamp:
        print(f"{target} is up to date.")
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="compiling-") as directory:
        fresh = Path(directory) / "tree"
        for package in PACKAGES:
            shutil.copytree(ROOT / package, fresh / package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        shutil.copy(ROOT / "pyproject.toml", Path(directory) / "mypy.toml")
        built = _build_trained if given.trained else build
        complaint = built(fresh, Path(directory) / "mypy.toml")
        if complaint:
            print(complaint, file=sys.stderr)
            return 1
        shutil.rmtree(fresh / "build", ignore_errors=True)
        (fresh / STAMP).write_text(stamp, encoding="ascii")
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
    print(f"{len(COMPILED)} modules are machine code in {target}; to run it: "
          f"PYTHONSAFEPATH=1 PYTHONPATH={target} mohala serve")  # fmt: skip
    return 0


def _build_trained(tree: Path, settings: Path) -> str:
    """As `build`, by what a first build has counted."""
    complaint = build(tree, settings, COUNTING)
    if complaint:
        return complaint
    trained = subprocess.run([sys.executable, str(ROOT / "scripts" / "train.py"), str(tree)])
    if trained.returncode:
        return "The gateway could not be trained."
    if not list((tree / "build").rglob("*.gcda")):
        return "Nothing was counted: training needs GCC."
    for made in [*tree.rglob("*.so"), *(tree / "build").rglob("*.o")]:
        made.unlink()
    return build(tree, settings, BY_COUNTS)


def build(tree: Path, settings: Path, flags: tuple[str, ...] = (), modules: tuple[str, ...] = COMPILED) -> str:
    """Build these modules of a tree in place; what went wrong, in words, or nothing.

    A warning is a fault: mypyc does something else there.
    """
    names = [str(QUICK), str(settings), *modules]
    program = (
        "import sys; from pathlib import Path; from setuptools import setup; from mypyc.build import mypycify; "
        "from mypyc.ir.ops import ERR_MAGIC; from mypyc.ir.rtypes import object_rprimitive as one; "
        "from mypyc.primitives.registry import function_op; "
        # `getattr` may look for another name each time, and a place knows by one only.
        "function_op('builtins.getattr', [one, one], one, 'PyObject_GetAttr', ERR_MAGIC, priority=2); "
        "quick, *names = sys.argv[1:]; sys.argv[1:] = ['--quiet', 'build_ext', '--inplace']; "
        "made = mypycify(['--config-file', *names], opt_level='3', debug_level='0', multi_file=True); "
        "[header] = Path('build').glob('__native_internal*.h'); "  # what all that was emitted includes, and no other
        "header.write_text(header.read_text('utf-8') + Path(quick).read_text('utf-8'), 'utf-8'); "
        "setup(name='mohala-compiled', packages=[], py_modules=[], ext_modules=made)"
    )
    safely = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    safely["CFLAGS"] = " ".join((os.environ.get("CFLAGS", ""), *DIRECTLY, *flags))
    safely["LDFLAGS"] = " ".join((os.environ.get("LDFLAGS", ""), *flags))
    done = subprocess.run([sys.executable, "-c", program, *names], cwd=tree, env=safely,
                          capture_output=True, text=True)  # fmt: skip
    told = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    # Without make the linker warns that it does one thing after the other.
    heard = [line for line in told if not line.startswith("lto-wrapper: warning: ")]
    warnings = [line for line in heard if ": warning: " in line or ": error: " in line]
    if warnings:
        return "\n".join(["mypyc would not keep the meaning of:", *warnings])
    if done.returncode:
        return "\n".join(["Compiling failed; it needs a C compiler and Python's header files:", *told[-20:]])
    missing = [module for module in modules if not list((tree / module).parent.glob(f"{Path(module).stem}.*.so"))]
    return f"Nothing came of {', '.join(missing)}." if missing else ""


def _stamp(*, is_trained: bool) -> str:
    """Of all that the machine code depends on."""
    digest = hashlib.sha256(f"{sys.version} {version('mypy')} {is_trained}".encode())
    for script in (Path(__file__), QUICK, ROOT / "scripts" / "train.py"):
        digest.update(script.read_bytes())
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
