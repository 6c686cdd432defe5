"""The sandbox country as a house beside it sees it: the keys that its offices take, and where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app import m_pesa, mosip
from app.catalogue import OfficeEntry
from app.key_file import ensure_key_file
from app.pack import Pack
from app.ports import Clock
from app.replacing import replace_text
from app.settings import Settings

SANDBOX_WALLET = "sandbox"
SANDBOX_KEY = "sandbox"  # what every office of the sandbox country takes


def _now() -> datetime:
    return datetime.now(UTC)


def make_secrets(settings: Settings, pack: Pack, say: Callable[[str], None], now: Clock = _now) -> None:
    """The sealing key, and the keys that the sandbox's offices take; none of them replaces what is there."""
    sealed = settings.home / "mohala.db" if settings.database_url is None else None
    if ensure_key_file(settings.keys, sealed):
        say(f"made the sealing key {settings.keys}; keep a copy of it, nothing that is stored opens without it")
    if settings.secrets_dir is not None:
        return
    settings.secrets.mkdir(mode=0o700, exist_ok=True)
    wallets = {f"wallet-{name}" for name in wallets_of(settings)}
    names = {
        "africastalking",
        *wallets,
        *(office.secret for office in pack.catalogue.offices.values() if office.secret),
    }
    for path in (settings.secrets / name for name in sorted(names)):
        if not path.exists():
            replace_text(path, SANDBOX_KEY, mode=0o600)
    for office in pack.catalogue.offices.values():
        if office.adapter == mosip.ADAPTER:
            _make_identity_secrets(settings, office, now)
    _make_public_keys(settings, pack)


def _make_identity_secrets(settings: Settings, office: OfficeEntry, now: Clock) -> None:
    """What the sandbox's ID office gave its partner, under the names that the pack has for it."""
    from integrations.sandbox.mosip_keys import (
        make_keys,  # with the whole sandbox, which most packs have no use for here
    )

    made = settings.sandbox_identity_keys
    make_keys(made, now, os.urandom)
    for key in mosip.FILES:
        path = settings.secrets / office.options[key]
        if not path.exists():
            replace_text(path, (made / key).read_text("ascii"), mode=0o600)


def _make_public_keys(settings: Settings, pack: Pack) -> None:
    """The sandbox's M-Pesa shows its own, as the real one's portal does."""
    names = {
        office.options[key]
        for office in pack.catalogue.offices.values()
        for key in m_pesa.FILES
        if key in office.options
    }
    lacking = [settings.secrets / name for name in sorted(names) if not (settings.secrets / name).exists()]
    if lacking:
        from integrations.sandbox.m_pesa_key import KEY_FILE, ensure_key, shown

        text = shown(ensure_key(settings.home / KEY_FILE))
        for path in lacking:
            replace_text(path, text, mode=0o600)


def office_addresses(settings: Settings, pack: Pack) -> dict[str, str]:
    """The pack's offices in the sandbox, moved to the port that the sandbox has here."""
    told = {name: office.address for name, office in pack.catalogue.offices.items()}
    return {**_moved(settings, told), **settings.office_addresses}


def office_token_urls(settings: Settings, pack: Pack) -> dict[str, str]:
    offices = pack.catalogue.offices
    told = {name: office.auth["token_url"] for name, office in offices.items() if "token_url" in office.auth}
    return {**_moved(settings, told), **settings.office_token_urls}


def _moved(settings: Settings, urls: Mapping[str, str]) -> dict[str, str]:
    usual = f"http://127.0.0.1:{Settings.model_fields['sandbox_port'].default}/"
    return {
        name: f"{settings.sandbox_url}/{url.removeprefix(usual)}" for name, url in urls.items() if url.startswith(usual)
    }


def wallets_of(settings: Settings) -> dict[str, Any]:
    """The sandbox's own, so that its citizens can pay; none where the operator has keys of their own."""
    named = {name: told.model_dump(mode="json") for name, told in settings.wallets.items()}
    return named or ({} if settings.secrets_dir is not None else {SANDBOX_WALLET: {"client": SANDBOX_WALLET}})
