"""The key file of a running house, and what is made of its keys."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from app import limits
from app.errors import SettingsWrong
from app.key_file import read_key_file
from app.keys import Keyring
from app.settings import Settings
from integrations.services import READERS

log = structlog.get_logger()


def read_keyring(path: Path) -> Keyring:
    file = read_key_file(path)
    return Keyring(file.keys, os.urandom, file.lookup)


async def keep_keys(path: Path, keyring: Keyring) -> None:
    """Take up what is written into the key file, so that keys are rotated while citizens are served."""
    known = _stamp(path)
    while True:
        await asyncio.sleep(limits.keys_look_seconds)
        try:
            if (stamp := _stamp(path)) == known:
                continue
            keyring.take(read_key_file(path))
            known = stamp
            log.info("keys_taken_up", sealing=keyring.first)
        except SettingsWrong as error:
            log.error("keys_not_taken_up", reason=str(error), kept=keyring.first)


def _stamp(path: Path) -> tuple[int, int]:
    """Another whenever the file was replaced; that of no file while there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def wake_path(keyring: Keyring, adapter: str) -> str:
    """Where wallets of an adapter may call. Each is told its own path alone, and none of an aggregator's."""
    return f"/wakes/{keyring.hash('wakes', adapter).hex()}/{adapter}"


def wake_urls(settings: Settings, keyring: Keyring) -> Mapping[str, str]:
    """By adapter; none if no wallet can reach this gateway. Raises `SettingsWrong`."""
    base = settings.wakes_base
    return {} if base is None else {adapter: f"{base}{wake_path(keyring, adapter)}" for adapter in READERS}
