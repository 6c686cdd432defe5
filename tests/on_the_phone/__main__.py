"""Every task of the shipped menus on the browser's phone, with a wrong key, a line that falls and a late office.

Usage: python -m tests.on_the_phone [--task NAME] [--seed N] [--write]    five minutes; `--write` writes docs/tried.md
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.on_the_phone.land import new_country
from tests.on_the_phone.outing import go_out
from tests.on_the_phone.page import PAGE, PICTURES, page
from tests.on_the_phone.texting import TEXTS
from tests.on_the_phone.told import Told
from tests.on_the_phone.walks import walks


def main() -> int:
    reader = argparse.ArgumentParser(prog="python -m tests.on_the_phone", description=__doc__)
    reader.add_argument("--task", default="", help="only tasks whose name holds these letters")
    reader.add_argument("--seed", type=int, default=0, help="where lines fall and which menus get a wrong key")
    reader.add_argument("--write", action="store_true", help="write docs/tried.md")
    asked = reader.parse_args()
    if asked.write and asked.task:
        reader.error("the page is of all tasks: leave `--task` out")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine (Debian: apt install chromium).")
    chosen = [one for one in (*walks(), *TEXTS) if asked.task.lower() in one.task.lower()]
    pictures = PICTURES if asked.write else None
    with tempfile.TemporaryDirectory() as home:
        country = new_country(Path(home) / "home")
        country.start()
        try:
            results = asyncio.run(go_out(chosen, country, chromium, asked.seed, pictures))
        finally:
            country.stop()
    told = [one for one in results if isinstance(one, Told)]
    failed = [one.task for one, result in zip(chosen, results, strict=True) if not isinstance(result, Told)]
    print("\n  ".join([f"{len(told)} of {len(results)} tasks came to their end.", *failed]))
    if asked.write and not failed:
        names = sorted(path.name for path in PICTURES.glob("tried-*.png"))
        PAGE.write_text(page(told, asked.seed, date.today().isoformat(), names), "utf-8")  # noqa: DTZ011  # the reader's
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
