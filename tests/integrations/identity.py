"""MOSIP's ID Authentication as the tests of its adapter open it: operations, options, and the files of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from integrations.services.settings import OfficeSettings

OPERATIONS: Mapping[str, Mapping[str, object]] = {
    "send-code": {"takes": ["id"], "refused": {"unknown": {}, "no_phone": {}, "blocked": {}}},
    "check-code": {"takes": ["check", "code"], "refused": {"wrong": {}, "expired": {}, "blocked": {}}},
}
FILES = ("partner_certificate", "ida_certificate", "partner_id", "licence_key", "api_key")
OPTIONS = {
    "id_type": "UIN", "environment": "Developer", "domain_uri": "https://ida.example",
    **{name: name for name in FILES},
}  # fmt: skip
AUTH = {"kind": "header", "header": "Authorization"}


def told(address: str, keys: Path, files: Mapping[str, Path] | None = None, **options: str) -> OfficeSettings:
    """An office at an address, with the files of `keys`, some of them in the place of others."""
    named = {name: keys / name for name in FILES} | (files or {})
    return OfficeSettings("identity", address, "consent", OPERATIONS, {**OPTIONS, **options}, AUTH, files=named)
