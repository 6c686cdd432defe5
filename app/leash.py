"""The child's end of `mohala run`: a process that ends when its supervisor does, however that ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

GRACE_SECONDS = 1.0


def hold(descriptor: int) -> None:
    """Watch the read end of a pipe whose write end only the supervisor holds; its end of file means that it is gone.

    A thread blocked on a pipe works on every Unix; Linux's parent-death signal would not.
    """
    threading.Thread(target=_wait, args=(descriptor,), name="leash", daemon=True).start()


def _wait(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    hold(int(sys.argv[1]))
    sys.argv = ["mohala", *sys.argv[2:]]
    from app.entry import main

    main()
