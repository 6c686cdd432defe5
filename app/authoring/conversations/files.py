"""Finds files of conversations and reads each in the format that it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from app import limits
from app.authoring.conversations.dialoguss import is_dialoguss, read_dialoguss
from app.authoring.conversations.model import Conversation
from app.authoring.conversations.reader import read_conversations
from app.authoring.conversations.source import Complain, read_yaml
from app.errors import Complaint, MenuRefused, SettingsWrong

DEFAULT_DIRECTORY = Path("tests/conversations")


def read_files(paths: Iterable[Path]) -> tuple[Conversation, ...]:
    """The conversations in files and directories; raises `MenuRefused` with every complaint about all of them."""
    complaints: list[Complaint] = []
    conversations: list[Conversation] = []
    for path in _files(paths):
        read = read_file(path, complaints.append)
        seen: set[str] = set()
        for conversation in read:
            if conversation.name in seen:
                place = conversation.place
                told = f"`{conversation.name}` stands here twice; rename one"
                complaints.append(Complaint(place.file, place.line, place.column, "duplicate-name", told))
            seen.add(conversation.name)
        conversations += read
    if complaints:
        raise MenuRefused(tuple(sorted(set(complaints))))
    return tuple(conversations)


def read_file(path: Path, complain: Complain) -> tuple[Conversation, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(limits.pack_file_bytes_max + 1)
    except OSError as error:
        complain(Complaint(str(path), 1, 1, "file-kind", f"cannot be read ({error.strerror}); let it be read"))
        return ()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        complain(Complaint(str(path), line, 1, "encoding", "is not UTF-8; save it as UTF-8"))
        return ()
    root = read_yaml(str(path), text, complain)
    if root is None:
        return ()
    return read_dialoguss(root, complain) if is_dialoguss(root) else read_conversations(root, complain)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml") and file.is_file())
        elif path.is_file():
            yield path
        else:
            raise SettingsWrong(f"There are no conversations in {path}: name a file or a directory of them.")
