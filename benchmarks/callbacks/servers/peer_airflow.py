"""ussd-airflow-engine (PyPI) on Flask under Waitress with eight threads; sessions in Redis by simplekv.

Its documentation's view for Django is not in the package, so a view of Flask asks the engine as that one did. The
journey is YAML, kept in memory once read. Every text is a template that is compiled whenever it is shown, options and
all: some thirty a callback. The session, with every page shown, is one get and one set of JSON in base64 that never
expires; nothing is compared before. It logs two lines a callback, as it does unless told otherwise.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import logging
import sys
from pathlib import Path
from typing import Any

import redis
import waitress
from flask import Flask, Response, request
from simplekv.memory.redisstore import RedisStore

from benchmarks.callbacks.servers.peer_wire import DATE, last_typed, read_pages, split_page

# PyConfigure, which it needs, takes three names from where Python 3.10 and 3.11 no longer have them.
vars(inspect)["getargspec"] = inspect.getfullargspec
vars(collections).update(MutableMapping=collections.abc.MutableMapping, Mapping=collections.abc.Mapping)

from ussd.core import UssdEngine, UssdRequest  # noqa: E402
from ussd.store.journey_store.YamlJourneyStore import YamlJourneyStore  # noqa: E402

PAGES = read_pages(sys.argv[2])


def menu(page: str, onward: str) -> dict[str, Any]:
    title, options = split_page(page)
    ways = [{"text": label, "input_value": number, "next_screen": onward} for number, label in options]
    return {"type": "menu_screen", "text": title, "options": ways}


JOURNEY = {
    "initial_screen": {"type": "initial_screen", "next_screen": "home"},
    "home": menu(PAGES[0], "sex"),
    "sex": menu(PAGES[1], "born"),
    "born": {
        "type": "input_screen",
        "text": PAGES[2],
        "input_identifier": "born",
        "next_screen": "district",
        "validators": [{"regex": f"^{DATE.pattern}$", "text": PAGES[2]}],
    },
    "district": menu(PAGES[3], "home"),
}
journeys = YamlJourneyStore(journey_directory=str(Path(sys.argv[2]).with_name("journeys")))
journeys.save("birth", JOURNEY, version="1")
sessions = RedisStore(redis.Redis.from_url(sys.argv[3]))
app = Flask(__name__)


@app.post("/ussd")
def ussd() -> Response:
    form = request.form
    asked = UssdRequest(
        session_id=form["sessionId"],
        phone_number=form["phoneNumber"].removeprefix("+"),
        ussd_input=last_typed(form["text"]),
        language="en",
        journey_name="birth",
        journey_version="1",
        journey_store=journeys,
        session_store_backend=sessions,
    )
    answer = UssdEngine(asked).ussd_dispatcher()
    page = str(answer).removesuffix("\n")  # a menu ends in a new line
    return Response(f"{'CON' if answer.status else 'END'} {page}", mimetype="text/plain")


logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # or it tells at each callback that others wait
waitress.serve(app, listen=f"127.0.0.1:{sys.argv[1]}", threads=8)
