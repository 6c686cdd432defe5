"""Where the session store listens: the address in `MOHALA_REDIS_URL`, and how to open a socket to it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from app.errors import SettingsWrong

_Protocol = TypeVar("_Protocol", bound=asyncio.BaseProtocol)

_SHAPES = (
    "`redis://user:password@host:port/database`, `rediss://...`, `unix:///path/to/socket`, "
    "`redis+cluster://user:password@host:port,host:port` or `redis+sentinel://user:password@host:port,host:port/name`"
)
_ONE = ("redis", "rediss", "unix")
_SEVERAL = re.compile(
    r"(?P<scheme>rediss?)\+(?P<kind>cluster|sentinel)://(?:(?P<login>[^@/]*)@)?(?P<hosts>[^/?@]+)"
    r"(?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?"
)
seeds_max = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A server's socket and log-in. `path` is empty for TCP; `authority_file` names the CAs that `rediss` trusts."""

    host: str
    port: int
    path: str
    tls: bool
    authority_file: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    database: int

    async def connect(self, make: Callable[[], _Protocol]) -> _Protocol:
        """Open a socket; raises OSError (`ssl.SSLError` is one)."""
        loop = asyncio.get_running_loop()
        if self.path:
            return (await loop.create_unix_connection(make, self.path))[1]
        context = ssl.create_default_context(cafile=self.authority_file or None) if self.tls else None
        return (await loop.create_connection(make, self.host, self.port, ssl=context))[1]


def read_address(url: str) -> Address:
    """Take a URL apart; raises `SettingsWrong` without repeating the URL, which may hold a password.

    The database is the path of a TCP address, or `?db=`. `?ssl_ca_certs=` names a file of certificate authorities.
    """
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        is_socket = parts.scheme == "unix"
        database = query.get("db", [""])[0] or ("" if is_socket else parts.path.strip("/")) or "0"
        address = Address(
            host=parts.hostname or "localhost",
            port=parts.port or 6379,
            path=unquote(parts.path) if is_socket else "",
            tls=parts.scheme == "rediss",
            authority_file=query.get("ssl_ca_certs", [""])[0],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=int(database),
        )
    except ValueError:
        raise SettingsWrong(f"The address of the session store is not {_SHAPES}.") from None
    if parts.scheme not in _ONE or (is_socket and not address.path) or address.database < 0:
        raise SettingsWrong(f"The address of the session store is not {_SHAPES}.")
    return address


@dataclass(frozen=True, slots=True)
class Group:
    """Servers that belong together: some of a cluster, or the sentinels that watch over the primary `name`."""

    kind: str
    seeds: tuple[Address, ...]
    name: str


def read_group(url: str) -> Group | None:
    """Take the URL of a cluster or of sentinels apart; None for that of one server. Raises like `read_address`."""
    if "+" not in url.partition("://")[0]:
        return None
    found = _SEVERAL.fullmatch(url)
    if found is None or bool(found["name"]) != (found["kind"] == "sentinel"):
        raise SettingsWrong(f"The address of the session store is not {_SHAPES}.")
    login = f"{found['login']}@" if found["login"] else ""
    query = f"?{found['query']}" if found["query"] else ""
    hosts = found["hosts"].split(",")[:seeds_max]
    seeds = tuple(read_address(f"{found['scheme']}://{login}{host}{query}") for host in hosts)
    return Group(found["kind"], seeds, unquote(found["name"] or ""))
