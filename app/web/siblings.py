"""The gateway processes behind one door tell one another what they have counted: a scrape reaches only one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from app.measured import Measured

ANSWER_SECONDS = 0.5
SOCKET_SUFFIX = ".sock"


class Siblings:
    """This process's place among `count` that serve one door.

    Each listens on a socket of its own in `directory`, which only their user may enter. A process alone has none.
    """

    def __init__(self, place: int = 0, count: int = 1, directory: Path | None = None) -> None:
        self.place = place
        self.count = count
        self._directory = directory

    @asynccontextmanager
    async def telling(self, measured: Callable[[], Measured]) -> AsyncIterator[None]:
        """Answer whoever asks, until the block ends. The socket's file says that this process is ready."""
        if self._directory is None:
            yield
            return

        async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(msgspec.msgpack.encode(measured()))
            writer.close()

        path = socket_path(self._directory, self.place)
        path.unlink(missing_ok=True)  # of the process that had this place before
        async with await asyncio.start_unix_server(tell, path):
            yield

    async def measured(self, mine: Measured) -> Mapping[str, Measured]:
        """What each process has counted, by its place; one that does not answer in time is left out."""
        others = [place for place in range(self.count) if place != self.place]
        told = await asyncio.gather(*map(self._ask, others))
        found = {str(place): one for place, one in zip(others, told, strict=True) if one is not None}
        return dict(sorted({str(self.place): mine, **found}.items()))

    async def _ask(self, place: int) -> Measured | None:
        assert self._directory is not None, "a process alone has nobody to ask"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(socket_path(self._directory, place))
                try:
                    return msgspec.msgpack.decode(await reader.read(), type=Measured)
                finally:
                    writer.close()
        except (OSError, TimeoutError, msgspec.MsgspecError):
            return None


def socket_path(directory: Path, place: int) -> Path:
    return directory / f"{place}{SOCKET_SUFFIX}"
