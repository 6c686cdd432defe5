"""What every room is given instead of the world's clock and chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Now, in UTC with its time zone."""


RandomBytes = Callable[[int], bytes]
