"""mobilex (PyPI) on FastAPI, uvicorn, uvloop and httptools, as the example in its repository; sessions in Redis.

Its options print as `1  Label`, so pages are printed whole. A session is a pickle under the caller's number; a callback
costs one get and two sets, and nothing is compared before it is written. Its Redis is `redis://localhost` unless the
backend is given another address, as here.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import Any, ClassVar

import mobilex
import uvicorn
from fastapi import FastAPI, Request, Response
from mobilex.cache.redis import RedisCache
from mobilex.responses import redirect

from benchmarks.callbacks.servers.peer_wire import DATE, read_form, read_pages

PAGES = read_pages(sys.argv[2])
app = mobilex.App("benchmark", session_backend=partial(RedisCache, location=sys.argv[3]))


class Page(mobilex.Screen):
    """A page of the file; what is accepted is kept in the session under the screen's name."""

    nav_actions: ClassVar[list[Any]] = []
    number = 0
    accepts = ""
    keeps = ""
    onward = ""

    async def render(self) -> None:
        self.print(PAGES[self.number])

    async def handle(self, typed: str) -> Any:
        if not re.fullmatch(self.accepts, typed):
            return None
        self.session[self.keeps] = typed
        return redirect(self.onward)


@app.entry_screen("home")
class Home(Page):
    accepts, keeps, onward = "1", "service", "sex"


@app.screen("sex")
class Sex(Page):
    number, accepts, keeps, onward = 1, "[12]", "sex", "born"


@app.screen("born")
class Born(Page):
    number, accepts, keeps, onward = 2, DATE.pattern, "born", "district"


@app.screen("district")
class District(Page):
    number = 3


api = FastAPI()


@api.post("/ussd")
async def ussd(request: Request) -> Response:
    form = read_form(await request.body())
    asked = mobilex.Request(
        form["phoneNumber"],
        session_id=form["sessionId"],
        service_code=form["serviceCode"],
        ussd_string=form["text"],
    )
    return Response(await app(asked), media_type="text/plain")


uvicorn.run(api, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
