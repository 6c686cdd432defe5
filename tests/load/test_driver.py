"""The driver against a real server in the same loop: what it sends, what it counts, and what it does not hide."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl

from app.authoring.conversations.wording import parse
from app.handsets import Handsets
from app.load.citizen import Callback, Habits, Note
from app.load.driver import Driver, Plan
from app.load.history import FILE, Deed, History, HistoryWriter, Trouble, Word, read_history
from app.load.journeys import Dial, Journey
from app.load.shapes import Shape
from app.load.wire import Wire
from tests.load.runs import CODE, RUN

Forms = list[dict[str, str]]
CALM = Habits(think_seconds=0.01).scaled(0)
JOURNEY = Journey("types twice", (Dial(CODE, parse(""), (parse("1"), parse("2*3"))),))


def plan(**changes: object) -> Plan:
    values: dict[str, object] = {
        "name": "run", "shape": Shape.STEADY, "rate": 300.0, "seconds": 0.2, "seed": 1, "habits": CALM,
        "journeys": (JOURNEY,), "offers": frozenset(), "in_flight_max": 50,
        "handsets": Handsets("*384*26600#", {"+26650123456": ""}, {"+2665": "65101"}),
    }  # fmt: skip
    return Plan(**(values | changes))  # type: ignore[arg-type]


def driven(
    directory: Path, plan: Plan, use: Callable[[Driver], Awaitable[object]] | None = None
) -> tuple[History, Forms]:
    """What a run, or another use of its driver, wrote down, and the forms that came to a server that answers all."""
    forms: Forms = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
                body = (await reader.readexactly(length)).decode()
                forms.append({name: value for name, (value,) in parse_qs(body, keep_blank_values=True).items()})
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nCON more")
        except asyncio.IncompleteReadError:
            writer.close()

    async def run(writer: HistoryWriter) -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        driver = Driver(plan, Wire(f"http://127.0.0.1:{port}/ussd", 5.0), writer, "http://127.0.0.1:1")
        await (use(driver) if use else driver.run(lambda line: None))
        server.close()

    file = io.BytesIO()
    asyncio.run(run(HistoryWriter(file, RUN)))
    (directory / FILE).write_bytes(file.getvalue())
    return read_history(directory), forms


def test_every_callback_is_in_the_history_with_what_was_sent_and_answered(tmp_path: Path) -> None:
    history, forms = driven(tmp_path, plan())
    sent = {(form["sessionId"], form["text"]) for form in forms}
    assert len(forms) == len(history.exchanges) == len(sent) > 10
    assert {(one.session, one.text) for one in history.exchanges} == sent
    assert {one.text for one in history.exchanges} == {"", "1", "1*2*3"}
    assert {one.answer for one in history.exchanges} == {"CON more"}
    assert all(one.due <= one.ready <= one.sent <= one.answered for one in history.exchanges)
    assert history.cut is not None and history.cut.cut_off == 0
    assert all(re.fullmatch(r"\+2665\d{7}", form["phoneNumber"]) for form in forms)
    assert {form["serviceCode"] for form in forms} == {CODE}


def test_who_arrives_when_with_which_journey_depends_on_the_seed_alone(tmp_path: Path) -> None:
    def arrived(seed: int) -> list[tuple[str, float]]:
        history, _ = driven(tmp_path, plan(seed=seed))
        return sorted((one.session, one.due) for one in history.exchanges if one.deed is Deed.DIAL)

    assert arrived(1) == arrived(1) != arrived(2)


def test_a_callback_that_finds_no_room_is_counted_and_not_sent(tmp_path: Path) -> None:
    async def use(driver: Driver) -> None:
        callbacks = [Callback("+26650000001", f"s{number}", CODE, Deed.DIAL, "", 0.0) for number in range(3)]
        await asyncio.gather(*map(driver.send, callbacks))

    history, forms = driven(tmp_path, plan(in_flight_max=1, room_seconds=0.0), use)
    assert [form["sessionId"] for form in forms] == ["s0"]
    assert [one.trouble for one in history.exchanges] == [Trouble.NOT_SENT, Trouble.NOT_SENT, None]


def test_who_is_cut_off_leaves_in_the_history_what_the_gateway_had_already(tmp_path: Path) -> None:
    async def use(driver: Driver) -> None:
        citizen = asyncio.create_task(driver.send(Callback("+26650000001", "s1", CODE, Deed.DIAL, "", 0.0)))
        for _ in range(9):  # turns of the loop, until it is under way
            await asyncio.sleep(0)
        assert driver._under_way
        citizen.cancel()
        await asyncio.gather(citizen, return_exceptions=True)
        await driver.run(lambda line: None)

    history, _ = driven(tmp_path, plan(rate=0.01), use)
    assert [(one.session, one.answer) for one in history.exchanges] == [("s1", "CON more")]


def test_what_is_not_taken_is_told_again_and_then_written_down(tmp_path: Path) -> None:
    forms: list[dict[str, str]] = []

    async def busy_at_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
                forms.append(dict(parse_qsl((await reader.readexactly(length)).decode())))
                status = b"503 Busy" if len(forms) == 1 else b"200 OK"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def run(writer: HistoryWriter) -> None:
        server = await asyncio.start_server(busy_at_first, "127.0.0.1", 0)
        wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sms", 5.0)
        driver = Driver(plan(), wire, writer, "http://127.0.0.1:1", {Word.TEXT: wire})
        driver._began = time.monotonic()
        await driver.tell(Note("+26650000001", Word.TEXT, "t1", CODE, "STATUS 0W3G-E1R7R", 0.0))
        await driver.tell(Note("+26650000001", Word.ENDED, "s1", CODE, "Success", 0.0))
        server.close()

    file = io.BytesIO()
    asyncio.run(run(HistoryWriter(file, RUN)))
    (tmp_path / FILE).write_bytes(file.getvalue())
    (notice,) = read_history(tmp_path).notices
    assert (notice.tries, notice.status, notice.is_taken) == (2, 200, True), "there is no wire for endings here"
    assert [(form["from"], form["id"], form["text"]) for form in forms] == [
        ("+26650000001", "t1", "STATUS 0W3G-E1R7R")
    ] * 2


def test_runs_share_no_numbers() -> None:
    one, other = ({plan(name=name).number(place) for place in range(1000)} for name in ("one", "other"))
    assert len(one) == len(other) == 1000 and not one & other


def test_the_rate_is_that_of_callbacks_not_of_citizens() -> None:
    assert plan().sessions_a_second == 100.0
    assert plan(habits=Habits()).sessions_a_second < 100.0
