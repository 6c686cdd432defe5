"""The plain phone: prints each screen and reads lines, for scripts, pipes and small terminals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import typer

from app.errors import MohalaError, ServiceFailed
from app.printable import printable
from app.terminal.handset import Handset, is_code
from app.terminal.phones import Phones
from app.terminal.tape import Did, Turn
from app.terminal.wire import Page

wait_seconds_max = 60
inbox_look_seconds = 0.5
HELP = """\
A line is typed input; while the line is down, a code such as *384*100# dials. `::x` types `:x`.
:dial [CODE]          hang up and dial; without a code the last one again (also :redial)
:drop                 the line falls
:wait 10s             wait so long (60 s at most) and show the SMS that come
:sms TEXT             send an SMS to the service
:inbox [10s]          show new SMS; with a time, wait at most so long for one
:language [CODE]      hang up and dial through the menu to a language, or to the next one
:agent [NUMBER]       take the agent's phone        :citizen  take the citizen's
:record FILE [NAME]   record from the next dial or SMS on as a conversation        :stop  write it
:quit                 put the phones away        :help  this list"""


class PlainPhone:
    """Reads with `read`, which raises `EOFError` at the end.

    `stays`: goes on after the end of a dialogue. `forgives`: a failure is told, and the next line is read.
    """

    def __init__(self, phones: Phones, read: Callable[[str], str], *, stays: bool, forgives: bool) -> None:
        self._phones = phones
        self._read = read
        self._stays = stays
        self._forgives = forgives
        self._handset = phones.citizen
        self._quits = False
        self.commands: Mapping[str, Callable[[str], None]] = {
            "dial": self._dial, "redial": self._dial, "drop": self._drop, "wait": self._wait, "sms": self._sms,
            "inbox": self._inbox, "language": self._language, "agent": self._agent, "citizen": self._citizen,
            "record": self._record, "stop": self._stop, "quit": self._quit, "help": self._help,
        }  # fmt: skip

    def run(self, code: str) -> int:
        """Dial, then obey each line until the input or, unless it stays, the dialogue ends; returns an exit code."""
        failed = self._try(lambda: self._dial(code))
        while not failed and not self._quits and (self._stays or self._handset.is_up):
            try:
                line = self._read(self._prompt())
            except EOFError:
                break
            failed = self._try(lambda line=line: self._obey(line))  # type: ignore[misc]  # bound now, called now
        return int(failed)

    def _try(self, act: Callable[[], None]) -> bool:
        """Whether it failed for good; a gateway that is not there is raised to whoever started this phone."""
        try:
            act()
        except MohalaError as error:
            if not self._forgives and not _is_no_page(error):
                raise
            typer.echo(printable(str(error)), err=True)
            return not self._forgives
        return False

    def _prompt(self) -> str:
        return ">" if self._handset is self._phones.citizen else "agent>"

    def _obey(self, line: str) -> None:
        if line.startswith("::"):
            return self._type(line[1:])
        if not line.startswith(":"):
            return self._dial(line) if not self._handset.is_up and is_code(line) else self._type(line)
        name, _, rest = line[1:].partition(" ")
        if name not in self.commands:
            raise ServiceFailed(f"There is no :{name}; :help names the commands.", retryable=False)
        return self.commands[name](rest.strip())

    def _type(self, text: str) -> None:
        self._show(self._handset.type(text))

    def _dial(self, code: str) -> None:
        self._show(self._handset.dial(code))

    def _drop(self, _: str) -> None:
        self._handset.drop()
        typer.echo("The line fell.\n")

    def _wait(self, told: str) -> None:
        seconds = _seconds(told or "10s")
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(inbox_look_seconds, left))
            with suppress(ServiceFailed):  # a wait is a wait, SMS centre or not
                for handset in self._phones.open:
                    self._look(handset)
        self._phones.tape.note(Turn(self._handset.number, Did.WAITS, str(seconds)))

    def _sms(self, text: str) -> None:
        self._handset.text(text)
        _say(f"Sent to {self._handset.short_code}.\n")

    def _inbox(self, told: str) -> None:
        deadline = time.monotonic() + (_seconds(told) if told else 0)
        while not self._look(self._handset):
            if time.monotonic() >= deadline:
                typer.echo("No new SMS.\n")
                return
            time.sleep(inbox_look_seconds)

    def _look(self, handset: Handset) -> bool:
        fresh = handset.look()
        for sms in fresh:
            _say(f"SMS from {sms.sender} to {handset.number}:\n{sms.text}\n")
        return bool(fresh)

    def _language(self, language: str) -> None:
        self._show(self._phones.switch_language(self._handset, language))

    def _agent(self, number: str) -> None:
        self._take(self._phones.agent(number))

    def _citizen(self, _: str) -> None:
        self._take(self._phones.citizen)

    def _take(self, handset: Handset) -> None:
        self._handset = handset
        shown = handset.page.text if handset.page and handset.is_up else "(the line is down)"
        _say(f"{handset.number}\n{shown}\n")

    def _record(self, told: str) -> None:
        path, _, name = told.partition(" ")
        if not path:
            raise ServiceFailed("Say where to, as in `:record conversations.yaml a mother asks`.", retryable=False)
        self._say_recorded()
        self._phones.record(Path(path), name)
        _say(f"Records into {path} from the next dial or SMS on.\n")

    def _stop(self, _: str) -> None:
        _say(f"{self._phones.stop_recording()}\n")

    def _say_recorded(self) -> None:
        if self._phones.tape.is_running:
            self._stop("")

    def _quit(self, _: str) -> None:
        self._quits = True

    def _help(self, _: str) -> None:
        typer.echo(f"{HELP}\n")

    def _show(self, page: Page | None) -> None:
        if page is not None:
            _say(f"{page.text}\n")


def _say(text: str) -> None:
    """Print what others wrote: a gateway, an office, whoever sends SMS."""
    typer.echo(printable(text))


def read_line(prompt: str) -> str:
    """A line of standard input; Ctrl-C and the end of it are an `EOFError`."""
    try:
        line: str = typer.prompt(prompt, prompt_suffix=" ", default="", show_default=False)
    except typer.Abort:
        raise EOFError from None
    return line


def _is_no_page(error: MohalaError) -> bool:
    return isinstance(error, ServiceFailed) and not error.retryable


def _seconds(told: str) -> int:
    found = re.fullmatch(r"([0-9]{1,3}) ?s?", told)
    if not found or int(found[1]) > wait_seconds_max:
        raise ServiceFailed(f"Write a time such as 10s, {wait_seconds_max} s at most.", retryable=False)
    return int(found[1])
