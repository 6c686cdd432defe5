"""One office behind the adapter that its catalogue entry names, with its address and its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import m_pesa, manual, mosip
from app.catalogue import OfficeEntry
from app.errors import SettingsWrong
from app.office_auth import FILE_NAME, FILES
from app.pack import Pack
from app.ports import Clock, Office
from app.settings import Settings
from app.wiring.world import now_utc
from integrations.services import OFFICES
from integrations.services.recorded import recorded
from integrations.services.settings import OfficeSettings
from integrations.services.stand_ins import open_stand_in


@dataclass(frozen=True, slots=True)
class Land:
    """What an office must know of the country that its pack is for."""

    country: str
    minor_digits: int


async def secrets_missing(settings: Settings, pack: Pack) -> list[Path]:
    """The files of secrets that a gateway with these settings would miss to serve a pack.

    Raises `SettingsWrong` for an office that no gateway could open.
    """
    missing = []
    for entry in pack.catalogue.offices.values():
        if entry.adapter == manual.ADAPTER:
            continue
        await _opened(settings, entry, None if entry.secret is None else "unknown", {}).close()
        for path in _secret_files(settings, entry).values():
            try:
                _read(path, entry)
            except SettingsWrong:
                missing.append(path)
    return missing


def office_of(settings: Settings, entry: OfficeEntry, clock: Clock, wake_url: str, land: Land) -> Office:
    """Raises `SettingsWrong` for an adapter that is none, or a secret that cannot be read."""
    files = _secret_files(settings, entry)
    texts = {key: _read(path, entry) for key, path in files.items()}
    return _opened(settings, entry, texts.get("secret"), files, clock, wake_url, land)


def _opened(
    settings: Settings,
    entry: OfficeEntry,
    secret: str | None,
    files: Mapping[str, Path],
    clock: Clock = now_utc,
    wake_url: str = "",
    land: Land | None = None,
) -> Office:
    """Without files, an office is only looked at: whoever publishes need not hold them."""
    if entry.adapter not in OFFICES:
        known = ", ".join(OFFICES)
        raise SettingsWrong(f"Office {entry.name} wants adapter {entry.adapter}; there are {known}.")
    address = settings.office_addresses.get(entry.name, entry.address)
    auth = dict(entry.auth)
    if "token_url" in auth:
        auth["token_url"] = settings.office_token_urls.get(entry.name, auth["token_url"])
    told = OfficeSettings(
        entry.name, address, secret, entry.operations, entry.options, auth, entry.headers,
        {key: path for key, path in files.items() if key != "secret"}, settings.office_recordings, wake_url,
        *((land.minor_digits, land.country) if land else ()),
    )  # fmt: skip
    return recorded(OFFICES[entry.adapter](told, clock), entry.adapter, told, clock)


def sampled_office(
    adapter: str,
    address: str,
    operations: Mapping[str, Mapping[str, object]],
    options: Mapping[str, str],
    wake_url: str = "",
) -> Office:
    """An office of a recorded sample, which shows nobody who asks; raises `SettingsWrong`."""
    if adapter not in OFFICES:
        raise SettingsWrong(f"{adapter} is no adapter; samples lie in a folder named {' or '.join(OFFICES)}.")
    return open_stand_in(adapter, address, operations, options, wake_url)


def _secret_files(settings: Settings, entry: OfficeEntry) -> dict[str, Path]:
    """Where the password (`secret`) and the other files lie; raises `SettingsWrong` for a name that leads out."""
    named = {key: entry.auth[key] for key in FILES if key in entry.auth}
    named |= {key: entry.options[key] for key in (*mosip.FILES, *m_pesa.FILES) if key in entry.options}
    if entry.secret is not None:
        named["secret"] = entry.secret
    for name in named.values():
        if not FILE_NAME.fullmatch(name):
            raise SettingsWrong(f"Office {entry.name} names a secret that is no name of a file; see `mohala check`.")
    return {key: settings.secrets / name for key, name in named.items()}


def _read(path: Path, entry: OfficeEntry) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"The secret of office {entry.name} cannot be read: put it into {path}.") from None
