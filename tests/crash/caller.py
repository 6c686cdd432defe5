"""A citizen whose callbacks are cut when a gateway dies: the aggregator posts again, or they dial again."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

import httpx

from app.load.history import Deed, Exchange, HistoryWriter, Trouble, references_in
from app.messages import Status
from integrations.database.evidence import RequestEvidence, citizen_hash
from tests.crash.land import Land

CODE = "*384*26600#"
TRIES = 5
INTERRUPTED = ("Puisano e khaohile.", "We were interrupted.")
"""What the house says where its session server did not answer in time, which a busy machine's may not."""
AWAY = ("Motlakase ha o rekoe hona joale.",)
"""What a page says while the door of an office that failed is still closed: whoever wants something comes again. What a
worker said of an office that was killed meanwhile is believed for half a minute.
"""
AWAY_SECONDS, AWAY_TRIES = 1.0, 40
INPUTS_MAX = 40
Typed = str | Callable[[], Awaitable[str]]
Answers = Sequence[tuple[str, Typed]]
"""What is typed on a page that begins so; the first that fits. What is known only then is asked for then."""
GO_ON: Answers = (("U ne u e-s'o qete.", "1"), ("You had not finished.", "1"))


@dataclass(slots=True)
class Caller:
    """`redials`: whoever is cut off dials anew; else the same callback is posted again until it is answered.

    `run` tells one citizen's run from another's; `since` is when it began. `citizen` is for whom an agent calls.
    """

    land: Land
    run: int
    number: str
    redials: bool
    since: datetime
    history: HistoryWriter
    began: float
    seen: list[str] = field(default_factory=list)
    session: str = ""
    heard: str = ""
    typed: list[str] = field(default_factory=list)
    cut_off: str = ""
    code: str = CODE
    ever_typed: set[str] = field(default_factory=set)
    citizen: str = ""

    def agent(self, number: str, *, is_for_me: bool = False) -> Caller:
        """An agent on their own phone, whose pages count as this citizen's if it is for them that the agent calls."""
        for_whom = self.number if is_for_me else ""
        seen, typed = (self.seen, self.ever_typed) if is_for_me else ([], set())
        return replace(
            self,
            number=number,
            citizen=for_whom,
            seen=seen,
            ever_typed=typed,
            typed=[],
            session="",
            heard="",
            cut_off="",
        )

    @property
    def references(self) -> list[str]:
        """Those that pages showed and nobody had typed, each once."""
        shown = dict.fromkeys(reference for page in self.seen for reference in references_in(page))
        return [reference for reference in shown if reference not in self.ever_typed]

    async def walk(self, answers: Answers, dialled: str = "", code: str = CODE) -> str:
        """Dial, type what each page asks for, and return the last one. Told that nothing was sent, dial again.

        So does who hears once more what became of the dialogue before: that it was over is noted a moment after its
        last page, and a gateway that is killed in between offers it anew.
        """
        known = set(self.references)
        for _ in range(TRIES):
            page = await self._walk(answers, dialled, code)
            again = set(references_in(page))
            if not page.startswith(INTERRUPTED) and not (again and again <= known):
                return page
        raise AssertionError(f"one dialogue after the other is interrupted: {page!r}")

    async def _walk(self, answers: Answers, dialled: str, code: str) -> str:
        self.code = code
        page, away = await self._dialled(dialled), AWAY_TRIES
        for _ in range(INPUTS_MAX + AWAY_TRIES):
            if not page.startswith("CON "):
                return page.removeprefix("END ")
            if page.removeprefix("CON ").startswith(AWAY) and away:
                away -= 1
                await asyncio.sleep(AWAY_SECONDS)
                page = await self._dialled(dialled)
                continue
            page = await self._type(await _fitting(page.removeprefix("CON "), answers), dialled)
        raise AssertionError(f"no end is in sight after {INPUTS_MAX} inputs; the last page was {page!r}")

    async def hang_up(self, answers: Answers, after: int) -> None:
        """Answer so many pages, then lose the line."""
        self.code = CODE
        page = await self._dialled("")
        for _ in range(after):
            page = await self._type(await _fitting(page.removeprefix("CON "), answers), "")
        await self._until_taken(
            "ussd/end",
            {"sessionId": self.session, "phoneNumber": self.number, "serviceCode": self.code, "status": "Incomplete"},
        )
        self.cut_off = self.session

    async def text(self, words: str, sender: str = "") -> None:
        """Send an SMS, which the aggregator posts until it is taken; who else sends one is named."""
        now = f"{self.land.clock():%Y-%m-%d %H:%M:%S}"
        fields = {"from": sender or self.number, "to": "26600", "text": words, "id": uuid4().hex, "date": now}
        await self._until_taken("sms", fields)

    async def texts(self, number: str = "") -> list[str]:
        """What came to this phone, or to another one, oldest first."""
        return [str(row["text"]) for row in await self.land.rows("/sms", to=number or self.number)]

    async def told(self, pattern: str, number: str = "", after: int = 0, seconds: float = 20.0) -> re.Match[str]:
        """The first text that says so among those behind so many; waits for it."""
        found: list[re.Match[str]] = []

        async def look() -> bool:
            found[:] = [one for text in (await self.texts(number))[after:] if (one := re.search(pattern, text))]
            return bool(found)

        await self.land.until(look, f"a text with {pattern}", seconds)
        return found[0]

    async def requests(self, service: str = "") -> list[RequestEvidence]:
        """This citizen's own, oldest first."""
        citizen = citizen_hash(self.land.keyring, self.number)
        found = [one for one in await self.land.evidence.requests(self.since) if one.citizen == citizen]
        return sorted((one for one in found if service in ("", one.service)), key=lambda one: one.filed_at)

    async def stand(self, status: Status, service: str) -> None:
        """Wait until all requests of a service, of which there is one at least, stand so."""

        async def look() -> bool:
            found = await self.requests(service)
            return bool(found) and all(one.status is status for one in found)

        await self.land.until(look, f"{service} to be {status}")

    async def _dialled(self, text: str) -> str:
        for _ in range(TRIES):
            self.session, self.typed = f"ATUid_{uuid4().hex}", text.split("*") if text else []
            page = await self._hop(Deed.DIAL)
            if page is not None:
                return page
        raise AssertionError("one dial after the other is cut off")

    async def _type(self, text: str, dialled: str) -> str:
        self.typed.append(text)
        self.ever_typed.add(text.replace("-", ""))
        page = await self._hop(Deed.TYPE)
        if page is None:
            self.cut_off = self.session
            page = await self._dialled(dialled)
        return page

    async def _hop(self, deed: Deed) -> str | None:
        """The answer; None: the line was cut, and this citizen dials again."""
        is_dial = deed is Deed.DIAL
        for _ in range(TRIES):
            sent = time.monotonic() - self.began
            try:
                response = await self.land.post("ussd", self._fields())
            except httpx.HTTPError:
                self._note(deed, sent, "", Trouble.LOST, is_dial)
                if self.redials:
                    return None
                deed = Deed.REPEAT
                continue
            assert response.status_code == 200
            self._note(deed, sent, response.text, None, is_dial)
            self.seen.append(response.text)
            return response.text
        raise AssertionError("one copy of a callback after the other is cut off")

    async def _until_taken(self, kind: str, fields: Mapping[str, str]) -> None:
        for _ in range(TRIES):
            try:
                if (await self.land.post(kind, dict(fields))).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
        raise AssertionError(f"a callback of kind {kind} is not taken")

    def _fields(self) -> dict[str, str]:
        told = {"sessionId": self.session, "phoneNumber": self.number, "serviceCode": self.code, "networkCode": "65101"}
        return {**told, "text": "*".join(self.typed)}

    def _note(self, deed: Deed, sent: float, answer: str, trouble: Trouble | None, is_dial: bool) -> None:
        """`is_dial`: a dial, or a copy of one that was not answered, which may be where something is offered."""
        now, text = time.monotonic() - self.began, "*".join(self.typed)
        if is_dial:
            is_offer = answer.removeprefix("CON ").startswith(tuple(beginning for beginning, _ in GO_ON))
            fell = self.heard if is_offer else self.cut_off  # what nobody heard was not begun, so it is not offered
            if trouble is None:
                self.cut_off = ""  # what falls later is another fall
        else:
            fell = ""
        if trouble is None:
            self.heard = self.session
        self.history.write(
            Exchange(
                self.number, self.session, self.code, deed, text, sent, sent, sent, now,
                answer=answer, trouble=trouble, fell=fell, citizen=self.citizen,
            )
        )  # fmt: skip


async def _fitting(page: str, answers: Answers) -> str:
    for beginning, typed in (*GO_ON, *answers):
        if page.startswith(beginning):
            return typed if isinstance(typed, str) else await typed()
    raise AssertionError(f"nobody said what is typed on {page!r}")
