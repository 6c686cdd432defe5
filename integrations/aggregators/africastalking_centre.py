"""Africa's Talking's sending API: their package makes the request, and we carry it.

Whoever sends nothing, as a gateway does, never loads this: the package brings a second HTTP client.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests
import urllib3
from africastalking.SMS import SMSService
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException, SSLError
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from app import limits
from app.errors import ServiceFailed
from integrations.aggregators.africastalking_sms import SmsAnswer

CONNECT_SECONDS = 3.05  # just above the 3 s after which a lost first packet is sent again


class SmsCentre(SMSService):  # type: ignore[misc]  # the package has no types
    """The package's form and headers over a transport of our own. Synchronous: call it in a thread.

    The package's transport loses the HTTP status, turns a POST into a GET on a redirect, gives a text instead of a
    dict for `application/json; charset=utf-8`, reads without end and takes proxies and passwords from the
    environment.
    """

    def __init__(self, username: str, api_key: str, base_url: str | None) -> None:
        self._given_base_url = base_url
        super().__init__(username, api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._given_base_url is not None:
            self._baseUrl = self._given_base_url.rstrip("/")

    @property
    def endpoint(self) -> str:
        return str(self._make_url("/messaging"))

    def submit(self, text: str, msisdn: str, sender_id: str | None, read_seconds: float) -> SmsAnswer:
        """Hand one SMS over, once; raises `ServiceFailed`."""
        timeout = (min(CONNECT_SECONDS, read_seconds), read_seconds)
        try:
            answer: SmsAnswer = self.send(text, [msisdn], sender_id, timeout=timeout)
        except (RequestException, HTTPError) as error:
            raise _failure(error) from None
        return answer

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, str | int],
        params: None,
        callback: None = None,
        timeout: tuple[float, float] | None = None,
    ) -> SmsAnswer:
        # A connection of its own for each text: a kept one that was cut meanwhile leaves open whether it was sent.
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Accept-Encoding"] = "identity"
            with session.request(
                method, url, headers=headers, data=data, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                return SmsAnswer(response.status_code, _bounded(response))


def _bounded(response: requests.Response) -> bytes:
    """At most one byte more than is allowed; the read after the last one finds out whether the answer was cut."""
    body = b""
    while len(body) <= limits.office_response_bytes_max:
        chunk: bytes = response.raw.read(limits.office_response_bytes_max + 1 - len(body))
        if not chunk:
            break
        body += chunk
    return body


def _failure(error: Exception) -> ServiceFailed:
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    match error:
        case SSLError():
            return ServiceFailed("tls", retryable=True)
        case ConnectTimeout():
            return ServiceFailed("connect", retryable=True)
        case NotConnected() if isinstance(cause, NewConnectionError):
            return ServiceFailed("connect", retryable=True)
        case ReadTimeout() | ReadTimeoutError():
            return ServiceFailed("timeout", retryable=True, late=True)
        case NotConnected() | urllib3.exceptions.ProtocolError():
            return ServiceFailed("connection_lost", retryable=True, late=True)
        case _:
            return ServiceFailed("request_unfit", retryable=False)
