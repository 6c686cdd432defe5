"""What an agent says with their own name: that a voucher's owner brought it, that a pensioner stands here alive.

It is written down as a request of the agent's; a worker asks the office, and both the agent and whoever it is about
hear what came of it. Tries are counted before anybody looks, by the agent's number and by what is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app import limits
from app.agency import Enrolled
from app.agent_turns import AgentTurn, Told
from app.agent_words import ID_END_DIGITS, read_voucher
from app.catalogue import Service
from app.errands import Channel
from app.filing import Asker
from app.house_services import Attests
from app.ledger import Requests
from app.messages import Attested, Job, Most, Request
from app.ports import AgentBook, Checks, Clock, Outbox
from app.tasks import LOOK

UNREAD = Told("agent_help")


class Attesting:
    """Doing the same again files nothing again. Raises `StoreUnavailable`."""

    def __init__(self, book: AgentBook, requests: Requests, checks: Checks, outbox: Outbox, clock: Clock) -> None:
        self._book = book
        self._requests = requests
        self._checks = checks
        self._outbox = outbox
        self._clock = clock

    async def file(self, turn: AgentTurn, service: Service, said: Mapping[str, str], asker: Asker) -> Request | Told:
        """The request; or why there is none: the agent may not, it cannot be read, or it was tried too often."""
        assert service.attests is not None, "the compiler saw to it"
        now, number = self._clock(), turn.enrolled.number
        kept_from, read = turn.kept_from(now), _read(service.attests, said)
        if kept_from is not None or read is None:
            return kept_from or UNREAD
        answers = {**read, "agent": turn.agent.code, "point": turn.agent.point}
        known = await self._requests.request(asker.effect)
        if known is None or known.answers != answers:
            is_enough = await self._requests.filings.has_filed_enough(turn.edition, service, asker)
            if is_enough or not await self._checks.count(_tries(service.attests, read, number.msisdn), now):
                return Told("agent_tried")
        attested = Attested(turn.agent.code, number.id, turn.agent.point, service.attests.value, turn.channel)
        named = replace(asker, channel=Channel.AGENT, point=turn.agent.point, attested=attested)
        request = await self._requests.filings.file_for(turn.edition, service, answers, named)
        return request or Told("agent_suspended", {"agent": turn.agent.code})

    async def look_at_witness(self, request_id: str, holder: str) -> None:
        """Call a person if the number that the office has of whoever was attested is the agent's own."""
        request = await self._requests.request(request_id)
        by = await self._book.enrolled(request.msisdn) if request else None
        if request is None or by is None or not await self._is_of(by, holder):
            return
        task = Job(f"witness:{request.id}", LOOK, {"request": request.id}, self._clock())
        reason = f"agent {by.agent.code} attested somebody whose number there is the agent's own; ask the office"
        await self._outbox.leave([task], reason, self._clock())

    async def _is_of(self, enrolled: Enrolled, msisdn: str) -> bool:
        return msisdn in {number.msisdn for number in await self._book.numbers(enrolled.agent.code)}


def _read(attests: Attests, said: Mapping[str, str]) -> dict[str, str] | None:
    """What is filed, as offices write it; None: it can be none."""
    if attests is Attests.PROOF:
        return {"id": said["id"]}
    voucher, id_end = read_voucher(said["voucher"]), said["id_end"]
    is_end = id_end.isascii() and id_end.isdigit() and len(id_end) == ID_END_DIGITS
    return {"voucher": voucher, "id_end": id_end} if voucher and is_end else None


def _tries(attests: Attests, read: Mapping[str, str], msisdn: str) -> tuple[Most, ...]:
    """How often it may be tried in a day, rightly or not: of one voucher or person by all, and from one number."""
    if attests is Attests.PROOF:
        of_one, of_number = limits.proof_tries_a_day_max, limits.proofs_a_day_max
    else:
        of_one, of_number = limits.voucher_tries_a_day_max, limits.vouchers_a_day_max
    one, what, day = read.get("voucher") or read["id"], f"attest-{attests.value}", limits.code_day_seconds
    return Most(what, f"one {one}", day, of_one), Most(what, f"number {msisdn}", day, of_number)
