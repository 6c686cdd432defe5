"""Lets a gateway serve dialogues so that a compiler can count what it goes through: `python scripts/train.py TREE`.

TREE holds `app`, `sessions` and `integrations` with machine code that counts; the counts are written when the gateway
ends. It serves the shipped menus on an embedded session server and a database of its own, all in a directory that is
gone afterwards. Citizens dial and type at random, by a seed, some twice; every answer has to be a page.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.pack_files import read_pack  # noqa: E402  # the sources themselves, not what counts
from app.pretending import make_secrets  # noqa: E402  # as above
from app.settings import Settings  # noqa: E402  # as above
from sessions.embedded import EmbeddedValkey  # noqa: E402  # as above

PACK = min(file.parent for file in (ROOT / "menus").glob("*/pack.yaml"))
CALLBACKS = 6_000
CONNECTIONS = 16
HOPS_MAX = 7
TYPED = ("1", "1", "1", "2", "2", "3", "4", "9", "05/03/2026", "Abena Owusu", "12345678", "999")
START_SECONDS = 120.0
ANSWER_SECONDS = 60.0
# uvicorn lets the signal that ended it end the process as well: without an end of its own it would write no counts.
SERVE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sys.argv = ["mohala", "serve"]
from app.entry import main
main()
"""


def main(tree: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mohala-training-") as directory:
        home = Path(directory)
        environment = make_house(home)
        store = EmbeddedValkey(home / "valkey")
        store.start()
        try:
            with serving(tree, {**environment, "MOHALA_REDIS_URL": store.url}, home / "log") as port:
                served = asyncio.run(drive(port))
        finally:
            store.stop()
    print(f"Trained with {served} callbacks.")


def make_house(home: Path) -> dict[str, str]:
    """Keys, secrets, a database with the menus published; what they are found by."""
    environment = {**os.environ, "MOHALA_HOME": str(home / "mohala"), "MOHALA_CALLBACK_SECRET": "dev",
                   "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}  # fmt: skip
    (home / "mohala").mkdir()
    make_secrets(Settings.load(home=home / "mohala"), read_pack(PACK), lambda _: None)
    pack = shutil.copytree(PACK, home / "pack")  # publishing writes the numbers into it
    for words in (["migrate"], ["menus", "publish", str(pack), "--by", "training"]):
        command = [sys.executable, "-m", "app.entry", *words]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment


@contextmanager
def serving(tree: Path, environment: dict[str, str], log: Path) -> Iterator[int]:
    """The port of a gateway of that machine code, which has ended by itself afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**environment, "MOHALA_PORT": str(port), "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment, stdout=output, stderr=output)
    try:
        wait_until_it_listens(process, port, log)
        yield port
        process.send_signal(signal.SIGTERM)
        if process.wait(START_SECONDS):
            raise SystemExit(f"The gateway ended with status {process.returncode}:\n{_end_of(log)}")
    finally:
        process.kill()
        process.wait()


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"The gateway did not start:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2_000:]


async def drive(port: int) -> int:
    """How many callbacks were answered."""
    served = await asyncio.gather(*(citizens(port, place) for place in range(CONNECTIONS)))
    return sum(served)


async def citizens(port: int, place: int) -> int:
    """One after the other on one connection."""
    chance = random.Random(place)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    served = dialogue = 0
    while served < CALLBACKS // CONNECTIONS:
        dialogue += 1
        typed: list[str] = []
        form = {"sessionId": f"ATUid_{place:04x}{dialogue:028x}", "phoneNumber": f"+447{place:02}{dialogue:07}",
                "networkCode": "99999", "serviceCode": "*100#"}  # fmt: skip
        for _ in range(chance.randint(2, HOPS_MAX)):
            for _ in range(2 if chance.random() < 0.05 else 1):
                page = await answer(reader, writer, {**form, "text": "*".join(typed)})
                served += 1
            if page.startswith(b"END "):
                break
            typed.append(chance.choice(TYPED))
    writer.close()
    return served


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, form: dict[str, str]) -> bytes:
    body = urlencode(form).encode()
    writer.write(
        b"POST /callbacks/dev/africastalking/ussd HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    async with asyncio.timeout(ANSWER_SECONDS):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        page = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 200 ") or page[:4] not in (b"CON ", b"END "):
        raise SystemExit(f"A callback was answered {head[:40]!r} {page[:200]!r}")
    return page


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
