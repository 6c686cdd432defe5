"""A callback and its answer as bytes."""

from __future__ import annotations

from collections.abc import Mapping


class WireRequest:
    """A callback as bytes: header names in lower case, `query` undecoded, `body` within `callback_body_bytes_max`."""

    __slots__ = ("body", "headers", "query")

    def __init__(self, headers: Mapping[str, str], query: bytes, body: bytes) -> None:
        self.headers = headers
        self.query = query
        self.body = body


class WireResponse:
    """What the aggregator gets: an HTTP status, a media type and the bytes of the body."""

    __slots__ = ("body", "content_type", "status")

    def __init__(self, status: int, content_type: str, body: bytes) -> None:
        self.status = status
        self.content_type = content_type
        self.body = body
