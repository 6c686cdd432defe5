"""`mohala` as a process of its own, forked from one that has imported everything: the imports are most of a command.

python tests/story/commands.py SOCKET               a server, until its standard input ends
python tests/story/commands.py SOCKET -- WORD...    what `python -m app.entry WORD...` does and returns
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

LETTERS_MAX = 1_048_576
FROM_NOW_ON = ("app.authoring.checking", "app.authoring.conversations.command", "app.load.command", "app.main")
"""Modules that commands import when they need them; with `app.cli` they bring nearly all."""


def serve(path: str) -> None:
    import threading
    from importlib import import_module

    sys.path[0] = str(Path.cwd())
    for name in ("app.cli", "app.entry", *FROM_NOW_ON):
        import_module(name)
    assert threading.active_count() == 1, "what forks has no other threads"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(f"{path}.soon")
        listening.listen()
        Path(f"{path}.soon").rename(path)
        if os.fork() == 0:
            _answer(listening)
        sys.stdin.read()


def _answer(listening: socket.socket) -> None:
    """Fork one process for each caller, and another one of it for what it asks: so that nobody waits for others."""
    parent = os.getppid()
    listening.settimeout(1.0)
    while os.getppid() == parent:
        try:
            caller, _ = listening.accept()
        except TimeoutError:
            continue
        finally:
            _forget_those_that_ended()
        if os.fork() == 0:
            listening.close()
            caller.setblocking(True)
            _attend(caller)
        caller.close()
    os._exit(0)


def _forget_those_that_ended() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _attend(caller: socket.socket) -> None:
    told, descriptors, _, _ = socket.recv_fds(caller, LETTERS_MAX, 3)
    while not told.endswith(b"\n"):
        told += caller.recv(LETTERS_MAX)
    process = os.fork()
    if process == 0:
        caller.close()
        _become(json.loads(told), descriptors)
    _, status = os.waitpid(process, 0)
    caller.sendall(f"{os.waitstatus_to_exitcode(status)}".encode())
    os._exit(0)


def _become(told: dict[str, object], descriptors: list[int]) -> None:
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(told["environment"])  # type: ignore[call-overload]
    os.chdir(str(told["directory"]))
    sys.stdin, sys.stdout, sys.stderr = map(os.fdopen, (0, 1, 2), "rww")
    sys.argv = ["mohala", *told["words"]]  # type: ignore[misc]
    status = 1
    try:
        from app.entry import main

        main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def ask(path: str, words: list[str]) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.connect(path)
        told = {"words": words, "environment": dict(os.environ), "directory": str(Path.cwd())}
        sent = json.dumps(told).encode() + b"\n"
        done = socket.send_fds(server, [sent], [0, 1, 2])
        server.sendall(sent[done:])
        return int(server.recv(100))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[3:]))
