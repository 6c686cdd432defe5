"""Reads a pack from disk, for whoever compiles it."""

from __future__ import annotations

from pathlib import Path

from app import limits
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack, compile_pack

FILES_MAX = 500


def read_pack(directory: Path) -> Pack:
    """Compile the pack in a directory; raises `MenuRefused` or, when there is no such directory, `SettingsWrong`."""
    if not directory.is_dir():
        raise SettingsWrong(f"There is no pack in {directory}: set MOHALA_PACK to a directory such as menus/lesotho.")
    paths = sorted(path for path in directory.rglob("*.yaml") if path.is_file())[:FILES_MAX]
    complaints: list[Complaint] = []
    sources = {}
    for path in paths:
        name = path.relative_to(directory).as_posix()
        with path.open("rb") as file:
            data = file.read(limits.pack_file_bytes_max + 1)
        try:
            sources[name] = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            complaints.append(Complaint(name, line, 1, "encoding", "is not UTF-8; save it as UTF-8"))
    if complaints:
        raise MenuRefused(tuple(complaints))
    return compile_pack(sources)
