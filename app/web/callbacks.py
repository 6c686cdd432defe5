"""The aggregators' door: a plain ASGI route that answers every callback, whatever is in it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import limits
from app.alarms import Alarms
from app.crowd import Crowd
from app.errors import NotOurs, StoreUnavailable, place_of
from app.gateway import Gateway
from app.measures import Measures
from app.messages import Reply, WireRequest, WireResponse
from app.ports import Aggregator, SmsBook
from app.sms import Texts
from app.telling import Listener
from app.turn import Turn
from app.web.cycle import Cycle
from app.web.heads import Headers

log: Final = structlog.get_logger()
PLACE: Final = "/callbacks/"
NOT_FOUND: Final = WireResponse(404, "text/plain; charset=utf-8", b"")
NOTED: Final = WireResponse(200, "text/plain; charset=utf-8", b"")
NOT_NOW: Final = WireResponse(503, "text/plain; charset=utf-8", b"")
Handler = Callable[[Aggregator, WireRequest, float], Awaitable[WireResponse]]


class Callbacks:
    """`POST /callbacks/{secret}/{aggregator}/{kind}`.

    FastAPI's own form parameters refuse an empty `text` (every first dial) with a 422 that echoes what was typed, and
    cost four times the CPU: so the body is read here.

    What goes elsewhere is handed to `beyond`: callbacks come first, past all that pages and health checks need.
    """

    def __init__(
        self,
        secrets: tuple[str, ...],
        aggregators: Mapping[str, Aggregator],
        gateway: Gateway,
        texts: Texts,
        book: SmsBook,
        measures: Measures,
        crowd: Crowd,
        clock: Callable[[], datetime],
        beyond: ASGIApp,
    ) -> None:
        self._gateway = gateway
        self._texts = texts
        self._book = book
        self._measures = measures
        self._clock = clock
        self._beyond = beyond
        self._crowd = crowd
        self._alarms = Alarms()
        measures.watch("mohala_callbacks_in_hand", lambda: crowd.in_hand)
        measures.watch("mohala_late_seconds", lambda: crowd.late_seconds)
        measures.watch("mohala_ledger_seconds", lambda: crowd.ledger_seconds)
        handlers: Mapping[str, Handler] = {
            "ussd": self._ussd, "ussd/end": self._ussd_end, "sms": self._sms, "sms/delivery": self._delivery,
        }  # fmt: skip
        # Found by the hash of the whole path: how long it takes does not tell which secret was nearly right.
        self._doors = {
            f"{PLACE}{secret}/{name}/{kind}": (aggregator, kind, handler)
            for secret in secrets for name, aggregator in aggregators.items() for kind, handler in handlers.items()
        }  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PLACE):
            await self._beyond(scope, receive, send)
            return
        response = await self._respond(scope, receive)
        headers = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", b"%d" % len(response.body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def take(self, path: str, headers: Headers, query: bytes, body: bytes, cycle: Cycle) -> None:
        """A POST that is there as a whole. Raises nothing."""
        door = self._doors.get(path)
        if door is None:
            cycle.finish(NOT_FOUND)
            return
        aggregator, kind, _ = door
        request = WireRequest(headers, query, body)
        if kind == "ussd" and not self._crowd.is_full:
            self._hop(aggregator, request, cycle)
        else:
            cycle.wait_for(self._within(*door, request, None))

    def _hop(self, aggregator: Aggregator, request: WireRequest, cycle: Cycle) -> None:
        """Most hops need no task: their answer is written as soon as the session store's is read."""
        self._crowd.enter()
        try:
            _check_size(len(request.body))
            event = aggregator.read_ussd(request)
            turn = self._gateway.turn_of(event, aggregator.deadlines, 2 * self._crowd.late_seconds)
            if self._gateway.answer_at_once(turn, _Hop(self, aggregator, turn, cycle)):
                return
        except Exception as error:  # broad: a citizen sees a page even when we are wrong
            self._leave(aggregator, cycle, error)
            return
        cycle.wait_for(self._taken(aggregator, turn))

    def told(self, aggregator: Aggregator, turn: Turn, cycle: Cycle, reply: Reply | None) -> None:
        """The page of a hop in the crowd, which leaves it; None: it is taken the usual way, and leaves it there."""
        if reply is None:
            cycle.wait_for(self._taken(aggregator, turn))
        else:
            self._leave(aggregator, cycle, reply)

    def _leave(self, aggregator: Aggregator, cycle: Cycle, told: Reply | Exception) -> None:
        """Raises nothing: the crowd would be left twice, or a connection be open for ever that nobody answers."""
        self._crowd.leave()
        try:
            cycle.finish(self._written(aggregator, told))
        except Exception as error:  # broad: nothing can be said any more
            log.error("callback_unanswered", aggregator=aggregator.name, reason=place_of(error))
            cycle.give_up()

    def _written(self, aggregator: Aggregator, told: Reply | Exception) -> WireResponse:
        if isinstance(told, Reply):
            try:
                return aggregator.write(told)
            except Exception as error:  # broad, as above
                return self._refused(aggregator, "ussd", error)
        return self._refused(aggregator, "ussd", told)

    async def _taken(self, aggregator: Aggregator, turn: Turn) -> WireResponse:
        """Of a turn that is in the crowd already."""
        try:
            return aggregator.write(await self._gateway.take(turn))
        except Exception as error:  # broad, as above
            return self._refused(aggregator, "ussd", error)
        finally:
            self._crowd.leave()

    async def _respond(self, scope: Scope, receive: Receive) -> WireResponse:
        door = self._doors.get(scope["path"])
        if door is None or scope["method"] != "POST":
            return NOT_FOUND
        return await self._within(*door, None, partial(_read, scope, receive))

    async def _within(
        self,
        aggregator: Aggregator,
        kind: str,
        handler: Handler,
        request: WireRequest | None,
        read: Callable[[], Awaitable[WireRequest]] | None,
    ) -> WireResponse:
        """One request, or one whose body is still to be read, among no more than the crowd has room for."""
        if self._crowd.is_full:
            return self._refuse(aggregator, kind, "too many at once", NOTED if kind == "ussd/end" else NOT_NOW)
        self._crowd.enter()
        try:
            # One deadline from the first byte: what the body took is no longer there for the turn, nor is the time that
            # a process which is late had left the callback unread: one round took the connection, one read it.
            waited = 2 * self._crowd.late_seconds
            if read is not None:
                began = time.monotonic()
                with self._alarms.cut(limits.callback_body_seconds):
                    request = await read()
                waited += time.monotonic() - began
            assert request is not None, "it is given or read"
            _check_size(len(request.body))
            return await handler(aggregator, request, waited)
        except Exception as error:  # broad: a citizen sees a page even when we are wrong
            return self._refused(aggregator, kind, error)
        finally:
            self._crowd.leave()

    def _refused(self, aggregator: Aggregator, kind: str, error: Exception) -> WireResponse:
        if isinstance(error, NotOurs | TimeoutError):
            return self._refuse(aggregator, kind, str(error) or "the body did not come in time")
        if isinstance(error, StoreUnavailable):
            # Africa's Talking sends a text or report again until it is answered with 200 (aggregators.md 1.3).
            return self._refuse(aggregator, kind, "the database is away", NOT_NOW)
        return self._refuse(aggregator, kind, f"our mistake: {place_of(error)}", NOT_NOW)

    def _refuse(self, aggregator: Aggregator, kind: str, reason: str, unanswered: WireResponse = NOTED) -> WireResponse:
        """A dialogue is ended politely; anything else is noted, or asked for again."""
        log.warning("callback_refused", aggregator=aggregator.name, kind=kind, reason=reason)
        self._measures.count("mohala_callbacks_refused_total", aggregator=aggregator.name, kind=kind)
        return aggregator.write(self._gateway.say("unavailable")) if kind == "ussd" else unanswered

    async def _ussd(self, aggregator: Aggregator, request: WireRequest, waited_seconds: float) -> WireResponse:
        event = aggregator.read_ussd(request)
        return aggregator.write(await self._gateway.answer(event, aggregator.deadlines, waited_seconds))

    async def _ussd_end(self, aggregator: Aggregator, request: WireRequest, _: float) -> WireResponse:
        ended = aggregator.read_ussd_end(request)
        self._measures.count("mohala_dialogues_ended_total", aggregator=aggregator.name, ending=ended.ending.value)
        log.info("dialogue_ended", aggregator=aggregator.name, ending=ended.ending.value)
        if self._crowd.is_dense:  # it is a hint, and whoever waits for a page goes first
            self._measures.count("mohala_endings_passed_over_total", aggregator=aggregator.name)
        else:
            await self._gateway.ended(ended)
        return NOTED

    async def _sms(self, aggregator: Aggregator, request: WireRequest, _: float) -> WireResponse:
        new = await self._texts.take_in(aggregator.read_sms(request))
        self._measures.count("mohala_texts_total", aggregator=aggregator.name, seen="first" if new else "again")
        log.info("text", aggregator=aggregator.name, new=new)
        return NOTED

    async def _delivery(self, aggregator: Aggregator, request: WireRequest, _: float) -> WireResponse:
        event = aggregator.read_delivery(request)
        seen = await self._book.report(event, self._clock())
        labels = {"aggregator": aggregator.name, "status": event.status.value, "seen": seen.value}
        self._measures.count("mohala_deliveries_total", **labels)
        log.info("delivery", **labels)
        return NOTED


class _Hop(Listener):
    """Who hears the page of a hop, or None, and has it written."""

    __slots__ = ("_aggregator", "_callbacks", "_cycle", "_turn")

    def __init__(self, callbacks: Callbacks, aggregator: Aggregator, turn: Turn, cycle: Cycle) -> None:
        self._callbacks = callbacks
        self._aggregator = aggregator
        self._turn = turn
        self._cycle = cycle

    def tell(self, what: Any) -> None:
        self._callbacks.told(self._aggregator, self._turn, self._cycle, what)


async def _read(scope: Scope, receive: Receive) -> WireRequest:
    """The whole request; raises `NotOurs` past `callback_body_bytes_max` or when the sender hangs up."""
    body = b""
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise NotOurs("the sender hung up")
        body += message.get("body", b"")
        _check_size(len(body))
        if not message.get("more_body", False):
            break
    return WireRequest(Headers(scope["headers"]), scope["query_string"], body)


def _check_size(size: int) -> None:
    if size > limits.callback_body_bytes_max:
        raise NotOurs(f"the body is longer than {limits.callback_body_bytes_max} bytes")
