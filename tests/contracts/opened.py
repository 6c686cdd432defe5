"""Offices as samples declare them, opened before a desk; what the desk says is what a sample says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.ports import Office
from integrations.sandbox.mosip_keys import GIVEN
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.contracts.samples import Sample
from tests.integrations.desk import Answer, Cut, say

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def answer_of(answer: Mapping[str, Any]) -> Answer | Cut:
    if "cut" in answer:
        return Cut()
    if "json" in answer:
        return replace(say(answer["status"], answer["json"]), headers=answer.get("headers", {}))
    return Answer(answer["status"], answer["body"].encode(), answer["content_type"])


@dataclass(frozen=True, slots=True)
class Keys:
    """The directory with an ID office's files, and the files that a wallet's sample may name."""

    identity: Path
    wallets: Mapping[str, Path]

    def office(self, sample: Sample, url: str, auth: Mapping[str, str] | None = None) -> Office:
        """What a sample's office is at this server, which answers for its token endpoint as well; `auth` in the place
        of its own.
        """
        fields = sample.fields
        shown = fields.get("auth", {}) if auth is None else auth
        told = OfficeSettings(
            "registry", f"{url}/office", fields.get("secret", "sandbox"), fields["operations"],
            fields.get("options", {}), {name: value.replace("https://SERVER", url) for name, value in shown.items()},
            fields.get("headers", {}),
            {name: self.identity / name for name in GIVEN} if sample.adapter == "mosip"
            else {name: self.wallets[name] for name in fields.get("files", ())},
            wake_url=fields.get("wake_url", ""),
        )  # fmt: skip
        return OFFICES[sample.adapter](told, lambda: AT)
