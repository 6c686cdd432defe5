"""A citizen whose callbacks are cut when a gateway dies: the aggregator posts again, or they dial again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from app.load.history import Deed, Exchange, HistoryWriter, Trouble, references_in
from tests.crash.land import Land

CODE = "*384*26600#"
TRIES = 5
INPUTS_MAX = 40
Answers = Sequence[tuple[str, str]]
"""What is typed on a page that begins so; the first that fits."""
GO_ON = (("U ne u e-s'o qete.", "1"), ("You had not finished.", "1"))


@dataclass(slots=True)
class Caller:
    """`redials`: whoever is cut off dials anew; else the same callback is posted again until it is answered."""

    land: Land
    number: str
    redials: bool
    history: HistoryWriter
    began: float
    seen: list[str] = field(default_factory=list)
    session: str = ""
    typed: list[str] = field(default_factory=list)
    cut_off: str = ""

    @property
    def references(self) -> list[str]:
        """Those that pages showed, each once."""
        return list(dict.fromkeys(reference for page in self.seen for reference in references_in(page)))

    async def walk(self, answers: Answers, dialled: str = "") -> str:
        """Dial, type what each page asks for, and return the last one."""
        page = await self._dialled(dialled)
        for _ in range(INPUTS_MAX):
            if not page.startswith("CON "):
                return page.removeprefix("END ")
            page = await self._type(_fitting(page.removeprefix("CON "), answers), dialled)
        raise AssertionError(f"no end is in sight after {INPUTS_MAX} inputs; the last page was {page!r}")

    async def hang_up(self, answers: Answers, after: int) -> None:
        """Answer so many pages, then lose the line."""
        page = await self._dialled("")
        for _ in range(after):
            page = await self._type(_fitting(page.removeprefix("CON "), answers), "")
        await self._until_taken(
            "ussd/end",
            {"sessionId": self.session, "phoneNumber": self.number, "serviceCode": CODE, "status": "Incomplete"},
        )
        self.cut_off = self.session

    async def text(self, words: str) -> None:
        """Send an SMS, which the aggregator posts until it is taken."""
        fields = {"from": self.number, "to": "26600", "text": words, "id": uuid4().hex, "date": "2026-11-28 08:00:00"}
        await self._until_taken("sms", fields)

    async def texts(self) -> list[str]:
        return [str(row["text"]) for row in await self.land.rows("/sms", to=self.number)]

    async def _dialled(self, text: str) -> str:
        for _ in range(TRIES):
            self.session, self.typed = f"ATUid_{uuid4().hex}", text.split("*") if text else []
            page = await self._hop(Deed.DIAL)
            if page is not None:
                return page
        raise AssertionError("one dial after the other is cut off")

    async def _type(self, text: str, dialled: str) -> str:
        self.typed.append(text)
        page = await self._hop(Deed.TYPE)
        if page is None:
            self.cut_off = self.session
            page = await self._dialled(dialled)
        return page

    async def _hop(self, deed: Deed) -> str | None:
        """The answer; None: the line was cut, and this citizen dials again."""
        for _ in range(TRIES):
            sent = time.monotonic() - self.began
            try:
                response = await self.land.post("ussd", self._fields())
            except httpx.HTTPError:
                self._note(deed, sent, "", Trouble.LOST)
                if self.redials:
                    return None
                deed = Deed.REPEAT
                continue
            assert response.status_code == 200
            self._note(deed, sent, response.text, None)
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
        told = {"sessionId": self.session, "phoneNumber": self.number, "serviceCode": CODE, "networkCode": "65101"}
        return {**told, "text": "*".join(self.typed)}

    def _note(self, deed: Deed, sent: float, answer: str, trouble: Trouble | None) -> None:
        now, text = time.monotonic() - self.began, "*".join(self.typed)
        fell = self.cut_off if deed is Deed.DIAL else ""
        self.history.write(
            Exchange(
                self.number, self.session, CODE, deed, text, sent, sent, sent, now,
                answer=answer, trouble=trouble, fell=fell,
            )
        )  # fmt: skip


def _fitting(page: str, answers: Answers) -> str:
    for beginning, typed in (*GO_ON, *answers):
        if page.startswith(beginning):
            return typed
    raise AssertionError(f"nobody said what is typed on {page!r}")
