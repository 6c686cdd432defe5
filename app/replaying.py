"""Serves what was recorded of an office on loopback and lets its adapter ask once more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

from app import limits
from app.errors import ServiceFailed, SettingsWrong
from app.likeness import is_body_as, is_path_as
from app.messages import Answered, Refused
from app.wiring import sampled_office

PREFIX = "/office"
Exchange = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many samples there were, and a line for each that went otherwise."""

    count: int
    differences: tuple[str, ...]


def replay_all(directory: Path) -> Replayed:
    """Raises `SettingsWrong` for a file that is no sample."""
    files = sorted(directory.glob("*/*.yaml"))
    told = asyncio.run(_all(files))
    differences = (f"{file.relative_to(directory)}: {line}" for file, line in zip(files, told, strict=True) if line)
    return Replayed(len(files), tuple(differences))


async def _all(files: Sequence[Path]) -> list[str]:
    return [await _replay(file.parent.name, _read(file)) for file in files]


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text("utf-8")
        sample = yaml.safe_load(text) if len(text) <= limits.office_recording_bytes_max else {}
        if {"operations", "ask", "exchanges", "outcome"} <= sample.keys():
            return dict(sample)
    except (OSError, ValueError, AttributeError, yaml.YAMLError, RecursionError):
        pass
    raise SettingsWrong(f"{file} is no sample of an office; see docs/offices.md.")


async def _replay(adapter: str, sample: Mapping[str, Any]) -> str:
    """What is otherwise now; empty if nothing is."""
    async with _served(sample["exchanges"]) as desk:
        office = sampled_office(
            adapter, desk.url + PREFIX, sample["operations"], sample.get("options", {}), sample.get("wake_url", "")
        )
        ask = sample["ask"]
        try:
            said = await office.ask(ask["operation"], ask["arguments"], ask["key"], limits.office_worker_seconds)
            outcome: Mapping[str, Any] = _told(said)
        except ServiceFailed as failed:
            told = {"reason": failed.reason, "retryable": failed.retryable, "late": failed.late}
            outcome = {"failure": told}
        finally:
            await office.close()
    if desk.otherwise:
        return desk.otherwise
    if desk.exchanges:
        return f"asks {len(sample['exchanges']) - len(desk.exchanges)} times, recorded was {len(sample['exchanges'])}"
    return "" if outcome == sample["outcome"] else f"ends as {outcome}, recorded was {sample['outcome']}"


def _told(said: object) -> Mapping[str, Any]:
    match said:
        case Answered(results):
            return {"answered": dict(results)}
        case Refused(reason):
            return {"refused": reason}
        case _:
            return {type(said).__name__.lower(): True}


@dataclass(slots=True)
class _Desk:
    """Answers as was recorded, in order; `otherwise` is what was asked in another way."""

    exchanges: list[Exchange]
    url: str = ""
    otherwise: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while self.exchanges:
                line, headers, body = await _request(reader)
                if not self.exchanges:
                    self.otherwise = f"asks {line} besides"
                    break
                exchange = self.exchanges.pop(0)
                self._compare(exchange["request"], line, headers, body)
                if "cut" in exchange["answer"]:
                    break
                writer.write(_raw(exchange["answer"]))
                await writer.drain()
        except asyncio.IncompleteReadError as left:
            if left.partial:
                self.otherwise = self.otherwise or "asks what cannot be read"
        except (OSError, ValueError, asyncio.LimitOverrunError):
            self.otherwise = self.otherwise or "asks what cannot be read"
        writer.close()

    def _compare(self, wanted: Mapping[str, Any], line: str, headers: Mapping[str, str], body: bytes) -> None:
        asked = f"{wanted['method']} {wanted['path']}"
        if not is_path_as(asked, line):
            self.otherwise = f"asks {line}, recorded was {asked}"
        elif not is_body_as(wanted.get("json"), json.loads(body) if body else None):
            self.otherwise = f"sends another body to {asked}"
        for name, value in wanted.get("headers", {}).items():
            if headers.get(name.lower()) != value:
                self.otherwise = f"sends another {name} to {asked}"


async def _request(reader: asyncio.StreamReader) -> tuple[str, Mapping[str, str], bytes]:
    """Method and target, headers in small letters, and the body; raises `ValueError` for what is no HTTP."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return f"{method} {target}", headers, await reader.readexactly(int(headers.get("content-length", "0")))


def _raw(answer: Mapping[str, Any]) -> bytes:
    has_json = "json" in answer
    body = json.dumps(answer["json"]).encode() if has_json else str(answer["body"]).encode()
    kind = "application/json" if has_json else answer["content_type"]
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), **answer.get("headers", {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer['status']} {HTTPStatus(answer['status']).phrase}\r\n{lines}\r\n".encode() + body


@asynccontextmanager
async def _served(exchanges: Sequence[Exchange]) -> AsyncIterator[_Desk]:
    """On a free port. Of several connections some are idle until whoever asked is gone, and are waited for."""
    desk, tasks = _Desk(list(exchanges)), set[asyncio.Task[None]]()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(desk.serve(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    desk.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield desk
    finally:
        server.close()
        if tasks:
            await asyncio.wait(tasks)
