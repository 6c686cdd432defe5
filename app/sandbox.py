"""The sandbox country's process."""

from __future__ import annotations

import os

import phonenumbers
import uvicorn

from app.handset_files import handsets_in
from app.logs import set_up_logs
from app.settings import Settings
from app.wiring import now_utc, read_keyring, wake_urls
from integrations.sandbox import SandboxSettings, create_sandbox
from integrations.sandbox.home import CALLING_CODE
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import KEY_FILE, ensure_key


def serve_sandbox(settings: Settings) -> None:
    """Serve on 127.0.0.1 only: it believes everybody and is no place for real data."""
    set_up_logs()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = settings.callback_secrets[0] if settings.callback_secrets else None
    delivery_url = (
        f"http://127.0.0.1:{settings.port}/callbacks/{secret}/africastalking/sms/delivery" if secret else None
    )
    gateway = f"http://127.0.0.1:{settings.port}"
    keys = settings.sandbox_identity_keys
    told = SandboxSettings(
        settings.home / "sandbox.db",
        delivery_url,
        gateway,
        identity_keys=keys if keys.exists() else None,
        m_pesa=MPesaSettings(callback_url=_m_pesa_callback_url(settings)),
        m_pesa_key=ensure_key(settings.home / KEY_FILE),
        home_code=_home_code(settings),
    )
    app = create_sandbox(told, now_utc, os.urandom)
    uvicorn.run(app, host="127.0.0.1", port=settings.sandbox_port, log_level="warning", access_log=False,
                timeout_graceful_shutdown=2)  # fmt: skip


def _home_code(settings: Settings) -> str:
    """The calling code of the pack's phones; the sandbox country's own if it has none."""
    numbers = tuple(handsets_in(settings.pack).numbers)
    return str(phonenumbers.parse(numbers[0]).country_code) if numbers else CALLING_CODE


def _m_pesa_callback_url(settings: Settings) -> str | None:
    """What its portal would be told once; None while nobody knows where the gateway is, or without its keys."""
    if not settings.keys.exists():
        return None
    return wake_urls(settings, read_keyring(settings.keys)).get("m_pesa")
