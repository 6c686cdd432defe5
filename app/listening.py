"""The socket at which gateways listen."""

from __future__ import annotations

import socket

from app.errors import SettingsWrong
from app.settings import Settings

BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """Raises `SettingsWrong` for a port that cannot be had."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsWrong(
            f"Port {settings.port} on {settings.host} cannot be listened on ({error.strerror}): "
            "free it, or set MOHALA_PORT or MOHALA_HOST to another."
        ) from None
    listening.setblocking(False)
    return listening
