"""What two people decide about money: how differences are settled, handovers to the bank, money in suspense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import limits
from app.audit import AuditEntry
from app.bill_code import read_bill_code
from app.billing import Billing, Denied
from app.books import office_account
from app.errors import DeskRefused
from app.matching import Difference
from app.payments import Bill, Payment, to_minor
from app.ports import Bills, Clock, Proposals, RandomBytes, Statements
from app.proposals import Act, How, Proposal, check_settlable, decided, handover_of, settlement_of
from app.reconciliation import left_alone, take_line
from app.reference import new_reference, read_reference
from app.statements import Layout
from app.tasks import Clerk


class Decisions:
    """Raises `DeskRefused` and `StoreUnavailable`. Clerks of one office decide of nothing but its money."""

    def __init__(
        self,
        layouts: Mapping[str, Layout],
        statements: Statements,
        proposals: Proposals,
        bills: Bills,
        billing: Billing,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._layouts = layouts
        self._statements = statements
        self._proposals = proposals
        self._bills = bills
        self._billing = billing
        self._clock = clock
        self._random_bytes = random_bytes

    async def waiting(self) -> Sequence[Proposal]:
        return await self._proposals.waiting(limits.proposals_listed_max)

    async def settle(self, id: str, how: How, code: str, why: str, clerk: Clerk) -> Proposal:
        """Ask to settle a difference; `code` is the bill that taken money is for, if the statement names none."""
        _check_all_offices(clerk)
        difference = await self._difference(id)
        check_settlable(difference, how)
        details = {"how": how.value}
        if how is How.TAKE:
            details["bill"] = self._code(code or difference.bill_code)
        await self._check_left_alone(how, details.get("bill", difference.bill_code))
        return await self._ask(Act.SETTLE, difference.id, why, clerk, details)

    async def hand_over(self, source: str, amount: str, reference: str, why: str, clerk: Clerk) -> Proposal:
        """Ask to book that a wallet handed money over to the bank, which names it by `reference`."""
        _check_all_offices(clerk)
        layout = self._layout(source)
        minor = to_minor(amount, layout.minor_digits)
        if not layout.wallet or not minor:
            raise DeskRefused(f"{amount} is no amount of {layout.currency}, or {source} is no wallet.")
        details = {"account": layout.account, "minor": str(minor), "currency": layout.currency, "reference": reference}
        return await self._ask(Act.HAND_OVER, f"{source}:{reference}", why, clerk, details)

    async def apply(self, receipt: str, code: str, why: str, clerk: Clerk) -> Proposal | None:
        """Pay another bill from money in suspense: at once if it is the same citizen's (None), else it is asked for."""
        payment, came_for = await self._payment(receipt)
        bill = await self._bills.find(self._code(code))
        if bill is None:
            raise DeskRefused(f"{code} is the code of no bill.")
        _check_own_money(clerk, came_for, bill)
        if bill.msisdn and bill.msisdn == came_for.msisdn:
            await self._billing.apply(
                payment, bill, self._entry("apply-suspense", bill.request_id, why, clerk, payment)
            )
            return None
        return await self._ask(Act.APPLY, payment.receipt, why, clerk, {"bill": bill.code})

    async def decide(self, id: str, clerk: Clerk, why: str, *, approved: bool) -> Proposal:
        """Approve what another clerk asked for, or refuse it."""
        proposal = await self._proposals.find(read_reference(id) or "")
        if proposal is None:
            raise DeskRefused(f"Nobody has asked for {id}; `mohala books proposals` lists what is asked for.")
        if proposal.act is not Act.APPLY:
            _check_all_offices(clerk)
        now_decided = decided(proposal, clerk.actor, self._clock(), approved=approved)
        if not approved:
            entry = self._entry(f"refuse-{proposal.act}", proposal.subject, why, clerk)
            done = await self._proposals.decide(now_decided, entry)
        elif proposal.act is Act.SETTLE:
            done = await self._settled(now_decided, why, clerk)
        elif proposal.act is Act.HAND_OVER:
            entry = self._entry("approve-hand-over", proposal.subject, why, clerk)
            posting = handover_of(now_decided, proposal.details["account"], entry.at, clerk.actor)
            done = await self._proposals.decide(now_decided, entry, posting=posting)
        else:
            done = await self._applied(now_decided, why, clerk)
        if not done:
            raise DeskRefused("It was changed meanwhile; look at it again.")
        return now_decided

    async def _settled(self, proposal: Proposal, why: str, clerk: Clerk) -> bool:
        difference, how = await self._difference(proposal.subject), How(proposal.details["how"])
        layout = self._layout(difference.source)
        entry = self._entry("approve-settle", difference.id, why, clerk)
        posting = None
        await self._check_left_alone(how, proposal.details.get("bill", difference.bill_code))
        if how is How.BOOK:
            posting = settlement_of(difference, layout.account, entry.at, clerk.actor)
        if how is How.TAKE:
            line = await self._statements.line(layout.source, difference.line_id)
            assert line is not None, "a difference is of a line that is kept"
            outcome = await take_line(self._billing, self._bills, layout, line, proposal.details["bill"], entry.at)
            if not isinstance(outcome, Payment) and outcome is not Denied.KNOWN:
                raise DeskRefused(f"The money cannot be taken in for this bill ({outcome or 'there is no such bill'}).")
        return await self._proposals.decide(proposal, entry, posting=posting, difference=difference.id)

    async def _check_left_alone(self, how: How, code: str) -> None:
        """Raises `DeskRefused` for money that its push, or its wallet, may book next: it would be booked twice."""
        bill = await self._bills.find(code) if code and how in (How.TAKE, How.BOOK) else None
        if bill is not None and (left := left_alone(bill, self._clock())) is not None:
            raise DeskRefused(f"The bill is left alone: {left}. Compare the statement again when that is over.")

    async def _applied(self, proposal: Proposal, why: str, clerk: Clerk) -> bool:
        payment, came_for = await self._payment(proposal.subject)
        bill = await self._bills.find(proposal.details["bill"])
        assert bill is not None, "a bill is never deleted"
        _check_own_money(clerk, came_for, bill)
        entry = self._entry("apply-suspense", bill.request_id, why or proposal.note, clerk, payment)
        await self._billing.apply(payment, bill, entry, proposal)
        return True

    async def _ask(self, act: Act, subject: str, why: str, clerk: Clerk, details: Mapping[str, str]) -> Proposal:
        id = new_reference(self._random_bytes)
        proposal = Proposal(id, act, subject, why, clerk.actor, self._clock(), details)
        entry = self._entry(f"ask-{act}", subject, why, clerk)
        if not await self._proposals.ask(proposal, entry):
            raise DeskRefused("The same is asked for already; `mohala books proposals` lists it.")
        return proposal

    def _entry(self, act: str, subject: str, why: str, clerk: Clerk, payment: Payment | None = None) -> AuditEntry:
        details = {"receipt": payment.receipt} if payment else {}
        return AuditEntry(self._clock(), clerk.actor, act, subject, why, details)

    async def _difference(self, beginning: str) -> Difference:
        found = await self._statements.found(beginning) if beginning else ()
        if len(found) != 1:
            told = "More than one difference begins so" if found else "No difference begins so"
            raise DeskRefused(f"{told}; `mohala books differences` names them.")
        if found[0].closed_at is not None:
            raise DeskRefused("This difference was settled already, or is none any more.")
        return found[0].difference

    async def _payment(self, receipt: str) -> tuple[Payment, Bill]:
        payment = await self._bills.payment(read_reference(receipt) or "")
        bill = await self._bills.bill(payment.bill_id) if payment else None
        if payment is None or bill is None:
            raise DeskRefused(f"{receipt} is no receipt that is known here.")
        return payment, bill

    def _layout(self, source: str) -> Layout:
        if source not in self._layouts:
            raise DeskRefused(f"No layout is named {source}: put {source}.yaml where MOHALA_STATEMENTS says.")
        return self._layouts[source]

    def _code(self, typed: str) -> str:
        code = read_bill_code(typed)
        if code is None:
            raise DeskRefused("The statement names no bill that is known: say whose it is with --bill CODE.")
        return code


def _check_own_money(clerk: Clerk, *bills: Bill) -> None:
    for bill in bills:
        if clerk.office and office_account(clerk.office) not in (bill.price.fee_to, bill.price.charge_to):
            raise DeskRefused("This money is not your office's.")


def _check_all_offices(clerk: Clerk) -> None:
    if clerk.office:
        raise DeskRefused("This takes a clerk of all offices (`mohala desk clerks add NAME --all-offices`).")
