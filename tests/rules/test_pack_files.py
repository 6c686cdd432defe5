"""Whatever lies in a pack's directory is read or complained of; nothing is waited for, and nothing outside is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import MenuRefused, SettingsWrong
from app.pack_files import ENTRIES_MAX, read_pack, read_sources

BASE = Path(__file__).resolve().parents[1] / "broken_menus" / "base"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path / "pack")
    return tmp_path / "pack"


def told(pack: Path) -> list[str]:
    with pytest.raises(MenuRefused) as refused:
        read_pack(pack)
    return [str(complaint) for complaint in refused.value.complaints]


def a_link_out_of_the_pack(path: Path) -> None:
    path.parents[1].joinpath("secret").write_text("start: here\n")
    path.symlink_to("../secret")


def a_link_out_through_the_root(path: Path) -> None:
    path.symlink_to(path.parents[1] / "elsewhere" / ".." / "secret.yaml")


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing.yaml")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_to_a_directory_inside(path: Path) -> None:
    path.symlink_to("languages")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_link_out_of_the_pack, "is a link that leads out of the pack; put the file itself here"),
        (a_device, "is a link that leads out of the pack"),
        (a_link_out_through_the_root, "cannot be read (No such file or directory)"),
        (a_link_to_nothing, "cannot be read (No such file or directory)"),
        (a_link_to_itself, "cannot be read (Too many levels of symbolic links)"),
        (a_pipe, "is no plain file; put a plain file here"),
        (a_link_to_a_directory_inside, "is no plain file"),
    ],
)
def test_what_is_no_plain_file_of_the_pack_is_a_complaint(pack: Path, make: Callable[[Path], None], said: str) -> None:
    make(pack / "more.yaml")
    (complaint,) = told(pack)
    assert complaint.startswith(f"more.yaml:1:1: file-kind: {said}")


def test_what_is_wrong_elsewhere_is_told_too(pack: Path) -> None:
    (pack / "where.yaml").write_bytes(b"start: caf\xe9\n")
    (pack / "main.yaml").write_text((pack / "main.yaml").read_text("utf-8").replace("shortest: 4", "shortest: four"))
    assert [one.split(": ")[1] for one in told(pack)] == ["wrong-shape", "encoding"]


def test_a_file_with_the_other_ending_is_not_passed_over_in_silence(pack: Path) -> None:
    (pack / "extra.yml").write_text("start: here\n")
    (complaint,) = told(pack)
    assert complaint == ("extra.yml:1:1: file-kind: is not read, for files of a pack end in .yaml; rename or remove it")


def test_a_link_inside_the_pack_is_read(pack: Path) -> None:
    (pack / "main.yaml").rename(pack / "main.text")
    (pack / "main.yaml").symlink_to("main.text")
    assert "main/start" in read_pack(pack).program.screens


def test_the_pack_itself_may_be_a_link(pack: Path) -> None:
    pack.with_name("link").symlink_to("pack")
    assert "main/start" in read_pack(pack.with_name("link")).program.screens


def test_a_link_to_a_directory_is_not_followed(pack: Path) -> None:
    (pack / "around").symlink_to(".")
    assert told(pack) == ["around:1:1: file-kind: is a link to a directory; put the files themselves here"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
@pytest.mark.parametrize("name", ["main.yaml", "languages"])
def test_what_may_not_be_read_is_a_complaint(pack: Path, name: str) -> None:
    (pack / name).chmod(0)
    try:
        assert "file-kind: cannot be read (Permission denied)" in told(pack)[0]
    finally:
        (pack / name).chmod(0o700)


def test_a_name_that_is_not_utf_8_is_a_complaint_that_can_be_printed(pack: Path) -> None:
    Path(os.fsdecode(os.fsencode(pack) + b"/caf\xe9.yaml")).write_text("start: here\n")
    assert told(pack) == ["caf\\xe9.yaml:1:1: encoding: has a name that is not UTF-8; give it another name"]


def test_a_directory_that_is_no_pack_is_not_searched_for_ever(pack: Path) -> None:
    (pack / "notes").mkdir()
    for number in range(ENTRIES_MAX):
        os.mknod(pack / "notes" / str(number))
    (complaint,) = told(pack)
    assert "pack-size: has more than 10000 files and directories" in complaint


def test_directories_in_one_another_are_found_however_deep(pack: Path) -> None:
    inner = pack
    for _ in range(500):
        inner = inner / "d"
    inner.mkdir(parents=True)
    (inner / "x.yaml").write_text("start: here\n")
    assert "d/" * 500 + "x.yaml" in read_sources(pack)[0]


@pytest.mark.parametrize("name", ["missing", "n" * 5_000, "\udce9"])
def test_a_directory_that_is_none_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsWrong, match=r"There is no pack in .*: name the directory") as wrong:
        read_pack(tmp_path / name)
    str(wrong.value).encode()
