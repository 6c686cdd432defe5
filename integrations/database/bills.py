"""Bills and the payments that came for them, in the ledger's database: one transaction with the books and the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select, update

from app.agency import Standing
from app.audit import HOUSE, AuditEntry
from app.bill_code import new_bill_code
from app.books import Posting
from app.errands import ErrandKind
from app.messages import ARROWS, Job
from app.payments import PAYABLE, SETTLED, Bill, BillState, Payment, Price, Refund, Unfit, refund_task_id
from app.ports import RandomBytes, Shift, Taken, Undoing, Window
from app.proposals import Proposal
from app.pushes import Push
from integrations.database.agent_standing import stands, use
from integrations.database.audit import append
from integrations.database.balances import Overdrawn, post
from integrations.database.deciding import decide
from integrations.database.errands import follow
from integrations.database.forgetting import OWED
from integrations.database.ledger import advancing
from integrations.database.limits import references_tried_max
from integrations.database.outbox import add_jobs, end_calls
from integrations.database.push_rows import add_push, filer_of, push_details
from integrations.database.rows import Seals
from integrations.database.store import Store, Work, clean, insert_or_leave
from integrations.database.tables import applications, bills, payments, requests
from integrations.database.undoing import undone, untouched


class Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside this folder."""


PAYMENTS: Select[Any] = select(
    payments, applications.c.bill_id.label("applied_to"), applications.c.amount_minor.label("applied_minor")
).outerjoin(applications, applications.c.receipt == payments.c.receipt)

_BY_ID: Select[Any] = select(bills).where(bills.c.id == bindparam("id"))
_ENDS = [status for status, arrows in ARROWS.items() if not arrows]
_BY_CODE: Select[Any] = select(bills).where(bills.c.code == bindparam("code"))


class DatabaseBills:
    """`app.ports.Bills` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals, random_bytes: RandomBytes) -> None:
        self._store = store
        self._seals = seals
        self._random_bytes = random_bytes

    async def issue(self, bill: Bill, jobs: Sequence[Job], push: Push | None = None) -> Bill:
        """Write a bill with its jobs and its first push, or return the bill that was made with this id before.

        A proposed code that another bill has is replaced by a fresh one: a job's payload names the bill by its id.
        """
        values = self._bill_values(bill)
        job_values = self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> Row[Any]:
            for attempt in range(references_tried_max):
                code = bill.code if attempt == 0 else new_bill_code(self._random_bytes)
                new = insert_or_leave(connection, bills)
                is_new = connection.execute(new, {**values, "code": code}).rowcount == 1
                known = connection.execute(_BY_ID, {"id": bill.id}).first()
                if is_new:
                    add_jobs(connection, job_values)
                    made = BillState.CREATED.value
                    append(connection, audited(bill, bill.created_at, HOUSE, "bill", {"state": made}))
                    if push is not None and add_push(connection, push):
                        by = filer_of(connection, bill.request_id)
                        append(connection, audited(bill, push.at, by, "push", push_details(push)))
                if known is not None:
                    return known
            raise AssertionError("one bill code after the other is taken: the source of randomness repeats itself")

        return self._bill(await self._store.write(work))

    async def bill(self, id: str) -> Bill | None:
        return await self._one(_BY_ID, id=id)

    async def find(self, code: str, msisdn: str | None = None) -> Bill | None:
        if msisdn is None:
            return await self._one(_BY_CODE, code=code)
        mine = bills.c.number_hash == self._seals.number_hash("bills", msisdn)
        return await self._one(_BY_CODE.where(mine), code=code)

    async def own(self, msisdn: str, code: str) -> tuple[Bill | None, Payment | None] | None:
        mine = bills.c.number_hash == self._seals.number_hash("bills", msisdn)
        named = or_(bills.c.code == code, bills.c.receipt == code, requests.c.reference == code)
        query = select(bills).join(requests, requests.c.id == bills.c.request_id).where(mine, named)
        bill = await self._one(query.order_by(bills.c.created_at.desc(), bills.c.id).limit(1))
        if bill is not None:
            return bill, await self.payment(bill.receipt) if bill.receipt else None
        payer = payments.c.payer_hash == self._seals.number_hash("payments", msisdn)
        paid = PAYMENTS.where(payments.c.receipt == code, payer)
        row = await self._store.read(lambda connection: connection.execute(paid).first())
        return None if row is None else (None, self._payment(row))

    async def of_number(self, msisdn: str, wanted: Window, now: datetime) -> tuple[Sequence[Bill], int]:
        waits = (
            select(requests.c.id).where(requests.c.id == bills.c.request_id, requests.c.status.not_in(_ENDS)).exists()
        )
        shown = bills.c.state.in_(SETTLED) | and_(bills.c.state.in_(PAYABLE), bills.c.expires_at > now, waits)
        mine = and_(bills.c.number_hash == self._seals.number_hash("bills", msisdn), shown)
        if wanted.since is not None:
            mine = and_(mine, bills.c.created_at >= wanted.since)
        if wanted.until is not None:
            mine = and_(mine, bills.c.created_at <= wanted.until)
        query = select(bills, func.count().over().label("total")).where(mine)
        query = query.order_by(bills.c.created_at.desc(), bills.c.id).limit(wanted.limit).offset(wanted.offset)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [self._bill(row) for row in rows], rows[0].total if rows else wanted.offset

    async def newest(self, state: BillState | None, limit: int) -> Sequence[Bill]:
        """Bills for an operator, newest first."""
        query = select(bills).order_by(bills.c.created_at.desc(), bills.c.id).limit(limit)
        if state is not None:
            query = query.where(bills.c.state == state)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [self._bill(row) for row in rows]

    async def take(
        self,
        seen: Bill,
        payment: Payment,
        posting: Posting,
        move: Shift | None,
        jobs: Sequence[Job],
        standing: Standing | None = None,
        entries: Sequence[AuditEntry] = (),
        *,
        is_named: bool = False,
    ) -> Taken:
        """Write money that came: the payment first, so that one that is told again waits for the first and finds it.

        An agent comes before that, so that a payment of a bill never waits for an agent whose payment waits for it.
        """
        values = self._payment_values(payment, posting)
        same = self._named(seen.id, payment.wallet, payment.their_reference) if is_named else None
        write_jobs = self._moving(move, jobs)
        told = {"receipt": payment.receipt, "amount_minor": str(payment.amount_minor), "currency": payment.currency}
        told |= {
            "unfit": payment.unfit or "",
            "state": BillState.PAID.value if payment.unfit is None else seen.state.value,
        }

        def work(connection: Connection) -> Taken:
            kept_from = stands(connection, standing, payment.amount_minor, payment.at) if standing else None
            if kept_from is not None:
                return kept_from
            new = insert_or_leave(connection, payments)
            # Of the bill's row, so that of two who bring the same money at the same moment the second finds it.
            is_as_seen = (same is None and payment.unfit is not None) or _is_as_seen(connection, seen)
            if same is not None and connection.execute(same).first():
                return Taken.KNOWN
            is_late = payment.unfit is None and not is_as_seen
            if is_late or connection.execute(new, values).rowcount == 0:
                known = connection.execute(_came(payment.wallet).where(payments.c.correlation == payment.correlation))
                return Taken.KNOWN if known.first() else Taken.OVERTAKEN
            if payment.unfit is None:
                paid = {"state": BillState.PAID, "receipt": payment.receipt, "changed_at": payment.at}
                change(connection, seen, paid)
                follow(connection, self._seals, seen.request_id, ErrandKind.PAID, seen.id, payment.at)
            post(connection, posting)
            if standing is not None:
                use(connection, standing, payment.receipt, payment.currency)
            write_jobs(connection)
            for entry in (*entries, audited(seen, payment.at, posting.by, "payment", told)):
                append(connection, entry)
            return Taken.TAKEN

        try:
            return await self._store.write(work)
        except Overtaken:
            return Taken.OVERTAKEN
        except Overdrawn:
            return Taken.SHORT

    async def take_back(
        self, seen: Payment, payment: Payment, bill: Bill, posting: Posting, move: Shift, jobs: Sequence[Job]
    ) -> bool:
        """Give a payment back whose request goes no further, if no office has taken up the stage that it paid for."""
        same = and_(payments.c.receipt == seen.receipt, payments.c.refund == seen.refund)
        values = {"refund": payment.refund, "asked_by": clean(payment.asked_by)}
        moving = self._moving(move, jobs)
        told = {"receipt": payment.receipt, "state": BillState.REFUNDED.value}

        def work(connection: Connection) -> bool:
            if connection.execute(update(payments).where(same).values(values)).rowcount == 0:
                raise Overtaken
            change(connection, bill, {"state": BillState.REFUNDED, "changed_at": posting.at})
            post(connection, posting)
            if not untouched(connection, move[0], payment.at, posting.at):
                raise Overtaken
            moving(connection)
            append(connection, audited(bill, posting.at, posting.by, "take-back", told))
            return True

        return await self._attempted(work)

    async def move(
        self, seen: Bill, state: BillState, at: datetime, by: str, move: Shift | None, jobs: Sequence[Job]
    ) -> bool:
        """Move a bill, and its request; False: one of them is another than was seen, and nothing is done."""
        write_jobs = self._moving(move, jobs)

        def work(connection: Connection) -> bool:
            change(connection, seen, {"state": state, "changed_at": at})
            write_jobs(connection)
            append(connection, audited(seen, at, by, "bill", {"state": state.value}))
            return True

        return await self._attempted(work)

    async def came(
        self, wallet: str, *, correlation: str = "", server_id: str = "", receipt: str = ""
    ) -> Payment | None:
        named = {"correlation": correlation, "server_id": server_id, "receipt": receipt}
        known = {name: value for name, value in named.items() if value}
        assert known, "a payment is looked up by one of its ids"
        query = _came(wallet).where(*(payments.c[name] == value for name, value in known.items()))
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._payment(row)

    async def named(self, bill_id: str, wallet: str, reference: str) -> Payment | None:
        query = self._named(bill_id, wallet, reference)
        row = None if query is None else await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._payment(row)

    def _named(self, bill_id: str, wallet: str, reference: str) -> Select[Any] | None:
        """None: a wallet that names no reference names no money."""
        hash = reference_hash(self._seals, wallet, reference)
        if hash is None:
            return None
        same = and_(payments.c.bill_id == bill_id, payments.c.reference_hash == hash)
        return _came(wallet).where(same).order_by(payments.c.at, payments.c.receipt).limit(1)

    async def payment(self, receipt: str) -> Payment | None:
        query = PAYMENTS.where(payments.c.receipt == receipt)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._payment(row)

    async def payments_of(self, bill_id: str) -> Sequence[Payment]:
        """All that came for a bill, or paid it from suspense, oldest first."""
        for_it = or_(payments.c.bill_id == bill_id, applications.c.bill_id == bill_id)
        query = PAYMENTS.where(for_it).order_by(payments.c.at, payments.c.receipt)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [self._payment(row) for row in rows]

    async def unsettled(self, limit: int) -> Sequence[Payment]:
        """What waits for people: money in suspense, and what shall be given back; oldest first."""
        query = PAYMENTS.where(OWED).order_by(payments.c.at, payments.c.receipt).limit(limit)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [self._payment(row) for row in rows]

    async def change_refund(
        self,
        seen: Payment,
        payment: Payment,
        bill: Bill,
        posting: Posting | None,
        jobs: Sequence[Job],
        entry: AuditEntry,
        undoing: Undoing | None = None,
    ) -> bool:
        """Write how giving a payment back stands, with it the bill that it paid, and what becomes of the request;
        False: one of them stands otherwise.
        """
        same = and_(
            payments.c.receipt == seen.receipt,
            payments.c.refund == seen.refund,
            payments.c.asked_by == seen.asked_by,
            payments.c.left_back_minor == seen.left_back_minor,  # else a look of before would give it back again
        )
        left = {"left_back_minor": payment.left_back_minor}
        values = {"refund": payment.refund, "asked_by": clean(payment.asked_by), **left}
        job_values = self._seals.jobs_values(tuple(jobs))
        undo = undone(self._seals, undoing) if undoing else None
        state = {
            Refund.NONE: BillState.PAID, Refund.ASKED: BillState.REFUND_ASKED, Refund.DONE: BillState.REFUNDED
        }[payment.refund]  # fmt: skip

        def work(connection: Connection) -> bool:
            if connection.execute(update(payments).where(same).values(values)).rowcount == 0:
                raise Overtaken
            if payment.unfit is None or not seen.suspended_minor:
                change(connection, bill, {"state": state, "changed_at": entry.at})
            if posting is not None:
                post(connection, posting)
            add_jobs(connection, job_values)
            if undo is not None and not undo(connection):
                raise Overtaken
            if payment.refund is not Refund.ASKED:
                end_calls(connection, refund_task_id(payment.receipt), entry.at)
            append(connection, entry)
            return True

        return await self._attempted(work)

    async def apply(
        self,
        seen: Payment,
        bill: Bill,
        posting: Posting,
        move: Shift | None,
        jobs: Sequence[Job],
        entry: AuditEntry,
        proposal: Proposal | None,
    ) -> bool:
        """Pay `bill` from money in suspense, as a proposal asked if there is one; False: one of them is another."""
        # Changes nothing, and holds the row against whoever asks to give the money back at this moment.
        held = update(payments).where(payments.c.receipt == seen.receipt, payments.c.refund == Refund.NONE)
        values = {
            "receipt": seen.receipt, "bill_id": bill.id, "amount_minor": bill.price.total_minor, "at": entry.at,
            "by": entry.actor, "posting": posting.id,
        }  # fmt: skip
        write_jobs = self._moving(move, jobs)

        def work(connection: Connection) -> bool:
            if connection.execute(held.values(refund=Refund.NONE)).rowcount == 0:
                raise Overtaken
            paid = {"state": BillState.PAID, "receipt": seen.receipt, "changed_at": entry.at}
            change(connection, bill, paid)
            new = insert_or_leave(connection, applications)
            if connection.execute(new, values).rowcount == 0 or (proposal and not decide(connection, proposal)):
                raise Overtaken
            post(connection, posting)
            write_jobs(connection)
            append(connection, entry)
            return True

        return await self._attempted(work)

    async def close(self) -> None:
        await self._store.close()

    async def _attempted(self, work: Work[bool]) -> bool:
        try:
            return await self._store.write(work)
        except Overtaken:
            return False

    def _moving(self, move: Shift | None, jobs: Sequence[Job]) -> Work[None]:
        moving = advancing(self._seals, *move, jobs) if move else None
        job_values = [] if move else self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> None:
            add_jobs(connection, job_values)
            if moving is not None and not moving(connection):
                raise Overtaken

        return work

    async def _one(self, query: Select[Any], **values: object) -> Bill | None:
        row = await self._store.read(lambda connection: connection.execute(query, values).first())
        return None if row is None else self._bill(row)

    def _bill_values(self, bill: Bill) -> dict[str, Any]:
        price = bill.price
        return {
            "id": bill.id,
            "code": bill.code,
            "request_id": bill.request_id,
            "stage": bill.stage,
            "service": bill.service,
            "number_hash": self._seals.number_hash("bills", bill.msisdn),
            "msisdn": self._seals.seal("bills.msisdn", bill.id, {"msisdn": bill.msisdn}),
            "currency": price.currency,
            "minor_digits": price.minor_digits,
            "fee_minor": price.fee_minor,
            "charge_minor": price.charge_minor,
            "fee_to": price.fee_to,
            "charge_to": price.charge_to,
            "source": clean(price.source),
            "commission_minor": price.commission_minor,
            "state": bill.state,
            "created_at": bill.created_at,
            "expires_at": bill.expires_at,
            "changed_at": bill.changed_at,
            "receipt": bill.receipt or None,
        }

    def _bill(self, row: Row[Any]) -> Bill:
        price = Price(
            row.currency, row.minor_digits, row.fee_minor, row.charge_minor, row.fee_to, row.charge_to, row.source,
            row.commission_minor,
        )  # fmt: skip
        msisdn = self._seals.open("bills.msisdn", row.id, row.msisdn)["msisdn"]
        return Bill(
            row.id, row.code, row.request_id, row.stage, row.service, msisdn, price, BillState(row.state),
            row.created_at, row.expires_at, row.changed_at, row.receipt or "",
        )  # fmt: skip

    def _payment_values(self, payment: Payment, posting: Posting) -> dict[str, Any]:
        said = {"payer": payment.payer, "reference": payment.their_reference}
        return {
            "receipt": payment.receipt,
            "wallet": payment.wallet,
            "correlation": payment.correlation,
            "server_id": payment.server_id,
            "bill_id": payment.bill_id,
            "paid_bill": payment.bill_id if payment.unfit is None else None,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "payer_hash": self._seals.number_hash("payments", payment.payer) if payment.payer else None,
            "payer": self._seals.seal("payments.payer", payment.receipt, said),
            "unfit": payment.unfit or "",
            "refund": payment.refund,
            "asked_by": payment.asked_by,
            "at": payment.at,
            "posting": posting.id,
            "left_back_minor": payment.left_back_minor,
            "reference_hash": reference_hash(self._seals, payment.wallet, payment.their_reference),
        }

    def _payment(self, row: Row[Any]) -> Payment:
        said = self._seals.open("payments.payer", row.receipt, row.payer)
        return Payment(
            row.receipt, row.wallet, row.correlation, row.server_id, row.bill_id, row.amount_minor, row.currency,
            said["payer"], said["reference"], row.at, Unfit(row.unfit) if row.unfit else None, Refund(row.refund),
            row.asked_by, row.applied_to or "", row.applied_minor or 0, row.left_back_minor,
        )  # fmt: skip


def reference_hash(seals: Seals, wallet: str, reference: str) -> bytes | None:
    """By which a payment is found under the wallet's own id of it; None: the wallet named none."""
    return seals.number_hash("references", f"{wallet}:{reference}") if reference else None


def _came(wallet: str) -> Select[Any]:
    return PAYMENTS.where(payments.c.wallet == wallet)


def _is_as_seen(connection: Connection, seen: Bill) -> bool:
    """Held until the end of the transaction, so that no money in suspense pays the bill meanwhile."""
    state = select(bills.c.state).where(bills.c.id == seen.id).with_for_update()
    return bool(connection.execute(state).scalar_one() == seen.state)


def change(connection: Connection, seen: Bill, values: dict[str, Any]) -> None:
    """Raises `Overtaken` if the bill stands otherwise than it was seen."""
    same = and_(bills.c.id == seen.id, bills.c.state == seen.state)
    if connection.execute(update(bills).where(same).values(values)).rowcount == 0:
        raise Overtaken


def audited(bill: Bill, at: datetime, by: str, act: str, details: dict[str, str]) -> AuditEntry:
    """The line of the audit log about what was done with a bill."""
    return AuditEntry(at, by, act, bill.request_id, bill.service, {"bill": bill.id, **details})
