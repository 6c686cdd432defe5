"""Puts a text in place of a file: whole and on the disk, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from app.errors import FileUnfit

NEW_FILE_MODE = 0o666  # before the umask


def replace_text(path: Path, text: str, mode: int = NEW_FILE_MODE) -> None:
    """Write a text as UTF-8, line ends as they are; raises `FileUnfit`, with the file as it was.

    What was there keeps its permissions and, where we may, its owner; `mode` is for a file that is new. Whoever reads
    meanwhile sees the old file or the new one. The directory must exist.
    """
    before = _checked(path)
    # Beside it, because a rename is atomic only within one file system. No process number in its name, for containers
    # that share a directory may have the same ones.
    draft = path.with_name(f".mohala-{secrets.token_hex(8)}.new")
    try:
        try:
            _write(draft, text.encode(), before, mode)
            draft.replace(path)
            _sync_directory(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unfit(path, error) from None


def check_replaceable(path: Path) -> None:
    """Raise `FileUnfit` for what no text may take the place of: anything but a plain file that may be written, or none.

    For whoever must know before the work is done; `replace_text` checks it again.
    """
    _checked(path)


def _checked(path: Path) -> os.stat_result | None:
    try:
        found = path.lstat()
        writable = os.access(path, os.W_OK) and found.st_mode & 0o222  # the administrator may write everything
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unfit(path, error) from None
    if stat.S_ISLNK(found.st_mode):
        raise FileUnfit(f"{path} is a symbolic link, which would be lost: name the file that it leads to.")
    if stat.S_ISDIR(found.st_mode):
        raise FileUnfit(f"{path} is a directory: name a file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise FileUnfit(f"{path} is a device or a pipe: name a plain file.")
    if not writable:
        raise FileUnfit(f"{path} is read-only: let it be written (`chmod u+w`), or name another file.")
    return found


def _write(draft: Path, data: bytes, before: os.stat_result | None, mode: int) -> None:
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        if before is not None:
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """A rename outlives a power cut only once its directory is on the disk; some network file systems cannot say so."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unfit(path: Path, error: OSError) -> FileUnfit:
    return FileUnfit(f"{path} cannot be written ({error.strerror}): see to its directory, or name another file.")
