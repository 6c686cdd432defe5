"""What two clerks decide of agents' money and bounds, in the ledger's database."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, and_, select, update

from app.agency import Holdings, Proposal, ProposalKind, ProposalState, posting_for
from app.audit import AuditEntry
from app.messages import Job
from app.ports import Taken
from integrations.database.agent_rows import Reading, proposal_from, proposal_values
from integrations.database.agent_standing import holdings_of
from integrations.database.audit import append
from integrations.database.balances import Overdrawn, post
from integrations.database.outbox import add_jobs
from integrations.database.store import insert_or_leave
from integrations.database.tables import agent_proposals, agents

Telling = Callable[[Holdings], Sequence[Job]]


class AgentProposals(Reading):
    """Proposals of `app.ports.AgentBook`."""

    async def propose(self, proposal: Proposal, entry: AuditEntry) -> bool:
        """False: the money with this reference of the bank's was asked for before, and not refused."""

        def work(connection: Connection) -> bool:
            new = insert_or_leave(connection, agent_proposals)
            if connection.execute(new, proposal_values(proposal)).rowcount == 0:
                return False
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def proposal(self, id: str) -> Proposal | None:
        row = await self._first(select(agent_proposals).where(agent_proposals.c.id == id))
        return None if row is None else proposal_from(row)

    async def proposals(self, limit: int) -> Sequence[Proposal]:
        """What waits for a second clerk, oldest first."""
        query = select(agent_proposals).where(agent_proposals.c.state == ProposalState.ASKED)
        rows = await self._all(query.order_by(agent_proposals.c.asked_at, agent_proposals.c.id).limit(limit))
        return [proposal_from(row) for row in rows]

    async def decide(self, proposal: Proposal, entry: AuditEntry, tell: Telling = lambda _: ()) -> Taken:
        """Write what was decided, and do it: `SHORT` if the account does not hold it, `OVERTAKEN` if it was decided
        before. `tell` makes the jobs of it out of what the books owe the agent then.
        """
        asked = and_(agent_proposals.c.id == proposal.id, agent_proposals.c.state == ProposalState.ASKED)
        values = {"state": proposal.state, "decided_by": proposal.decided_by, "decided_at": proposal.decided_at}
        is_approved = proposal.state is ProposalState.APPROVED
        posting = posting_for(proposal) if is_approved else None
        caps = {"day_payments": proposal.payments, "day_minor": proposal.amount_minor}
        theirs = update(agents).where(agents.c.code == proposal.agent)

        def work(connection: Connection) -> Taken:
            if connection.execute(update(agent_proposals).where(asked).values(values)).rowcount == 0:
                return Taken.OVERTAKEN
            if is_approved and proposal.kind is ProposalKind.CAPS:
                connection.execute(theirs.values({**caps, "revision": agents.c.revision + 1}))
            if posting is not None:
                post(connection, posting)
                held = holdings_of(connection, proposal.agent, proposal.currency)
                add_jobs(connection, self._seals.jobs_values(tuple(tell(held))))
            append(connection, entry)
            return Taken.TAKEN

        try:
            return await self._store.write(work)
        except Overdrawn:
            return Taken.SHORT
