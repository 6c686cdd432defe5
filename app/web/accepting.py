"""Connections that wait at the door are taken all at once.

uvloop 0.23 takes one each time round its loop: three hundred that waited took it three hundred rounds
(`tests/work/test_accepting.py`). In a crowd a round takes tenths of a second, so whoever came on a new connection was
left unread for seconds, which no clock of ours saw.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import limits


def _itself(made: HttpToolsProtocol) -> HttpToolsProtocol:
    return made


def taking_all(
    listening: socket.socket, protocol_class: type[HttpToolsProtocol] = HttpToolsProtocol
) -> type[HttpToolsProtocol]:
    """A protocol for what comes to a socket: each connection that is taken brings those behind it along.

    `listening` must not block. No more than `accepted_at_once_max` are brought: where several processes listen, others
    take them too, and the loop has to come round.
    """
    coming: set[asyncio.Task[Any]] = set()

    def take(protocol: HttpToolsProtocol) -> None:
        for _ in range(limits.accepted_at_once_max):
            try:
                connection, _ = listening.accept()
            except OSError:  # nobody waits any more; or there are too many files, which uvloop bears with
                return
            connection.setblocking(False)
            # One that is brought along brings nobody itself.
            made = protocol_class(protocol.config, protocol.server_state, protocol.app_state, protocol.loop)
            serving = protocol.loop.connect_accepted_socket(partial(_itself, made), connection)
            task = protocol.loop.create_task(serving)
            coming.add(task)
            task.add_done_callback(coming.discard)

    class TakingAll(protocol_class):  # type: ignore[misc,valid-type]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            take(self)

    return TakingAll
