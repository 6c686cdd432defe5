"""A real cluster and real sentinels on loopback, made of the same server binary as the embedded one."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis

from sessions.embedded import _binary

START_SECONDS = 30.0


def free_port() -> int:
    """One whose neighbour 10,000 above, the cluster's bus, is free as well."""
    while True:
        with socket.socket() as probe, socket.socket() as bus:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            if port > 50_000:
                continue
            try:
                bus.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port


class Proxy:
    """In front of a primary; `hole` swallows what it sends to its replicas, and nothing else."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.hole = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                caller.close()
                continue
            replica = threading.Event()
            threading.Thread(target=self._pump, args=(caller, server, replica, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, caller, replica, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, replica: threading.Event, to_caller: bool) -> None:
        with source, target:
            while True:
                try:
                    data = source.recv(65_536)
                    if not to_caller and b"PSYNC" in data:
                        replica.set()
                    if data and not (to_caller and self.hole and replica.is_set()):
                        target.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    with suppress(OSError):
                        target.shutdown(socket.SHUT_RDWR)
                    return


def wait_until(what: str, look: Callable[[], object], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if look():
                return
        except (redis.RedisError, OSError):
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@dataclass
class Server:
    """One process; `words` are its settings."""

    directory: Path
    words: list[str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(_binary()), *self.words, "--port", str(self.port), "--bind", "127.0.0.1",
                 "--dir", str(self.directory)],
                cwd=self.directory, stdout=log, stderr=log, env={"LC_ALL": "C"},
            )  # fmt: skip
        wait_until("a server", lambda: self.client().ping())

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=2.0, protocol=2)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def bring_replicas_up(self) -> None:
        """Until every replica has all that was written here. WAIT alone knows of its own connection's writes only."""
        with self.client() as client:
            written = int(client.info("replication")["master_repl_offset"])

            def have_it() -> bool:
                told = client.info("replication")
                replicas = [told[f"slave{number}"] for number in range(int(told["connected_slaves"]))]
                return bool(replicas) and all(int(replica["offset"]) >= written for replica in replicas)

            wait_until("the replicas to have it all", have_it)

    def role(self) -> str:
        with self.client() as client:
            return client.execute_command("ROLE")[0].decode()


@dataclass
class Cluster:
    servers: list[Server]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in self.servers)

    def primary_of(self, key: str) -> Server:
        """As somebody who is alive sees it."""
        living = next(server for server in self.servers if server.process and server.process.poll() is None)
        with living.client() as client:
            slot = client.execute_command("CLUSTER", "KEYSLOT", key)
            for first, last, (_, port, *_), *_ in client.execute_command("CLUSTER SLOTS"):
                if first <= slot <= last:
                    return next(server for server in self.servers if server.port == port)
        raise AssertionError("nobody has the slot")

    def is_whole(self) -> bool:
        for server in self.servers:
            with server.client() as client:
                state = client.execute_command("CLUSTER INFO")
                text = state.decode() if isinstance(state, bytes) else "".join(f"{k}:{v}\n" for k, v in state.items())
            if "cluster_state:ok" not in text.replace("\r", ""):
                return False
        return True


@contextmanager
def cluster(directory: Path, proxy: Proxy | None = None) -> Iterator[Cluster]:
    """Three primaries with a replica each; `proxy` is to be before the first of them, which listens where it leads."""
    words = [
        "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--save", "", "--appendonly", "no",
        "--cluster-config-file", "nodes.conf", "--repl-diskless-sync-delay", "0",
        "--cluster-replica-validity-factor", "0",
    ]  # fmt: skip
    with ExitStack() as closing:
        servers = [Server(directory / f"node{number}", words) for number in range(6)]
        if proxy is not None:
            servers[0].port = proxy.to
            servers[0].words = [
                *words, "--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", str(proxy.port),
                "--cluster-announce-bus-port", str(proxy.to + 10_000),
            ]  # fmt: skip
        for server in servers:
            closing.callback(server.stop)
            server.start()
        ids = []
        for server in servers:
            with server.client() as client:
                ids.append(client.execute_command("CLUSTER", "MYID").decode())
        for number, server in enumerate(servers):
            with server.client() as client:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", str(servers[0].port))
                if number < 3:
                    first, last = number * 16_384 // 3, (number + 1) * 16_384 // 3 - 1
                    client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)

        def all_know_all() -> bool:
            for server in servers:
                with server.client() as client:
                    known = client.execute_command("CLUSTER", "NODES")
                    if len(known.splitlines() if isinstance(known, bytes) else known) < len(servers):
                        return False
            return True

        wait_until("all to know all", all_know_all)
        for number, server in enumerate(servers[3:]):

            def follow(server: Server = server, primary: str = ids[number]) -> bool:
                with server.client() as client:
                    client.execute_command("CLUSTER", "REPLICATE", primary)
                return True

            wait_until("a replica", follow)
        whole = Cluster(servers)
        wait_until("a whole cluster", whole.is_whole)
        wait_until("the replicas", lambda: sum(server.role() == "slave" for server in servers) == 3)
        yield whole


@dataclass
class Watched:
    """A primary and its replica (which is which may change), and three sentinels."""

    pair: list[Server]
    sentinels: list[Server]
    proxy: Proxy

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.sentinels)
        return f"redis+sentinel://{hosts}/mohala"

    def primary(self) -> Server:
        with self.sentinels[0].client() as client:
            _, port = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mohala")
        return self.pair[0] if int(port) == self.proxy.port else self.pair[1]


@contextmanager
def watched(directory: Path) -> Iterator[Watched]:
    """Everybody reaches the first primary by its proxy."""
    words = ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"]
    with ExitStack() as closing:
        primary = Server(directory / "primary", words)
        replica = Server(directory / "replica", words)
        for server in (primary, replica):
            closing.callback(server.stop)
            server.start()
        proxy = Proxy(primary.port)
        closing.callback(proxy.close)
        with replica.client() as client:
            client.execute_command("REPLICAOF", "127.0.0.1", proxy.port)
        wait_until("the replica", lambda: b"up" in str(replica.client().info("replication")).encode())
        sentinels = []
        for number in range(3):
            place = directory / f"sentinel{number}"
            place.mkdir(parents=True)
            (place / "sentinel.conf").write_text(
                f"sentinel monitor mohala 127.0.0.1 {proxy.port} 2\n"
                "sentinel down-after-milliseconds mohala 1000\nsentinel failover-timeout mohala 5000\n"
            )
            sentinel = Server(place, ["sentinel.conf", "--sentinel"])
            closing.callback(sentinel.stop)
            sentinel.start()
            sentinels.append(sentinel)
        group = Watched([primary, replica], sentinels, proxy)

        def know_each_other() -> bool:
            for sentinel in sentinels:
                with sentinel.client() as client:
                    told = client.execute_command("SENTINEL", "MASTER", "mohala")
                    fields = told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))
                    fields = {_text(key): _text(value) for key, value in fields.items()}
                    if fields["num-other-sentinels"] != "2" or fields["num-slaves"] != "1":
                        return False
            return True

        wait_until("the sentinels", know_each_other)
        yield group


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
