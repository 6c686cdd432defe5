"""One phone on the full screen: display, septet counter, keypad, SMS inbox and compose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from app.errors import MohalaError, ServiceFailed
from app.limits import sms_characters_max, sms_septets_max
from app.printable import printable
from app.terminal.handset import Handset, is_code
from app.terminal.wire import Page, ReceivedSms
from app.values.text import SEPTETS

ucs2_characters_max = 70
inbox_look_seconds = 1.0
inbox_shown_max = 30  # older SMS are not drawn
SIGNS = "123456789*0#"
IDS = {"*": "star", "#": "hash"}


class Panel(Widget):
    """A handset and its SMS, side by side; what may block runs in a thread, so that the red key always works."""

    DEFAULT_CSS = """
    Panel { layout: horizontal; width: 1fr; height: 1fr; }
    Panel .handset { width: 40; height: 1fr; border: round #707880; padding: 0 1; }
    Panel:focus-within .handset { border: round $accent; }
    Panel .display { height: 1fr; background: #cfdcb4; color: #14200a; padding: 0 1; }
    Panel .page { width: 100%; }
    Panel .gauge { height: 1; color: $text-muted; }
    Panel .typed, Panel .compose { width: 100%; }
    Panel .keypad { grid-size: 3 5; grid-gutter: 0 1; height: 5; }
    Panel .keypad Button { width: 100%; min-width: 4; }
    Panel .messages { width: 1fr; height: 1fr; border: round #707880; padding: 0 1; }
    Panel .inbox { height: 1fr; }
    Panel .sms { margin-bottom: 1; }
    Panel .trouble { color: $text-warning; height: auto; max-height: 3; }
    """

    def __init__(self, handset: Handset, owner: str, id: str) -> None:
        super().__init__(id=id)
        self.handset = handset
        self._owner = owner
        self._question = 0  # the one that is waited for; none is 0
        self._questions = 0
        self._looks = False
        self._shown: tuple[ReceivedSms, ...] = ()
        # Held, not looked up: a timer may strike before they are on the screen, or after they have left it.
        self._body = Vertical(classes="handset")
        self._messages = Vertical(classes="messages")
        self._inbox = VerticalScroll(classes="inbox", can_focus=False)

    def compose(self) -> ComposeResult:
        with self._body:
            self._body.border_title = f"{self._owner} {self.handset.number}"
            with VerticalScroll(classes="display", can_focus=False):
                yield Static(classes="page", markup=False)
            yield Static(classes="gauge", markup=False)
            yield Static(classes="trouble", markup=False)
            yield Input(placeholder=self.handset.service_code, classes="typed", compact=True)
            with Grid(classes="keypad"):
                yield from (_key(sign, f"key-{IDS.get(sign, sign)}") for sign in SIGNS)
                yield _key("Call", "green", "success")
                yield _key("C", "clear")
                yield _key("End", "red", "error")
        with self._messages:
            self._messages.border_title = "SMS"
            yield self._inbox
            placeholder = f"SMS to {self.handset.short_code}"
            yield Input(placeholder=placeholder, max_length=sms_characters_max, classes="compose", compact=True)

    def on_mount(self) -> None:
        self.show()
        self.set_interval(inbox_look_seconds, self.look)

    @property
    def typed(self) -> Input:
        return self.query_one(".typed", Input)

    def note(self, text: str) -> None:
        """What stands on the lower edge, where nothing else is."""
        self._body.border_subtitle = text

    def green(self) -> None:
        """Send what stands in the input: an answer while the line is up, a code to dial while it is down."""
        text, handset = self.typed.value, self.handset
        if self._question:
            return self.say("The gateway is thinking; the red key hangs up.")
        if not handset.is_up and text and not is_code(text):
            return self.say(f"The line is down: dial a code such as {handset.service_code}.")
        self.typed.value = ""
        if handset.is_up:
            return self.ask(lambda: handset.type(text))
        return self.ask(lambda: handset.dial(text))

    def redial(self) -> None:
        self.ask(self.handset.dial)

    def red(self) -> None:
        """Hang up, also while the gateway thinks; with the line down, wipe the display."""
        self.typed.value = ""
        self._question = 0
        if self.handset.is_up:
            self.run_worker(self._do(self.handset.drop))
        else:
            self.handset.page = None
            self.show()

    def ask(self, question: Callable[[], Page | None]) -> None:
        """Run what waits for a page; one at a time, and only the red key breaks in."""
        if self._question:
            return self.say("The gateway is thinking; the red key hangs up.")
        self._questions += 1
        self._question = self._questions
        self.show()
        self.run_worker(self._ask(question, self._question))
        return None

    def look(self) -> None:
        """Look into the inbox, unless the last look still waits for the SMS centre."""
        if not self._looks:
            self._looks = True
            self.run_worker(self._look())

    def say(self, text: str) -> None:
        """A sentence under the display; an empty one takes it away."""
        trouble = self.query_one(".trouble", Static)
        trouble.update(printable(text))
        trouble.display = bool(text)

    def show(self, trouble: str = "") -> None:
        """Draw what the handset holds now."""
        page = self.handset.page
        text = "..." if self._question else page.text if page else ""
        self.query_one(".page", Static).update(printable(text))
        line = "line up" if self.handset.is_up else "line down"
        self.query_one(".gauge", Static).update(f"{gauge(page.text)}, {line}" if page and not self._question else line)
        self.typed.placeholder = "answer" if self.handset.is_up else self.handset.dialled
        self.say(trouble)

    async def _ask(self, question: Callable[[], Page | None], place: int) -> None:
        trouble = await _in_thread(question)
        if self._question == place:  # else the line was dropped meanwhile, and perhaps dialled again
            self._question = 0
            self.show(trouble)

    async def _do(self, act: Callable[[], object]) -> None:
        self.show(await _in_thread(act))

    async def _look(self) -> None:
        trouble = await _in_thread(self.handset.look)
        self._looks = False
        self._messages.border_subtitle = "no SMS centre answers" if trouble else ""
        newest = self.handset.inbox[: -inbox_shown_max - 1 : -1]
        if newest != self._shown and self._inbox.is_attached:
            self._shown = newest
            self._messages.border_title = f"SMS ({len(self.handset.inbox)})"
            await self._inbox.remove_children()
            await self._inbox.mount_all(Static(_drawn(sms), classes="sms", markup=False) for sms in newest)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        sign = str(event.button.label)
        if event.button.has_class("green"):
            self.green()
        elif event.button.has_class("red"):
            self.red()
        elif event.button.has_class("clear"):
            self.typed.value = self.typed.value[:-1]
        else:
            self.typed.value += sign
        self.typed.focus()
        self.typed.cursor_position = len(self.typed.value)

    @on(Input.Submitted, ".typed")
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        self.green()

    @on(Input.Submitted, ".compose")
    def _written(self, event: Input.Submitted) -> None:
        event.stop()
        text, event.input.value = event.value, ""
        self.run_worker(self._do(lambda: self.handset.text(text)))


def gauge(text: str) -> str:
    """What a page costs as a handset counts it: GSM 03.38 septets, or characters of UCS-2 for any other letter."""
    if all(letter in SEPTETS for letter in text):
        return f"{sum(SEPTETS[letter] for letter in text)}/{sms_septets_max} septets"
    return f"{len(text.encode('utf-16-be')) // 2}/{ucs2_characters_max} UCS-2"


def _key(label: str, kind: str, variant: str = "default") -> Button:
    key = Button(label, variant=variant, classes=kind, compact=True)  # type: ignore[arg-type]  # three known words
    key.can_focus = False
    key.active_effect_duration = 0  # while its effect lasts a button takes no second press, and numbers have doubles
    return key


def _drawn(sms: ReceivedSms) -> str:
    return printable(f"{sms.sender} {sms.sent_at.astimezone():%H:%M:%S}\n{sms.text}")


async def _in_thread(act: Callable[[], object]) -> str:
    """Run it in a thread; gives the sentence of its failure, or nothing."""
    try:
        await asyncio.to_thread(act)
    except ServiceFailed as failed:
        return failed.reason
    except MohalaError as error:
        return str(error)
    return ""
