"""What the servers of the peers share: the pages, an aggregator's form, and a door to a package that takes no form.

It runs in each peer's own environment, so it imports nothing but Python's own library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

OPTION = re.compile(r"(\d+)\. (.+)")
DATE = re.compile(r"\d{2}/\d{2}/\d{4}")
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


def read_pages(file: str) -> list[str]:
    """The pages of the dialogue in their order, without the aggregator's `CON`."""
    return [body.removeprefix("CON ") for _, body in json.loads(Path(file).read_text("utf-8"))]


def read_form(body: bytes) -> dict[str, str]:
    """The fields of one callback, empty ones too."""
    return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}


def split_page(page: str) -> tuple[str, list[tuple[str, str]]]:
    """Title, and number and label of each option."""
    title, _, rest = page.partition("\n")
    return title, OPTION.findall(rest)


def last_typed(text: str) -> str:
    return text.rpartition("*")[2]


def form_door(app: AsgiApp, kind: str, ask: Callable[[dict[str, str]], bytes], tell: Callable[[bytes], str]) -> AsgiApp:
    """ASGI before a package with a wire of its own: `ask` writes a body of type `kind`, `tell` reads the answer."""

    async def door(scope: Any, receive: Any, send: Any) -> None:
        body = ask(read_form(await _whole(receive)))
        head = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        said: list[Any] = []

        async def give() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def take(message: Any) -> None:
            said.append(message)

        await app({**scope, "headers": head}, give, take)
        status, answer = said[0]["status"], b"".join(one.get("body", b"") for one in said[1:])
        page = tell(answer).encode() if status == 200 else answer
        length = (b"content-length", b"%d" % len(page))
        headers = [(b"content-type", b"text/plain; charset=utf-8"), length]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    return door


async def _whole(receive: Any) -> bytes:
    body = b""
    while True:
        message: dict[str, Any] = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
