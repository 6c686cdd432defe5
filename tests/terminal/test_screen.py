"""The full-screen phone under textual's own pilot, on the running gateway."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static
from textual.widgets._toast import Toast

from app.authoring.conversations.files import read_files
from app.terminal.panel import Panel, gauge
from app.terminal.phones import Phones
from app.terminal.screen import PhoneApp
from app.terminal.wire import Wire
from tests.story.country import ROOT, SERVICE_CODE, Country, free_port
from tests.terminal.parts import languages, new_id, new_number

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 15.0
HOME = "Rea u amohela! Khetha:"


class Watched:
    """An open phone and what a person can do with it and see on it."""

    def __init__(self, app: PhoneApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    def panel(self, id: str = "citizen") -> Panel:
        return self.app.panel_of(id)

    def text(self, part: str, id: str = "citizen") -> str:
        return str(self.panel(id).query_one(part, Static).content)

    def sms(self, id: str = "citizen") -> list[str]:
        return [str(sms.content) for sms in self.panel(id).query(".sms").results(Static)]

    def told(self) -> str:
        """What pops up over the phones."""
        return "\n".join(str(toast.render()) for toast in self.app.screen.query(Toast))

    async def type(self, text: str) -> None:
        await self.pilot.press(*text, "enter")

    async def until(self, what: str, look: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not look():
            assert time.monotonic() < deadline, f"waited in vain for {what}; the display shows {self.text('.page')!r}"
            await self.pilot.pause(0.02)

    async def shows(self, beginning: str, id: str = "citizen") -> None:
        await self.until(beginning, lambda: self.text(".page", id).startswith(beginning))


@asynccontextmanager
async def opened(
    phones: Phones, size: tuple[int, int] = (80, 24), *, code: str = "", with_agent: bool = False
) -> AsyncIterator[Watched]:
    app = PhoneApp(phones, code=code, with_agent=with_agent, wait_seconds=2)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Watched(app, pilot)


async def test_a_call_by_keys_counts_septets_and_ends(phones: Phones) -> None:
    async with opened(phones) as phone:
        assert phone.text(".gauge") == "line down"
        await phone.type("")
        await phone.shows(HOME)
        assert phone.text(".gauge") == f"{len(phone.text('.page'))}/160 septets, line up"
        for typed, shown in (("3", "Reka"), ("01234567897", "Bokae"), ("50", "Netefatsa"), ("2", "Ha ho chelete")):
            await phone.type(typed)
            await phone.shows(shown)
        assert phone.text(".gauge").endswith("line down")


async def test_a_call_by_clicks_on_the_keypad(phones: Phones) -> None:
    async with opened(phones) as phone:
        for key in ("key-star", "key-3", "key-8", "key-4", "key-star", "key-2", "key-6", "key-6", "key-0", "key-0"):
            assert await phone.pilot.click(f"#citizen .{key}")
        await phone.pilot.click("#citizen .key-hash")
        assert phone.panel().typed.value == SERVICE_CODE
        await phone.pilot.click("#citizen .green")
        await phone.shows(HOME)
        await phone.pilot.click("#citizen .key-1")
        await phone.pilot.click("#citizen .clear")
        await phone.pilot.click("#citizen .key-2")
        await phone.pilot.click("#citizen .green")
        await phone.shows("Kenya nomoro ea kopo")
        await phone.pilot.click("#citizen .red")
        await phone.until("the line to fall", lambda: phone.text(".gauge") == "line down")
        assert phone.text(".page") == ""


async def test_a_code_given_at_the_start_is_dialled_at_once(phones: Phones) -> None:
    async with opened(phones, code="*384*26600*3#") as phone:
        await phone.shows("Reka motlakase.")


async def test_what_is_no_code_is_not_dialled(phones: Phones) -> None:
    async with opened(phones) as phone:
        await phone.type("7")
        assert phone.text(".trouble") == "The line is down: dial a code such as *384*26600#."
        assert phone.panel().typed.value == "7"


async def test_escape_hangs_up_and_f5_dials_again(phones: Phones) -> None:
    async with opened(phones, code="*384*26600*2#") as phone:
        await phone.shows("Kenya nomoro ea kopo")
        await phone.pilot.press("escape")
        await phone.until("the line to fall", lambda: not phones.citizen.is_up)
        await phone.pilot.press("f5")
        await phone.shows("Kenya nomoro ea kopo")


async def test_hanging_up_while_the_gateway_thinks_frees_the_phone_at_once(phones: Phones, country: Country) -> None:
    async with opened(phones, code="*384*26600*1*2*5/3/2026*6*5#") as phone:
        await phone.until("the mother's number to be asked", lambda: phones.citizen.is_up and phone.text(".page"))
        country.knob("civil-registry", silent=True)
        await phone.type("012345678901")
        await phone.until("the question to be out", lambda: phones.citizen.is_waiting)
        await phone.type("1")
        assert phone.text(".trouble") == "The gateway is thinking; the red key hangs up."
        await phone.pilot.press("escape")
        await phone.until("the line to fall", lambda: phone.text(".gauge") == "line down")
        await phone.type(SERVICE_CODE)
        await phone.shows("U ne u e-s'o qete.")


async def test_a_text_is_written_and_its_answer_comes_in(phones: Phones) -> None:
    async with opened(phones) as phone:
        await phone.pilot.press("f6")
        await phone.type("STATUS 7K4M-2PXQ9")
        await phone.until("the answer", phone.sms)
        assert "Nomoro ea kopo e fosahetse. Leka hape." in phone.sms()[0]
        assert phone.panel().query_one(".compose", Input).value == ""


async def test_the_agent_stands_beside_the_citizen_with_a_line_of_their_own(phones: Phones) -> None:
    async with opened(phones, (120, 30), code=SERVICE_CODE) as phone:
        await phone.shows(HOME)
        await phone.pilot.press("f2")
        await phone.until("the second phone", lambda: phone.app.acting.id == "agent")
        await phone.type("*384*26600*2#")
        await phone.shows("Kenya nomoro ea kopo", "agent")
        await phone.pilot.press("f3")
        await phone.type("3")
        await phone.shows("Reka motlakase.")
        assert phone.text(".page", "agent").startswith("Kenya nomoro ea kopo")
        for part in phone.app.query(".handset, .messages"):
            assert part.region.width > 20 and part.region.right <= 120 and part.region.bottom <= 30


async def test_the_agent_may_be_put_out_of_sight_and_keeps_the_line(phones: Phones) -> None:
    async with opened(phones, (120, 30), with_agent=True) as phone:
        assert phone.app.acting.id == "citizen"
        await phone.pilot.press("f3")
        await phone.type("")
        await phone.shows(HOME, "agent")
        await phone.pilot.press("f2")
        assert not phone.panel("agent").display and phone.app.acting.id == "citizen"
        await phone.pilot.press("f2")
        assert phone.panel("agent").display and phones.agent().is_up


async def test_one_phone_fits_into_eighty_columns_and_two_without_their_sms(phones: Phones) -> None:
    async with opened(phones) as phone:
        display, keys = phone.panel().query_one(".display"), phone.panel().query(".keypad Button")
        assert display.region.height >= 8
        assert all(key.region.bottom <= 23 and key.region.area > 0 for key in keys)
        await phone.pilot.press("f2")
        await phone.until("the second phone", lambda: phone.panel("agent").region.width)
        assert [panel.query_one(".handset").region.width for panel in phone.app.query(Panel)] == [40, 40]
        assert not phone.panel().query_one(".messages").display
        await phone.pilot.press("f6")
        assert phone.app.acting.typed.has_focus


async def test_the_language_key_dials_through_the_menu(phones: Phones) -> None:
    async with opened(phones) as phone:
        await phone.pilot.press("f7")
        await phone.shows("Welcome to Mohala.")


async def test_a_recording_is_made_on_the_screen(phones: Phones, file: Path) -> None:
    async with opened(phones) as phone:
        await phone.pilot.press("f8")
        file_given = phone.app.screen.query_one("#file", Input)
        file_given.value = str(file)
        await phone.pilot.press("enter")
        await phone.type("a visitor looks")
        await phone.until("the recording", lambda: phones.tape.is_running)
        await phone.type("")
        await phone.shows(HOME)
        await phone.type("3")
        await phone.shows("Reka motlakase.")
        await phone.pilot.press("f8")
        await phone.until("the end of the recording", file.exists)
    [conversation] = read_files([file])
    assert conversation.name == "a visitor looks" and len(conversation.turns) == 2


async def test_a_form_that_is_left_records_nothing(phones: Phones) -> None:
    async with opened(phones) as phone:
        await phone.pilot.press("f8")
        await phone.pilot.press("escape")
        assert not phones.tape.is_running and phone.app.acting.id == "citizen"


@pytest.fixture
def full(file: Path) -> Path:
    file.write_text("other: 1\n")
    return file


async def test_a_file_that_cannot_grow_is_told(phones: Phones, full: Path) -> None:
    async with opened(phones) as phone:
        await phone.pilot.press("f8")
        phone.app.screen.query_one("#file", Input).value = str(full)
        await phone.pilot.press("enter", "enter")
        await phone.until("the sentence", lambda: "record into another file" in phone.told())
        assert not phones.tape.is_running


async def test_a_wait_passes_and_is_recorded(phones: Phones) -> None:
    async with opened(phones, code=SERVICE_CODE) as phone:
        await phone.shows(HOME)
        phones.tape.start("a wait", {})
        await phone.pilot.press("f5")
        await phone.shows(HOME)
        await phone.pilot.press("f9")
        await phone.until("the wait to be over", lambda: not phone.app.is_waiting)
    conversation = phones.tape.stop()
    assert conversation and f"{conversation.turns[-1].did} {conversation.turns[-1].what}" == "waits 2"


async def test_a_gateway_that_is_not_there_is_told_on_the_phone() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Wire(nowhere, "dev", nowhere) as wire:
        phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
        async with opened(phones, code=SERVICE_CODE) as phone:
            await phone.until("the sentence", lambda: phone.text(".trouble"))
            assert phone.text(".trouble").startswith(f"No gateway answers at {nowhere} ")
            messages = phone.panel().query_one(".messages")
            await phone.until("the other sentence", lambda: messages.border_subtitle)
            assert messages.border_subtitle == "no SMS centre answers"


@pytest.mark.parametrize(
    ("text", "told"), [("abc", "3/160 septets"), ("[€]", "6/160 septets"), ("Tšoara", "6/70 UCS-2")]
)
def test_the_counter_counts_as_a_handset_does(text: str, told: str) -> None:
    assert gauge(text) == told


def test_the_manual_names_every_key() -> None:
    manual = (ROOT / "docs" / "phone.md").read_text("utf-8")
    keys = [key for key, _, _ in (tuple(binding) for binding in PhoneApp.BINDINGS if isinstance(binding, tuple))]
    written = [key.upper() if key.startswith("f") else {"escape": "Esc", "ctrl+q": "Ctrl-Q"}[key] for key in keys]
    assert len(written) == 9 and [key for key in written if f"| {key}" not in manual] == []
