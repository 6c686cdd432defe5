"""How a wallet's callback names the job that waits for it: an id that is made from the job's key, and leads back."""

from __future__ import annotations

import re
from hashlib import sha256

from app.pushes import PUSH

_KEY = re.compile("([0-9a-f]{32}(?::[0-9])?):([0-9]{1,2})(?:p([0-9]{1,2}))?")
"""Of a stage of a request (`app.ledger`): the request's id, then the stage. Behind it the number of a push of the bill
that the stage waits for (`app.pushes`)."""
_ID = re.compile("[0-9a-fpx]{34,40}")
_JOINT = "x"  # no digit of a hash, and fit for wallets that take letters and digits only
characters_max = 40
"""Of an id: what M-Pesa takes as a conversation id."""


def id_of(key: str) -> str:
    """The same for the same key, in at most 40 letters and digits. Names nobody: a request's id is a keyed hash."""
    if _KEY.fullmatch(key):
        return key.replace(":", _JOINT)
    return sha256(key.encode()).hexdigest()[:characters_max]


def job_of(id: str) -> str | None:
    """The id of the job that carries out the stage, or the push; None for an id that leads nowhere."""
    found = _KEY.fullmatch(id.replace(_JOINT, ":")) if _ID.fullmatch(id) else None
    if found is None:
        return None
    return f"{found[1]}:{found[2]}:{PUSH}:{found[3]}" if found[3] else f"{found[1]}:work:{found[2]}"
