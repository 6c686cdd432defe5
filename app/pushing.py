"""Bills paid from a wallet: what a menu shows of one, what its caller confirms, and how a worker carries that out.

No wallet is asked while a page is waited for: what was confirmed is written down with the bill's move, and the PIN is
typed into the wallet's own page. A bill has one push under way at the most, under a key that never changes: whatever
happens to a worker, the wallet is asked what became of it, and nobody is asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from app import limits
from app.audit import CITIZEN, HOUSE
from app.bill_code import read_bill_code, show_bill_code
from app.billing import Billing, Coming, Denied
from app.catalogue import Service
from app.editions import Edition, Editions
from app.endings import PENDING, Again, Finished, GivenUp, JobEnding
from app.errors import ServiceFailed, VersionUnusable
from app.filing import Asker
from app.house_services import Show
from app.http_json import KEY, NOT_FOUND
from app.messages import Answered, Handed, Job, Outcome, Pending, Refused
from app.payments import PAYABLE, UNDER_WAY, Bill, BillState, Payment, Unfit, from_minor
from app.ports import Bills, Clock, Ledger, Office, PushBook
from app.push_texts import last_day, title_of, told
from app.pushes import GIVEN_BACK, OVER, PAID, PUSHED, REFUSED, STUCK, NoPush, Push, push_job, reference_of
from app.retrying import after_failure, while_pending
from app.wallets import FRESH, LOOK, PAY, RESULT, UNSEEN

GUESSED = "push_guess"
"""The tally of the codes that a number typed and that are of no bill."""
_REFUSED = "refused"


class Pushing:
    """Raises `StoreUnavailable`, and `ServiceFailed` while menus cannot be used."""

    def __init__(
        self, editions: Editions, billing: Billing, bills: Bills, book: PushBook, ledger: Ledger, clock: Clock
    ) -> None:
        self._editions = editions
        self._book = book
        self._billing = billing
        self._bills = bills
        self._ledger = ledger
        self._clock = clock

    async def call(self, edition: Edition, service: Service, code: str, asker: Asker) -> Outcome:
        """What a menu is shown of a bill, or confirms of it."""
        if service.shows is Show.PUSH:
            return await self.push(edition, service, code, asker)
        if service.shows is Show.STANDS:
            return await self.stands(edition, code, asker)
        return await self.look(edition, code, asker)

    async def look(self, edition: Edition, code: str, asker: Asker) -> Outcome:
        """What a bill costs, if a wallet may be asked for it now; whose it is, nobody is told."""
        bill = await self._found(edition, code, asker)
        return Refused(bill) if isinstance(bill, NoPush) else await self._shown(edition, bill, asker)

    async def stands(self, edition: Edition, typed: str, asker: Asker) -> Outcome:
        """How a bill of the caller's own stands; of somebody else's they hear what they hear of none."""
        code = read_bill_code(typed)
        bill = await self._bills.find(code, asker.msisdn) if code else None
        if bill is None:
            return Refused(NoPush.UNKNOWN)
        is_back = bill.state is BillState.REFUNDED
        return Refused(GIVEN_BACK) if is_back else await self._shown(edition, bill, asker)

    async def _shown(self, edition: Edition, bill: Bill, asker: Asker) -> Outcome:
        if (reason := await self._kept_from(bill)) is not None:
            return Refused(reason)
        price = bill.price
        return Answered(
            {
                "bill": show_bill_code(bill.code),
                "title": title_of(edition, bill.service, asker.language),
                "fee": str(price.fee_minor),
                "charge": str(price.charge_minor),
                "total": str(price.total_minor),
                "until": last_day(edition, bill),
                "points": str(sum(1 for point in edition.points.values() if point.helps_with(bill.service))),
            }
        )

    async def push(self, edition: Edition, service: Service, code: str, asker: Asker) -> Outcome:
        """Write that the caller's wallet is to be asked; a step that comes again is answered as it was."""
        bill = await self._found(edition, code, asker)
        if isinstance(bill, NoPush):  # a page showed it before
            return Refused(NoPush.OVER if bill is NoPush.UNKNOWN else bill)
        if await self._book.by(asker.effect, bill.id):
            return Answered()
        if (reason := await self._kept_from(bill)) is not None:
            return Refused(reason)
        last, day = await self._book.last(bill.id), edition.program.day(self._clock())
        number = last.number + 1 if last else 1
        asked = await self._ledger.tally(PUSHED, asker.msisdn, day, 0)
        if number > limits.bill_pushes_max or asked >= limits.pushes_a_day_max:
            return Refused(NoPush.TOO_MANY)
        push = Push(bill.id, number, asker.effect, service.wallet, edition.version, self._clock())
        job = push_job(push, bill.request_id, service.name, asker.msisdn, asker.language)
        if await self._book.begin(bill, push, CITIZEN, job):
            await self._ledger.tally(PUSHED, asker.msisdn, day, 1)
            return Answered()
        if await self._book.by(asker.effect, bill.id):
            return Answered()
        bill = await self._bills.bill(bill.id) or bill
        return Refused(await self._kept_from(bill) or NoPush.UNDER_WAY)

    async def intended(self, effect: str) -> str | None:
        """The version of the menus in which a step had a wallet asked before; None: it has not."""
        push = await self._book.by(effect)
        return push.version if push else None

    async def _kept_from(self, bill: Bill) -> NoPush | None:
        if bill.state in UNDER_WAY:
            return NoPush.UNDER_WAY
        unfit = await self._billing.judged(bill, bill.price.total_minor)
        if unfit is Unfit.LATE and bill.state in PAYABLE and self._clock() < bill.ends_at:
            return NoPush.WAITING
        return None if unfit is None else NoPush.SETTLED if unfit is Unfit.SECOND else NoPush.OVER

    async def _found(self, edition: Edition, typed: str, asker: Asker) -> Bill | NoPush:
        """Their own bill, or whosever a code is. Codes of nobody are counted before they are looked at, and given back
        if they were right after all; what cannot be a code is no guess.
        """
        code = read_bill_code(typed)
        if code is None:
            return NoPush.UNKNOWN
        if (own := await self._bills.find(code, asker.msisdn)) is not None:
            return own
        day = edition.program.day(self._clock())
        if await self._ledger.tally(GUESSED, asker.msisdn, day, 1) > limits.bill_misses_a_day_max:
            return NoPush.TOO_MANY
        bill = await self._bills.find(code)
        if bill is None:
            return NoPush.UNKNOWN
        await self._ledger.tally(GUESSED, asker.msisdn, day, -1)
        return bill

    async def carry_out(self, payload: Mapping[str, str], attempt: int) -> JobEnding:
        """Have the wallet ask its payer, or ask it what became of that; what it says is booked, and told by SMS."""
        carried = await self._carried(payload)
        if carried is None:
            return GivenUp("the bill, or by what it was to be paid, is not known here")
        if (ending := await carried.before_it_is_asked()) is not None:
            return ending
        try:
            outcome = await carried.ask()
            if outcome == Refused(UNSEEN):
                if (ending := await carried.before_it_is_asked_anew()) is not None:
                    return ending
                outcome = await carried.ask()
        except ServiceFailed as failure:
            await carried.not_told(failure)
            return after_failure(failure, carried.waited_seconds())
        if isinstance(outcome, Pending):
            await carried.move(BillState.PENDING)
            return while_pending(carried.waited_seconds(), attempt)
        if isinstance(outcome, Refused):
            return await carried.refused(outcome.reason)
        assert isinstance(outcome, Answered), "no clerks sit at a wallet"
        return await carried.paid(outcome.results.get(RESULT, ""))

    async def given_up(self, payload: Mapping[str, str]) -> tuple[Job, ...]:
        """Nobody knows what became of a push: its bill stays under way, and its payer hears that a person looks."""
        try:
            carried = await self._carried(payload)
        except ServiceFailed:
            return ()
        if carried is None:
            return ()
        await carried.move(BillState.UNKNOWN)
        return carried.texts(STUCK)

    async def let_go(self, payload: Mapping[str, str], reason: str, by: str) -> bool:
        """Somebody found out what became of a push whose job waits for them: its bill can be paid again, and its payer
        hears for which `reason` no money came; empty: they were told. False: the bill or the job was moved meanwhile.
        """
        carried = await self._carried(payload)
        return carried is None or isinstance(await carried.refused(reason, by, is_held=True), Finished)

    async def _carried(self, payload: Mapping[str, str]) -> _Carried | None:
        """None: these menus know of no such way, or the database of no such push."""
        bill, push = await self._bills.bill(payload["bill"]), await self._book.last(payload["bill"])
        if bill is None or push is None or push.number < int(payload["number"]):
            return None
        is_last = push.number == int(payload["number"])
        push = push if is_last else await self._book.by(payload["effect"], bill.id)
        if push is None:
            return None
        try:
            edition = await self._editions.of(push.version)
        except VersionUnusable:
            raise ServiceFailed("version_unusable", retryable=True) from None
        service = edition.catalogue.services.get(payload["service"])
        if service is None or push.wallet not in edition.catalogue.offices:
            return None
        return _Carried(
            self._billing, self._bills, self._book, self._clock, edition, service, push, bill, payload, is_last
        )


class _Carried:
    """A push in a worker's hands, with its bill as it was looked up."""

    def __init__(
        self,
        billing: Billing,
        bills: Bills,
        book: PushBook,
        clock: Clock,
        edition: Edition,
        service: Service,
        push: Push,
        bill: Bill,
        payload: Mapping[str, str],
        is_last: bool,
    ) -> None:
        self._billing = billing
        self._bills = bills
        self._book = book
        self._clock = clock
        self._edition = edition
        self._service = service
        self._push = push
        self._bill = bill
        self._payer, self._language = payload["payer"], payload["language"]
        self._is_last = is_last
        self._is_counted = False

    def waited_seconds(self) -> float:
        return (self._clock() - self._push.at).total_seconds()

    def texts(self, occasion: str, **more: str) -> tuple[Job, ...]:
        return told(
            self._edition, self._service, occasion, self._push, self._bill, self._payer, self._language, self._clock(),
            more,
        )  # fmt: skip

    async def before_it_is_asked(self) -> JobEnding | None:
        """A wallet that may have heard of it is looked at in any case: there may be money. What has ended is not, for
        another push may be under way. None: it is.
        """
        push = self._push
        if push.is_withdrawn or not self._is_last:
            return await self.refused(_REFUSED)
        return None if push.is_asked else await self._before_it_is_sent()

    async def before_it_is_asked_anew(self) -> JobEnding | None:
        """The wallet does not know of it: what was sent lately may yet turn up, whichever process sent it."""
        sent_at = self._push.asked_at or self._push.at
        left = (sent_at - self._clock()).total_seconds() + limits.office_push_settles_seconds
        if left > 0:
            longest = self.waited_seconds() * limits.office_closed_pause_share
            pause = min(left, max(limits.office_pending_pause_seconds, longest))
            return Again(PENDING, failed=False, pause_seconds=pause, counted=False)
        return await self._before_it_is_sent()

    async def _before_it_is_sent(self) -> JobEnding | None:
        """Whoever has paid meanwhile, or cannot any more, is not asked for a PIN. None: they are.

        A worker that stood still for long may have it too: so attempts are counted, and a withdrawal is written down.
        """
        push = self._push
        unfit = await self._billing.judged(self._bill, self._bill.price.total_minor, push.at)
        if unfit is None:
            noted_at = self._clock()
            self._is_counted = await self._book.note_asking(push, noted_at)
            if (self._clock() - noted_at).total_seconds() > limits.job_lease_seconds:
                return Again("stood still before it was sent")  # it is another's by now, and may be withdrawn
        elif await self._book.withdraw(push):
            return Finished() if unfit is Unfit.SECOND else await self.refused(_REFUSED)
        return None if self._is_counted else Again("asked or withdrawn meanwhile", failed=False)

    async def ask(self) -> Answered | Refused | Pending | Handed:
        """Only what became of it, if the wallet may have heard of it and it was not just counted to be sent.

        What was counted leaves at once, for a worker that dies between the two keeps the payer waiting until the push
        would have settled. One that waited long is looked up first: a restored database may have forgotten its sending.
        """
        bill, language = self._bill, self._edition.program.language_or_base(self._language)
        arguments = {
            "msisdn": self._payer,
            "amount": str(bill.price.total_minor),
            "currency": bill.price.currency,
            "reference": reference_of(bill.code, self._push.number),
            "text": title_of(self._edition, bill.service, language) or show_bill_code(bill.code),
        }
        office = self._edition.offices[self._push.wallet]
        if not self._is_counted and self._found_by:
            return await self._look(office, arguments)
        if not self._is_counted:
            arguments[LOOK] = "only"
        elif not self._found_by and (self._push.is_asked or self.waited_seconds() < limits.office_push_settles_seconds):
            arguments[FRESH] = "only"
        return await office.ask(PAY, arguments, self._push.key, limits.office_worker_seconds)

    @property
    def _found_by(self) -> str:
        """The operation that tells what became of a push, at an office that is asked as its declaration says; empty: a
        wallet's own adapter knows how to look.
        """
        return self._edition.catalogue.offices[self._push.wallet].repeating(PAY).found_by

    async def _look(self, office: Office, arguments: Mapping[str, str]) -> Answered | Refused | Pending | Handed:
        operation, key = self._found_by, self._push.key
        takes = self._edition.catalogue.offices[self._push.wallet].operations[operation].get("takes", ())
        assert isinstance(takes, list | tuple), "the compiler saw to it"
        known = {**arguments, KEY: key}
        given = {name: known[name] for name in takes}
        found = await office.ask(operation, given, key, limits.office_worker_seconds)
        return Refused(UNSEEN) if found == Refused(NOT_FOUND) else found

    async def not_told(self, failure: ServiceFailed) -> None:
        """The wallet may have asked the payer; if it may simply be tried again, it certainly heard of nothing."""
        if failure.late:
            await self.move(BillState.UNKNOWN)
        elif failure.retryable and self._is_counted:
            await self._book.note_unheard(self._push)

    async def move(self, state: BillState) -> None:
        """Note how the push stands, unless the bill was paid in another way or is pushed anew; nobody waits for it."""
        bill = self._bill
        if self._is_last and bill.state in UNDER_WAY and bill.state is not state:
            await self._book.move(self._push, bill, state, self._clock(), HOUSE, (), is_held=False)
            self._bill = await self._bills.bill(bill.id) or bill

    async def refused(self, reason: str, by: str = HOUSE, *, is_held: bool = False) -> JobEnding:
        """No money came: the bill can be paid in any way again, if its time is not over and its request still waits.
        Whoever has paid it so meanwhile is told nothing. `is_held`: only while the job waits for a person.
        """
        bill, now = self._bill, self._clock()
        if not self._is_last or bill.state not in UNDER_WAY:
            return Finished()
        is_open = await self._billing.judged(bill, bill.price.total_minor) is None
        texts = self.texts(REFUSED if is_open else OVER, reason=reason) if reason else ()
        moved = await self._book.move(
            self._push, bill, BillState.REFUSED, now, by, texts, is_held=is_held, is_open=is_open and bool(texts)
        )
        return Finished() if moved else Again("moved meanwhile", failed=False)

    async def paid(self, reference: str) -> JobEnding:
        """Take the money in by the rules of all money: what does not fit any more stands in suspense."""
        push, price = self._push, self._bill.price
        amount = from_minor(price.total_minor, price.minor_digits)
        coming = Coming(
            push.wallet, push.correlation, amount, price.currency, self._payer, reference, keeps=True,
            begun_at=push.at, is_named=True,
        )  # fmt: skip
        taken = await self._billing.take(self._bill, coming)
        if isinstance(taken, Denied) and taken is not Denied.KNOWN:
            return GivenUp(f"the money came and was not taken: {taken}")
        payment = taken if isinstance(taken, Payment) else await self._came(coming)
        assert payment is not None, "it was taken before"
        self._bill = await self._bills.bill(self._bill.id) or self._bill
        if payment.unfit is not None:  # that was the end of this push, and of no other way to pay
            return await self.refused("")
        is_theirs = self._payer == self._bill.msisdn
        return Finished(() if is_theirs else self.texts(PAID, receipt=payment.receipt))

    async def _came(self, coming: Coming) -> Payment | None:
        """What this push brought and was taken before: by an earlier attempt, or out of the wallet's statement."""
        came = await self._bills.came(coming.wallet, correlation=coming.id)
        return came or await self._bills.named(self._bill.id, coming.wallet, coming.their_reference)
