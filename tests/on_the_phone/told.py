"""What a reader is told of a walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Told:
    """`wrong` is what was typed and the remark that came; `seen` what was shown while `late`'s office was away."""

    task: str
    pages: int = 0
    longest: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    fell: str = ""
    late: str = ""
    seen: str = ""
    texts: Sequence[str] = ()
    end: str = ""
