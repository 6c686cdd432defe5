"""Reads a pack from disk, for whoever compiles it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app import limits
from app.compiler.pack import compile_pack, examine
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack

FILES_MAX = 500


def read_pack(directory: Path) -> Pack:
    """Compile the pack in a directory; raises `MenuRefused` or, when there is no such directory, `SettingsWrong`."""
    sources, complaints = read_sources(directory)
    if complaints:
        raise MenuRefused(complaints)
    return compile_pack(sources)


def read_named_pack(directory: Path) -> Pack:
    """Like `read_pack`; its complaints name the directory too, for other files may be complained of as well."""
    try:
        return read_pack(directory)
    except MenuRefused as refused:
        raise named_complaints(directory, refused.complaints) from None


def named_complaints(directory: Path, complaints: tuple[Complaint, ...]) -> MenuRefused:
    """The complaints of a pack, their files named from where the command was given."""
    return MenuRefused(tuple(replace(complaint, file=f"{directory}/{complaint.file}") for complaint in complaints))


def examine_pack(directory: Path) -> tuple[Pack | None, tuple[Complaint, ...]]:
    """Everything that is wrong with the pack in a directory, and the pack as far as it could be understood."""
    sources, complaints = read_sources(directory)
    return (None, complaints) if complaints else examine(sources)


def read_sources(directory: Path) -> tuple[dict[str, str], tuple[Complaint, ...]]:
    """Path inside the pack -> text, and a complaint for each file that is no text."""
    if not directory.is_dir():
        raise SettingsWrong(f"There is no pack in {directory}: set MOHALA_PACK to a directory such as menus/lesotho.")
    paths = sorted(path for path in directory.rglob("*.yaml") if path.is_file())
    complaints: list[Complaint] = []
    if len(paths) > FILES_MAX:
        complaints.append(Complaint("pack.yaml", 1, 1, "pack-size", f"has more than {FILES_MAX} files; join some"))
    sources = {}
    for path in paths[:FILES_MAX]:
        name = path.relative_to(directory).as_posix()
        with path.open("rb") as file:
            data = file.read(limits.pack_file_bytes_max + 1)
        try:
            sources[name] = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            complaints.append(Complaint(name, line, 1, "encoding", "is not UTF-8; save it as UTF-8"))
    return sources, tuple(complaints)
