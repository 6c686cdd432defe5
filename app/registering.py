"""What `mohala privacy register` prints: the register of a pack, with what the database keeps."""

from __future__ import annotations

import json
from pathlib import Path

from app import limits
from app.pack_files import read_pack
from app.register import as_markdown, as_plain, register_of
from integrations.database.nature import TABLES


def written(directory: Path, form: str) -> str:
    """As `markdown` or `json`; raises `MenuRefused` for a pack that does not compile."""
    pack = read_pack(directory)
    days = {
        "language_days": pack.privacy.language_days,
        "messages_days": pack.privacy.messages_days,
        "silenced_days": limits.silenced_days,
    }
    kept = [(table.holds, table.stays.format(**days)) for table in TABLES.values() if table.stays]
    register = register_of(pack, kept)
    if form == "json":
        return json.dumps(as_plain(register), ensure_ascii=False, indent=2) + "\n"
    return as_markdown(register)
