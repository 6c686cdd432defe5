"""The citizen's phone, the agent's beside it, and the recording of what both do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from app.chance_texts import ChanceTexts
from app.errors import ServiceFailed, SettingsWrong
from app.terminal.handset import Handset, is_code
from app.terminal.languages import next_language
from app.terminal.recording import append, read_conversations, render
from app.terminal.tape import Tape
from app.terminal.wire import Page, Wire

NO_CHANCE = ChanceTexts()
NUMBER = re.compile(r"\+[0-9]{8,15}")


class Phones:
    """Two handsets on one wire and one tape; the agent's is there from when it is first asked for.

    `read_languages` gives language -> digits to dial through, and is called when a language is first switched; what the
    house texts by `chance` is not recorded.
    """

    def __init__(
        self,
        wire: Wire,
        service_code: str,
        citizen: str,
        agent: str,
        new_id: Callable[[], str],
        read_languages: Callable[[], Mapping[str, str]],
        chance: ChanceTexts = NO_CHANCE,
    ) -> None:
        if not is_code(service_code):
            raise SettingsWrong(f"{service_code} is no service code: set MOHALA_SERVICE_CODE to one like *384*100#.")
        self.tape = Tape(wire.clock)
        self._wire = wire
        self._service_code = service_code
        self._new_id = new_id
        self._read_languages = read_languages
        self._chance = chance
        self._agent_number = agent
        self._record_path: Path | None = None
        self.citizen = self._open(citizen)
        self._agent: Handset | None = None

    @property
    def service_code(self) -> str:
        return self._service_code

    @property
    def agent_number(self) -> str:
        return self._agent_number

    def agent(self, number: str = "") -> Handset:
        """The agent's phone; another number is another phone, and the old one is put away."""
        wanted = number or self._agent_number
        if self._agent is None or self._agent.number != wanted:
            opened = self._open(wanted)
            if self._agent:
                self._agent.leave()
            self._agent, self._agent_number = opened, wanted
        return self._agent

    @property
    def open(self) -> tuple[Handset, ...]:
        return (self.citizen, self._agent) if self._agent else (self.citizen,)

    @cached_property
    def languages(self) -> Mapping[str, str]:
        return self._read_languages()

    def switch_language(self, handset: Handset, language: str = "") -> Page | None:
        """Hang up and dial through the menu to a language, or to the next one."""
        if not self.languages:
            told = "No way to a language is known: say it with --language-digits en=8*2."
            raise ServiceFailed(told, retryable=False)
        chosen = language or next_language(self.languages, handset.language)
        if chosen not in self.languages:
            raise ServiceFailed(f"There is no {chosen}; there are {', '.join(self.languages)}.", retryable=False)
        page = handset.dial(f"{self._service_code.rstrip('#')}*{self.languages[chosen]}#")
        handset.language = chosen
        handset.dialled = self._service_code  # so that redial does not choose it again
        return page

    def record(self, path: Path, name: str = "") -> None:
        """Record from the next dial or SMS on; raises `SettingsWrong` for a file that cannot take it."""
        read_conversations(path)
        at = self._wire.clock().strftime("%Y-%m-%d %H-%M-%S")
        chosen = {handset.number: handset.language for handset in self.open if handset.language}
        self.tape.start(name.strip() or f"recorded {at}", chosen)
        self._record_path = path

    def stop_recording(self) -> str:
        """Take a last look at the SMS and write what was recorded; returns a sentence about it.

        A recording that cannot be written comes with the sentence.
        """
        for handset in self.open:
            with suppress(ServiceFailed):  # an SMS that nobody looked for belongs to the conversation all the same
                handset.look()
        conversation = self.tape.stop()
        if conversation is None or self._record_path is None:
            return "Nothing was recorded."
        try:
            name = append(self._record_path, conversation)
        except SettingsWrong as wrong:
            return f"{wrong} Here it is:\n{render(conversation, conversation.name, 2)}"
        return f"Recorded as `{name}` in {self._record_path}: {len(conversation.turns)} turns."

    def put_away(self) -> None:
        for handset in self.open:
            handset.leave()

    def _open(self, number: str) -> Handset:
        if not NUMBER.fullmatch(number):
            raise SettingsWrong(f"{number} is no number with its country code: write it like +12025550123.")
        return Handset(number, self._service_code, self._wire, self.tape, self._new_id, self._chance)
