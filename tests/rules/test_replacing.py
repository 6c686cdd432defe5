"""A file of a person's is replaced whole or stays as it was."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.errors import FileUnfit
from app.replacing import check_replaceable, replace_text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.yaml"


def test_a_file_that_is_new_gets_its_text_to_the_byte_and_nothing_stands_beside_it(file: Path) -> None:
    replace_text(file, "Lebitso: Palesa š\r\n")
    assert file.read_bytes() == "Lebitso: Palesa š\r\n".encode()
    assert list(file.parent.iterdir()) == [file]


def test_a_new_file_can_be_for_its_owner_only(file: Path) -> None:
    replace_text(file, "sandbox", mode=0o600)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
def test_what_was_there_keeps_its_permissions(file: Path, mode: int) -> None:
    file.write_text("old")
    file.chmod(mode)
    replace_text(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == mode


def test_whoever_reads_the_old_file_goes_on_reading_it(file: Path) -> None:
    file.write_text("old")
    with file.open() as reading:
        replace_text(file, "new")
        assert reading.read() == "old"


def test_of_many_that_write_at_once_each_writes_a_whole_text_and_the_last_one_stays(file: Path) -> None:
    texts = {str(number) * 100_000 for number in range(8)}
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda text: replace_text(file, text), texts))
    assert file.read_text() in texts
    assert list(file.parent.iterdir()) == [file]


def a_link(file: Path) -> None:
    file.with_name("target").write_text("old")
    file.symlink_to("target")


def a_link_to_nothing(file: Path) -> None:
    file.symlink_to("nowhere")


def a_directory(file: Path) -> None:
    file.mkdir()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_read_only_file(file: Path) -> None:
    file.write_text("old")
    file.chmod(0o444)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (a_link, "is a symbolic link, which would be lost: name the file that it leads to"),
        (a_link_to_nothing, "is a symbolic link"),
        (a_directory, "is a directory: name a file in it"),
        (a_pipe, "is a device or a pipe: name a plain file"),
        (a_read_only_file, "is read-only: let it be written"),
    ],
)
def test_what_is_no_plain_file_is_refused_and_stays(file: Path, make: object, told: str) -> None:
    make(file)  # type: ignore[operator]
    before = {path: (path.lstat().st_mode, path.lstat().st_ino) for path in file.parent.iterdir()}
    for refuse in (check_replaceable, lambda path: replace_text(path, "new")):
        with pytest.raises(FileUnfit, match=told):
            refuse(file)
    assert {path: (path.lstat().st_mode, path.lstat().st_ino) for path in file.parent.iterdir()} == before


@pytest.mark.parametrize("name", ["missing/file", "taken/file", "n" * 300])
def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").write_text("no directory")
    with pytest.raises(FileUnfit, match=r"cannot be written .*: see to its directory, or name another file"):
        replace_text(tmp_path / name, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
