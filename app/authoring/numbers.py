"""Keeps the option numbers of a pack in its `published.yaml`."""

from __future__ import annotations

from pathlib import Path

from app.compiler.pack import compile_pack
from app.compiler.programs import NUMBERS_FILE
from app.compiler.published import kept_numbers, numbers_file, published_numbers
from app.errors import MenuRefused
from app.pack_files import read_sources
from app.replacing import replace_text


def keep_numbers(directory: Path) -> str:
    """Add the numbers of the pack in a directory to those kept before; says what was written.

    Raises `MenuRefused` if the pack does not compile, so also when a kept number would mean something else, and
    `FileUnfit`.
    """
    sources, complaints = read_sources(directory)
    if complaints:
        raise MenuRefused(complaints)
    program = compile_pack(sources).program
    numbers = published_numbers(program, kept_numbers(sources.get(NUMBERS_FILE)))
    path = directory / NUMBERS_FILE
    replace_text(path, numbers_file(numbers))
    return f"{path}: {sum(map(len, numbers.values()))} numbers of {len(numbers)} screens are kept for ever."
