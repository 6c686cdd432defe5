"""F4: the usual way. FastAPI's `Request`, redis-py's calls, a script to load the session and one to commit it.

A menu of four fixed pages; no validation, no languages, no sealing, no metrics, no log.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import redis.asyncio
import uvicorn
from fastapi import FastAPI, Request, Response

PAGES = json.loads(Path(sys.argv[2]).read_text("utf-8"))
app = FastAPI()
store = redis.asyncio.Redis.from_url(sys.argv[3], max_connections=128)
load = store.register_script(
    "local kept = redis.call('HMGET', KEYS[1], 'text', 'reply', 'state') "
    "if kept[1] == ARGV[1] then return {'repeated', kept[2]} end return {'opened', kept[3]}"
)
commit = store.register_script(
    "if (redis.call('HGET', KEYS[1], 'step') or '') ~= ARGV[1] then return 0 end "
    "redis.call('HSET', KEYS[1], 'step', ARGV[2], 'text', ARGV[3], 'reply', ARGV[4], 'state', ARGV[5]) "
    "redis.call('EXPIRE', KEYS[1], 300) return 1"
)


@app.post("/ussd")
async def ussd(request: Request) -> Response:
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    text, key = form["text"][0], f"{{{form['sessionId'][0]}}}"
    found, kept = await load(keys=[key], args=[text])
    if found == b"repeated":
        return Response(kept, media_type="text/plain")
    state: dict[str, Any] = json.loads(kept) if kept else {"step": -1, "answers": []}
    before = "" if kept is None else state["step"]
    state = {"step": state["step"] + 1, "answers": [*state["answers"], text.rpartition("*")[2]]}
    page = PAGES[state["step"]][1]
    await commit(keys=[key], args=[before, state["step"], text, page, json.dumps(state)])
    return Response(page, media_type="text/plain")


uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
