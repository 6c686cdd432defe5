"""cloey (PyPI): its own FastAPI application on uvicorn, uvloop and httptools; sessions in the process's memory.

It takes and answers JSON, so a door turns an aggregator's form into that and back. Its view is no coroutine, so
FastAPI has a thread run each callback. A session is never dropped, so memory grows with every caller.
"""

from __future__ import annotations

import json
import sys

import uvicorn
from cloey import Cloey

from benchmarks.callbacks.servers.peer_wire import DATE, form_door, last_typed, read_pages

PAGES = [f"CON {page}" for page in read_pages(sys.argv[2])]
app = Cloey()


@app.route("start")
def start(session: str, text: str = "") -> str:
    app.next_step(session, "home")
    return PAGES[0]


@app.route("home")
def home(session: str, text: str) -> str:
    if last_typed(text) != "1":
        return PAGES[0]
    app.next_step(session, "sex")
    return PAGES[1]


@app.route("sex")
def sex(session: str, text: str) -> str:
    if last_typed(text) not in ("1", "2"):
        return PAGES[1]
    app.next_step(session, "born")
    return PAGES[2]


@app.route("born")
def born(session: str, text: str) -> str:
    if not DATE.fullmatch(last_typed(text)):
        return PAGES[2]
    app.next_step(session, "district")
    return PAGES[3]


def asked(form: dict[str, str]) -> bytes:
    return json.dumps(form).encode()


def answered(body: bytes) -> str:
    message: str = json.loads(body)["message"]
    return message


door = form_door(app(), "application/json", asked, answered)
uvicorn.run(
    door, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error"
)
