"""The full-screen phone: one panel, or the citizen's and the agent's side by side."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from app.errors import SettingsWrong
from app.printable import printable
from app.terminal.panel import Panel
from app.terminal.phones import Phones
from app.terminal.tape import Did, Turn

WAIT_SECONDS = 10
RECORDING_FILE = "conversations.yaml"


class RecordingForm(ModalScreen[tuple[str, str] | None]):
    """Asks where to record to, and under which name."""

    DEFAULT_CSS = """
    RecordingForm { align: center middle; }
    RecordingForm Vertical { width: 64; height: auto; border: round $accent; padding: 1 2; background: $surface; }
    RecordingForm Static { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "Do not record")]

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Record from the next dial or SMS on, into the file:")
            yield Input(self._file, id="file")
            yield Static("What happens in it, such as: a mother registers a birth")
            yield Input(id="name")

    @on(Input.Submitted, "#file")
    def _file_given(self) -> None:
        self.query_one("#name", Input).focus()

    @on(Input.Submitted, "#name")
    def _name_given(self) -> None:
        self.dismiss((self.query_one("#file", Input).value.strip(), self.query_one("#name", Input).value))


class PhoneApp(App[None]):
    """`code` is dialled at once; empty waits for a person. Leaves the recording to whoever started it."""

    CSS = """
    .-two .handset { width: 1fr; }
    .-two.-narrow .messages { display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "Mohala"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("f2", "agent", "Agent"),
        ("f3", "switch", "Switch"),
        ("f5", "redial", "Redial"),
        ("f6", "write", "SMS"),
        ("f7", "language", "Lang"),
        ("f8", "record", "Rec"),
        ("f9", "wait", "Wait"),
        ("escape", "hang_up", "End"),
        ("ctrl+q", "quit", "Quit"),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # textual declares it so
        (0, "-narrow"),
        (110, "-wide"),
    ]

    def __init__(
        self,
        phones: Phones,
        *,
        code: str = "",
        with_agent: bool = False,
        record: Path | None = None,
        wait_seconds: int = WAIT_SECONDS,
    ) -> None:
        super().__init__()
        self._phones = phones
        self._code = code
        self._with_agent = with_agent
        self._file = str(record or RECORDING_FILE)
        self._wait_seconds = wait_seconds
        self._waits_left = 0
        self._citizen = Panel(self._phones.citizen, "Citizen", "citizen")

    def compose(self) -> ComposeResult:
        yield Horizontal(self._citizen)
        yield Footer(compact=True)

    async def on_mount(self) -> None:
        self.set_interval(1.0, self._second)
        if self._with_agent:
            await self.action_agent()
        self._citizen.typed.focus()
        if self._code:
            self._citizen.ask(lambda: self._phones.citizen.dial(self._code))

    def panel_of(self, id: str) -> Panel:
        return self.query_one(f"#{id}", Panel)

    @property
    def is_waiting(self) -> bool:
        """Whether a wait that was asked for is not over."""
        return self._waits_left > 0

    @property
    def acting(self) -> Panel:
        """The phone in hand: the one with the focus."""
        at = self.focused
        while at is not None and not isinstance(at, Panel):
            at = at.parent  # type: ignore[assignment]  # a widget's parents are widgets up to the screen
        return at or self._citizen

    async def action_agent(self) -> None:
        """Show the agent's phone, or put it out of sight; its line stays as it is."""
        if not self.query("#agent"):
            panel = Panel(self._phones.agent(), "Agent", "agent")
            await self.query_one(Horizontal).mount(panel)
            panel.typed.focus()
        else:
            agent = self.panel_of("agent")
            agent.display = not agent.display
            (agent if agent.display else self._citizen).typed.focus()
        self.screen.set_class(self.panel_of("agent").display, "-two")

    def action_switch(self) -> None:
        shown = [panel for panel in self.query(Panel) if panel.display]
        shown[(shown.index(self.acting) + 1) % len(shown)].typed.focus()

    def action_redial(self) -> None:
        self.acting.redial()

    def action_hang_up(self) -> None:
        self.acting.red()

    def action_write(self) -> None:
        if self.screen.has_class("-two") and self.screen.has_class("-narrow"):
            self.notify("Two phones and their SMS need 110 columns; F2 takes the agent's away.", markup=False)
        else:
            self.acting.query_one(".compose", Input).focus()

    def action_language(self) -> None:
        panel = self.acting
        panel.ask(lambda: self._phones.switch_language(panel.handset))

    def action_wait(self) -> None:
        """Let time pass, and have a recording say so."""
        self._waits_left = self._waits_left or self._wait_seconds

    def action_record(self) -> None:
        if self._phones.tape.is_running:
            self.run_worker(self._stop_recording())
        else:
            self.push_screen(RecordingForm(self._file), self._record)

    def _record(self, told: tuple[str, str] | None) -> None:
        if told is None or not told[0]:
            return
        self._file, name = told
        try:
            self._phones.record(Path(self._file), name)
        except SettingsWrong as wrong:
            self.notify(printable(str(wrong)), severity="error", markup=False)
        self._draw_title()

    async def _stop_recording(self) -> None:
        self.notify(printable(await asyncio.to_thread(self._phones.stop_recording)), markup=False)
        self._draw_title()

    def _second(self) -> None:
        if self._waits_left:
            self._waits_left -= 1
            if not self._waits_left:
                number = self.acting.handset.number
                self._phones.tape.note(Turn(number, Did.WAITS, str(self._wait_seconds)))
        self._draw_title()

    def _draw_title(self) -> None:
        parts = ["recording"] if self._phones.tape.is_running else []
        parts += [f"waiting {self._waits_left} s"] if self._waits_left else []
        self._citizen.note(" | ".join(parts))
