"""cardisk (PyPI): its own FastAPI application on uvicorn, uvloop and httptools; sessions in the process's memory.

It takes and answers XML, so a door turns an aggregator's form into that and back. It escapes its answers twice, so a
phone would show `&#10;` for each new line; the door undoes both, or every answer were wrong. Its menus number options
from 1 without gaps, so pages are screens. It finds a session by the caller's number in a copy of the whole dictionary,
which nothing ever leaves: a callback takes the longer the more have called since the start. (With its sessions in Redis
it reads all keys there at each callback.) It logs two lines a callback, as it does unless told otherwise.
"""

from __future__ import annotations

import sys
from html import unescape
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import uvicorn
from cardisk import Cardisk, ussd

from benchmarks.callbacks.servers.peer_wire import DATE, form_door, last_typed, read_pages

PAGES = read_pages(sys.argv[2])
app = Cardisk()


def show(number: int, onward: str) -> None:
    ussd.screen(PAGES[number])
    ussd.next(onward)


@app.route("/")
def start() -> None:
    show(0, "/home")


@app.route("/home")
def home() -> None:
    show(1, "/sex") if ussd.input == "1" else show(0, "/home")


@app.route("/sex")
def sex() -> None:
    show(2, "/born") if ussd.input in ("1", "2") else show(1, "/sex")


@app.route("/born")
def born() -> None:
    show(3, "/district") if DATE.fullmatch(ussd.input) else show(2, "/born")


@app.route("/district")
def district() -> None:
    show(3, "/district")


def asked(form: dict[str, str]) -> bytes:
    text = form["text"]
    return (
        f"<ussd><type>{2 if text else 1}</type><msisdn>{escape(form['phoneNumber'])}</msisdn>"
        f"<sessionid>{escape(form['sessionId'])}</sessionid><msg>{escape(last_typed(text))}</msg></ussd>"
    ).encode()


def answered(body: bytes) -> str:
    told = ElementTree.fromstring(body)
    return f"{'CON' if told.findtext('type') == '2' else 'END'} {unescape(told.findtext('msg') or '')}"


door = form_door(app.app, "application/xml", asked, answered)
uvicorn.run(
    door, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error"
)
