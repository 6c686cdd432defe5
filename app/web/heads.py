"""Heads of callbacks, and those that were read before: the same bytes mean the same again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from app import limits
from app.bounded import shorten

Header: TypeAlias = tuple[bytes, bytes]
_END: Final = b"\r\n\r\n"


class Headers(Mapping[str, str]):
    """Names in lower case, as ASGI has them; read when somebody asks, for hardly anybody asks for more than one."""

    __slots__ = ("_read", "pairs")

    def __init__(self, pairs: list[Header]) -> None:
        self.pairs = pairs
        self._read: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        value = self._find(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        value = self._find(name)
        return default if value is None else value

    def _find(self, name: str) -> str | None:
        value = self._read.get(name)
        if value is None:
            sought = name.encode("latin-1")
            for known, told in self.pairs:
                if known == sought:
                    value = self._read[name] = told.decode("latin-1")  # of several the last one counts
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([name.decode("latin-1") for name, _ in self.pairs]))

    def __len__(self) -> int:
        return len({name for name, _ in self.pairs})


class Head:
    """What a parser made of all that stands before a body of `length` bytes."""

    __slots__ = ("headers", "length", "path", "query", "size")

    def __init__(self, size: int, path: str, headers: Headers, query: bytes, length: int) -> None:
        self.size = size
        self.path = path
        self.headers = headers
        self.query = query
        self.length = length


class Heads:
    """The latest heads, at most `heads_known_max`: an aggregator sends few, which differ in the length of the body.

    Nothing is parsed here. A request is known if all its bytes before the body are those of one that a parser has read
    as an ordinary one with so long a body, and if it is all that has come.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}

    def of(self, data: bytes) -> Head | None:
        """The head of the one request that `data` is; None: it has to be parsed."""
        size = data.find(_END) + len(_END)
        head = self._known.get(data[:size])
        return None if head is None or len(data) != size + head.length else head

    def learn(self, data: bytes, path: str, headers: Headers, query: bytes, body: bytes) -> None:
        """`data` is what was parsed; anything else than one whole request with a length is passed over."""
        size = data.find(_END) + len(_END)
        if (
            size > limits.head_known_bytes_max
            or len(data) != size + len(body)
            or not _says_its_length(headers, len(body))
        ):
            return
        self._known[data[:size]] = Head(size, path, headers, query, len(body))
        shorten(self._known, limits.heads_known_max, spare=limits.heads_known_max // 10)


def _says_its_length(headers: Headers, length: int) -> bool:
    """Whether the head itself says that so many bytes follow, once and in no other way."""
    lengths = [value for name, value in headers.pairs if name in (b"content-length", b"transfer-encoding")]
    return lengths == [b"%d" % length]
