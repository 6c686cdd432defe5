"""anysd (PyPI) on Flask, as its README shows, under Waitress with eight threads; sessions in Redis over TCP.

The README leaves the server for production open, and Flask's own closes every connection. anysd numbers options from 1
without gaps, so their printed numbers are set here. All callers share one tree of menus, whose nodes keep the last
caller's page until it is read a line later; keys never expire, and each step is a call of its own to Redis.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import waitress
from flask import Flask, Response, request

from benchmarks.callbacks.servers.peer_wire import DATE, read_pages, split_page

STORE = urlsplit(sys.argv[3])
CONFIG = Path(sys.argv[2]).with_name("anysd.yaml")  # read when anysd is imported
CONFIG.write_text(json.dumps({"development": {"redis": {"host": STORE.hostname, "port": STORE.port, "db": 0}}}))
os.environ["ANYSD_CONFIG_FILE"] = str(CONFIG)

from anysd import FormFlow, ListInput, NavigationController, NavigationMenu  # noqa: E402

PAGES = read_pages(sys.argv[2])


def list_of(page: str) -> ListInput:
    """The options that are answers as a list, and the ways back below it."""
    title, options = split_page(page)
    answers = [label for number, label in options if number not in "09"]
    ways = "\n".join(f"{number}. {label}" for number, label in options if number in "09")
    return ListInput(items=answers, title=title, extra=ways)


def is_valid(current_step: int, last_input: str, **given: Any) -> tuple[bool, None]:
    return current_step != 2 or bool(DATE.fullmatch(last_input)), None


def home_of(page: str, form: FormFlow) -> NavigationMenu:
    title, options = split_page(page)
    home = NavigationMenu(name="home", title=title.removesuffix(":"))  # anysd writes the colon
    for number, label in options:
        way = NavigationMenu(name=label, title=label, parent=home, next_form=form)
        way.id = number
    return home


birth = FormFlow(
    form_questions={
        "1": {"name": "SEX", "menu": list_of(PAGES[1])},
        "2": {"name": "BORN", "menu": f"CON {PAGES[2]}"},
        "3": {"name": "DISTRICT", "menu": list_of(PAGES[3])},
    },
    step_validator=is_valid,
)
home = home_of(PAGES[0], birth)
app = Flask(__name__)


@app.post("/ussd")
def ussd() -> Response:
    form = request.form
    navigator = NavigationController(home, form["phoneNumber"], form["sessionId"], form["text"])
    return Response(navigator.navigate(), mimetype="text/plain")


logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # or it tells at each callback that others wait
waitress.serve(app, listen=f"127.0.0.1:{sys.argv[1]}", threads=8)
