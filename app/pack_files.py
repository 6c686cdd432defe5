"""Reads a pack from disk, for whoever compiles it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from itertools import islice
from pathlib import Path

from app import limits
from app.compiler.baselines import BASELINES_FILE
from app.compiler.pack import compile_pack, examine
from app.compiler.places import SHEET_SUFFIX
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack

CSV_FILES = (BASELINES_FILE,)
"""Tables that a pack may have beside its YAML files, at its top."""
FILES_MAX = 500
ENTRIES_MAX = 10_000
"""Looked at in search of them; more: it is no directory of a pack."""


def read_pack(directory: Path) -> Pack:
    """Compile the pack in a directory; raises `MenuRefused` or, when there is no such directory, `SettingsWrong`."""
    sources, complaints = read_sources(directory)
    if complaints:
        raise MenuRefused(examine(sources, complaints)[1])
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
    return examine(sources, complaints)


def read_sources(directory: Path) -> tuple[dict[str, str], tuple[Complaint, ...]]:
    """Path inside the pack -> text, and a complaint for each file that is no text."""
    if not os.path.isdir(directory):  # noqa: PTH112  # `Path.is_dir` raises for a name that is too long
        raise SettingsWrong(
            f"There is no pack in {_shown(directory)}: name the directory of a country, or set MOHALA_PACK."
        )
    complaints: list[Complaint] = []
    names = _find(directory, complaints)
    if len(names) > FILES_MAX:
        complaints.append(Complaint("pack.yaml", 1, 1, "pack-size", f"has more than {FILES_MAX} files; join some"))
    sources, size = {}, 0
    for name in sorted(names)[:FILES_MAX]:
        data = _read(directory, name, complaints)
        if data is None:
            continue
        try:
            sources[name] = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line, told = data.count(b"\n", 0, error.start) + 1, "is not UTF-8; save it as UTF-8"
            if name.endswith(SHEET_SUFFIX):
                told += ", or read it in with `mohala points import`"
            complaints.append(Complaint(name, line, 1, "encoding", told))
        size += len(data)
        if size > limits.pack_bytes_max:
            break  # the compiler says so
    return sources, tuple(complaints)


def _find(directory: Path, complaints: list[Complaint]) -> list[str]:
    """The files of a pack, named from its directory. No link is followed to another directory, so the walk ends."""
    names: list[str] = []
    waiting, entries = [""], 0
    while waiting and entries <= ENTRIES_MAX:
        inside = waiting.pop()
        try:
            found = list(islice(os.scandir(directory / inside), ENTRIES_MAX))
        except OSError as error:
            complaints.append(_wrong(inside or ".", f"cannot be read ({error.strerror}); let it be read or remove it"))
            continue
        entries += len(found)
        for entry in found:
            name = f"{inside}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif entry.name.endswith((".yaml", SHEET_SUFFIX)) and not _is_unreadable_name(name, complaints):
                names.append(name)
            elif entry.name.endswith(".yml"):
                complaints.append(_wrong(name, "is not read, for files of a pack end in .yaml; rename or remove it"))
            elif entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112  # as above
                complaints.append(_wrong(name, "is a link to a directory; put the files themselves here"))
    if entries > ENTRIES_MAX:
        told = f"has more than {ENTRIES_MAX} files and directories beside it; name the pack's own directory"
        complaints.append(Complaint("pack.yaml", 1, 1, "pack-size", told))
    return names


def _is_unreadable_name(name: str, complaints: list[Complaint]) -> bool:
    """A name that is not UTF-8 could neither be hashed nor kept."""
    if _shown(name) == name:
        return False
    complaints.append(Complaint(_shown(name), 1, 1, "encoding", "has a name that is not UTF-8; give it another name"))
    return True


def _read(directory: Path, name: str, complaints: list[Complaint]) -> bytes | None:
    """No more of a file than shows that it is too long; None for what is no plain file of the pack."""
    try:
        path = os.path.realpath(directory / name, strict=True)
        if not Path(path).is_relative_to(os.path.realpath(directory)):
            complaints.append(_wrong(name, "is a link that leads out of the pack; put the file itself here"))
            return None
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # opening a device may already do something
            complaints.append(_wrong(name, "is no plain file; put a plain file here"))
            return None
        # Not blocking: if a pipe has taken its place since, nobody waits for whoever would write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(limits.pack_file_bytes_max + 1)
    except OSError as error:
        complaints.append(_wrong(name, f"cannot be read ({error.strerror}); let it be read or remove it"))
        return None


def _wrong(name: str, told: str) -> Complaint:
    return Complaint(_shown(name), 1, 1, "file-kind", told)


def _shown(name: Path | str) -> str:
    """A path as text that can be printed, whatever its bytes are."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
