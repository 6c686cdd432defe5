"""F0, the floor: bare ASGI on uvicorn with a constant answer. No session, no menu, nothing is read but the body."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn

PAGE = json.loads(Path(sys.argv[2]).read_text("utf-8"))[0][1].encode()
HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(PAGE)).encode())],
}
BODY = {"type": "http.response.body", "body": PAGE}


async def app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(HEAD)
    await send(BODY)


uvicorn.run(
    app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error"
)
