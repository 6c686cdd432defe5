"""Regular expressions of conversations, which may come from anybody: Python's `re`, with bounds and a clock.

No library does it better: google-re2 knows no back references, which captures need; the timeout of `regex` covers
neither its compiling, which doubles with each nested group, nor the gigabytes that counted repetitions take.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from app import limits

_GROUPS = re.compile(r"\\.|(\()", re.DOTALL)
_COUNTS = re.compile(r"\\.|\{([0-9]*)(?:,([0-9]*))?\}", re.DOTALL)


class BadPattern(ValueError):
    """An expression that is none, or is beyond the bounds; the message says what to do."""


class TooSlow(Exception):
    """A match that was given up."""


def check_pattern(expression: str) -> None:
    """Raises `BadPattern`. Within the bounds Python's compiler neither overflows nor recurses too deeply."""
    most = limits.conversation_pattern_groups_max
    if sum(found[1] is not None for found in _GROUPS.finditer(expression)) > most:
        raise BadPattern(f"has more than {most} groups; take some out, or write a parenthesis itself as `\\(`")
    most = limits.conversation_pattern_repeats_max
    counts = [count for found in _COUNTS.finditer(expression) for count in found.groups() if count]
    if any(len(count) > len(str(most)) or int(count) > most for count in counts):
        raise BadPattern(f"repeats more than {most} times, which no page is long enough for; write a smaller number")
    try:
        re.compile(expression)
    except re.error as error:
        raise BadPattern(f"is no regular expression: {error}; mend it there") from None


def find(expression: str, text: str, *, whole: bool) -> re.Match[str] | None:
    """Where it matches; `whole`: all of the text or nothing. `^` and `$` are line ends. Raises `TooSlow`."""
    with _clock():
        compiled = re.compile(expression, re.MULTILINE)
        return compiled.fullmatch(text) if whole else compiled.search(text)


@contextmanager
def _clock() -> Iterator[None]:
    """Counts the process's own seconds, so that a busy machine fails nobody's conversation.

    `re` heeds signals, and only the main thread gets them. Nothing is played in another; if it were, Ctrl-C would help.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, limits.conversation_match_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _give_up(*_: object) -> NoReturn:
    raise TooSlow
