"""Opens the way to an office: the outbound client, with what shows the office who asks."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import httpx

from app import office_auth
from app.errors import SettingsWrong
from app.office_auth import BASIC, FILES, HEADER, OAUTH2, USUAL_HEADER
from app.ports import Clock
from integrations.http import OutboundHttp, checked_base_url, checked_secret
from integrations.oauth2 import BearerHttp, Tokens
from integrations.services.settings import OfficeSettings

OfficeHttp = OutboundHttp | BearerHttp


def open_http(told: OfficeSettings, clock: Clock, headers: Mapping[str, str] | None = None) -> OfficeHttp:
    """Every request carries the office's own headers and `headers`. Raises `SettingsWrong`, never with a secret."""
    checked_base_url(told.address)
    _refuse_faulty(told)
    tls = _tls(told)
    sent = {**told.headers, **(headers or {})}
    kind = office_auth.kind_of(told.auth, has_secret=told.secret is not None)
    secret = "" if told.secret is None else checked_secret(told.name, told.secret)
    if kind == HEADER:
        return OutboundHttp(told.address, sent | {told.auth.get("header", USUAL_HEADER): secret}, tls=tls)
    if kind == BASIC:
        return OutboundHttp(told.address, sent, auth=httpx.BasicAuth(told.auth["user"], secret), tls=tls)
    http = OutboundHttp(told.address, sent, tls=tls)
    return BearerHttp(http, _tokens(told.auth, secret, tls, clock)) if kind == OAUTH2 else http


def _tokens(auth: Mapping[str, str], secret: str, tls: ssl.SSLContext | None, clock: Clock) -> Tokens:
    """RFC 6749 (2.3.1): client and password in the header are form-encoded each before they are joined."""
    form = {"grant_type": "client_credentials"} | ({"scope": auth["scope"]} if "scope" in auth else {})
    shown: httpx.Auth | None = None
    if auth.get("credentials") == "body":
        form |= {"client_id": auth["client"], "client_secret": secret}
    else:
        shown = httpx.BasicAuth(quote_plus(auth["client"]), quote_plus(secret))
    url = urlsplit(auth["token_url"])
    return Tokens(OutboundHttp(f"{url.scheme}://{url.netloc}", {}, 1, auth=shown, tls=tls), url.path, form, clock)


def _refuse_faulty(told: OfficeSettings) -> None:
    declared: dict[str, object] = {"auth": told.auth, "headers": told.headers, "operations": told.operations}
    if not told.auth:
        del declared["auth"]
    if told.secret is not None:
        declared |= {"secret": "its name"}
    wrong = [f"{'.'.join(map(str, one.place)) or 'office'}: {one.text}" for one in office_auth.office_faults(declared)]
    if wrong:
        raise SettingsWrong(f"Office `{told.name}` in services.yaml: {'; '.join(wrong)}.")
    if told.auth.get("kind") in (BASIC, OAUTH2) and office_auth.is_in_the_clear(told.address):
        why = "a password or token would be sent where others read it"
        raise SettingsWrong(f"Office `{told.name}`: {why}; its address must be https://.")
    if told.auth.keys() & set(FILES) and urlsplit(told.address).scheme != "https":
        raise SettingsWrong(
            f"Office `{told.name}`: certificates are shown over TLS only; its address must be https://."
        )


def _tls(told: OfficeSettings) -> ssl.SSLContext | None:
    """None for the usual authorities and no certificate of ours."""
    certificate, authority = (told.files.get(name) for name in FILES)
    if certificate is None and authority is None:
        return None
    try:
        # One of ours is the only one: a public authority that errs cannot vouch for the office then.
        trusted = ssl.create_default_context(cafile=authority) if authority else _public()
    except (OSError, ssl.SSLError):
        raise _unusable(told.name, "authority", authority, "the authorities' certificates") from None
    if certificate is not None:
        try:
            # A key under a password would have OpenSSL ask for it at the terminal, for ever.
            trusted.load_cert_chain(certificate, password="")
        except (OSError, ssl.SSLError):
            what = "a certificate, those between it and its authority, and its key without a password"
            raise _unusable(told.name, "certificate", certificate, what) from None
    return trusted


def _public() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _unusable(office: str, key: str, path: Path | None, what: str) -> SettingsWrong:
    return SettingsWrong(f"The {key} of office {office} cannot be used: put {what} into {path}, as PEM.")
