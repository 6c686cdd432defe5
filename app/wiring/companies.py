"""Whoever has an account with us: aggregators, wallets, and the files in which wallets tell what they paid."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from app.counter import Wallet
from app.errors import SettingsWrong
from app.layouts import read_layouts
from app.ports import Aggregator, Deadlines
from app.settings import Settings
from app.statements import Layout
from integrations.aggregators.africastalking import AfricasTalking

log = structlog.get_logger()
WALLET_KEYS_MAX = 2


def aggregators_of(settings: Settings) -> dict[str, Aggregator]:
    """By name; raises `SettingsWrong` for one without its key."""
    key_file = settings.africastalking_key_file or settings.secrets / "africastalking"
    try:
        api_key = key_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The Africa's Talking API key cannot be read: put it into {key_file}.") from None
    return {
        "africastalking": AfricasTalking(
            username=settings.africastalking_username,
            api_key=api_key,
            base_url=settings.africastalking_url,
            sender_id=settings.africastalking_sender,
            deadlines=Deadlines(settings.africastalking_soft_seconds, settings.africastalking_hard_seconds),
        )
    }


def wallets_of(settings: Settings) -> dict[str, Wallet]:
    """Raises `SettingsWrong` for a wallet without a key, or with more than two."""
    wallets = {}
    for name, told in settings.wallets.items():
        path = settings.secrets / f"wallet-{name}"
        try:
            keys = tuple(path.read_text("utf-8").split())
        except (OSError, UnicodeDecodeError):
            keys = ()
        if not 1 <= len(keys) <= WALLET_KEYS_MAX:
            raise SettingsWrong(
                f"The keys of wallet {name} cannot be read: put one, or two while rotating, into {path}."
            )
        wallets[name] = Wallet(name, told.client, keys, told.keeps, told.later, told.callbacks)
    return wallets


def layouts_of(settings: Settings) -> Mapping[str, Layout]:
    """No error: citizens are served whatever a statement's layout says, and `mohala books` tells what is wrong."""
    try:
        return read_layouts(settings.statements)
    except SettingsWrong:
        log.error("layouts_not_usable", reason="`mohala books reconcile` tells what is wrong")
        return {}
