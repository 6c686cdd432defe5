"""Where every process begins: the lasting ones at once, the others by way of the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from app import lasting
from app.errors import MohalaError
from app.printable import printable
from app.settings import Settings


def main() -> None:
    """Run the words of this process; an error that Mohala raised on purpose is one sentence and exit status 1."""
    try:
        _begun_by(sys.argv[1:])()
    except MohalaError as error:
        sys.stderr.write(f"mohala: {printable(str(error))}\n")
        sys.exit(1)


def _begun_by(words: list[str]) -> Callable[[], object]:
    match words:
        case ["serve"]:
            return lambda: lasting.serve(Settings.load())
        case ["serve-one", descriptor, place, count, sockets]:
            return lambda: lasting.serve_one(int(descriptor), int(place), int(count), Path(sockets))
        case ["worker"]:
            return lasting.work
        case _:
            from app.cli import cli

            return cli


if __name__ == "__main__":
    main()
