"""What callers are shown of their own, and what they may ask of it: by the number that they call from, and no more.

More than one may use a phone. So lists name requests and money, and hold nothing that somebody typed or an office gave;
a receipt is texted to the number that it is of; and to be forgotten is only asked for: a person makes sure who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import msgspec

from app import limits
from app.answers import asked_text
from app.audit import CITIZEN, AuditEntry
from app.bill_code import show_bill_code
from app.billing import Billing
from app.broadcast import Subscription
from app.cases import Case, tell_job, told_until
from app.catalogue import TOO_MANY, UNMANDATED, Service
from app.editions import Edition
from app.errands import districts_of
from app.errors import ServiceFailed
from app.filing import Asker
from app.house_services import COUNT, UNKNOWN, Show
from app.keys import Keyring
from app.ledger import Requests
from app.messages import Answered, Job, Outcome, Priority, Refused, Request, SmsKind, Status
from app.payments import PAYABLE
from app.ports import Bills, Clock, Ledger, MineBook, Outbox, Subscriptions, Window
from app.push_texts import last_day, title_of
from app.pushing import Pushing
from app.reference import read_reference
from app.tasks import ERASURE, LOOK
from app.values.text import fill, slots
from app.wallets import PAY

RECEIPTS = "receipt_again"
"""The tally of receipts that a number asked for again."""
TOLD: Mapping[Status, str] = {Status.REJECTED: "refused"}
"""Occasions that are called otherwise than the status that they tell."""


class Mine:
    """Answers services of kind `mine`. Raises `StoreUnavailable`."""

    def __init__(
        self,
        requests: Requests,
        billing: Billing,
        book: MineBook,
        ledger: Ledger,
        bills: Bills,
        subscriptions: Subscriptions,
        outbox: Outbox,
        keyring: Keyring,
        clock: Clock,
        pushing: Pushing,
    ) -> None:
        self._pushing = pushing
        self._requests = requests
        self._billing = billing
        self._book = book
        self._ledger = ledger
        self._bills = bills
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._keyring = keyring
        self._clock = clock

    async def call(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """An agent who acts for a citizen sees nothing of what else is theirs."""
        if asker.mandate is not None:
            return Refused(UNMANDATED)
        if service.shows is Show.REQUESTS:
            return await self._list_requests(edition, asker)
        if service.shows is Show.PAYMENTS:
            return await self._list_payments(edition, asker)
        if service.shows is Show.BILLS:
            return await self._list_bills(edition, asker)
        if service.shows in (Show.BILL, Show.STANDS, Show.PUSH):
            return await self._pushing.call(edition, service, arguments["bill"], asker)
        if service.shows is Show.RECEIPT:
            return await self._send_receipt(edition, arguments["receipt"], asker)
        if service.shows is Show.ERASE:
            return await self._ask_erasure(edition, service, asker)
        if service.shows is Show.SUBSCRIBE:
            return await self._subscribe(edition, service, arguments["district"], asker)
        if service.shows is Show.UNSUBSCRIBE:
            return await self._unsubscribe(edition, service, arguments, asker)
        if service.shows is Show.SUBSCRIPTIONS:
            return await self._list_subscriptions(edition, asker)
        if service.shows is Show.LANGUAGE:
            return Answered({"language": await self._ledger.language(asker.msisdn) or ""})
        kept = await self._book.counts(asker.msisdn)
        return Answered({name: _told(count) for name, count in asdict(kept).items()})

    async def intended(self, effect: str) -> str | None:
        """The version of the menus in which a step had a wallet asked; None: it has not."""
        return await self._pushing.intended(effect)

    async def _list_requests(self, edition: Edition, asker: Asker) -> Outcome:
        # What is bought each week would push out of the list what somebody waits for.
        found, count = await self._book.requests(asker.msisdn, limits.mine_listed_max, open_first=True)
        entries = [
            {
                "reference": request.reference,
                "title": _title(await self._case(request), asker.language),
                "status": request.status.value,
                "date": edition.program.day(request.filed_at).isoformat(),
            }
            for request in found
        ]
        return Answered({"requests": _listing(entries), COUNT: _told(count)})

    async def _list_payments(self, edition: Edition, asker: Asker) -> Outcome:
        """Money that came for the bills of their requests, and what wallets were asked for to carry out others."""
        currency = edition.program.currency.code
        by_bill, count = await self._book.payments(asker.msisdn, currency, limits.mine_listed_max)
        found = [
            (one.at, one.receipt, one.amount_minor, title_of(edition, one.service, asker.language)) for one in by_bill
        ]
        requests, _ = await self._book.requests(asker.msisdn, limits.mine_looked_max)
        for request in requests:
            case = await self._case(request)
            if case is not None and (minor := _paid_at_wallet(case)) is not None:
                found.append((request.filed_at, request.reference, minor, _title(case, asker.language)))
                count += 1
        found.sort(reverse=True)
        entries = [
            {"receipt": receipt, "amount": str(minor), "title": title, "date": edition.program.day(at).isoformat()}
            for at, receipt, minor, title in found[: limits.mine_listed_max]
        ]
        return Answered({"payments": _listing(entries), COUNT: _told(count)})

    async def _list_bills(self, edition: Edition, asker: Asker) -> Outcome:
        """Those that can still be paid; the code of one lets anybody pay it, and nothing else."""
        found, _ = await self._bills.of_number(asker.msisdn, Window(limits.mine_looked_max), self._clock())
        waiting = [bill for bill in found if bill.state in PAYABLE]
        entries = [
            {
                "bill": show_bill_code(bill.code),
                "amount": str(bill.price.total_minor),
                "title": title_of(edition, bill.service, asker.language),
                "until": last_day(edition, bill),
            }
            for bill in waiting[: limits.mine_listed_max]
        ]
        return Answered({"bills": _listing(entries), COUNT: _told(len(waiting))})

    async def _send_receipt(self, edition: Edition, receipt: str, asker: Asker) -> Outcome:
        """By the receipt of a payment or the reference of a request; a repeat of the same step sends no second text.

        Counted when it was new: a crash in between gives one more, and no repeat takes one away.
        """
        canonical, now = read_reference(receipt) or "", self._clock()
        day = edition.program.day(now)
        if await self._ledger.tally(RECEIPTS, asker.msisdn, day, 0) >= limits.receipts_again_a_day_max:
            return Refused(TOO_MANY)
        job = await self._letter(canonical, asker, now)
        if job is None:
            return Refused(UNKNOWN)
        if await self._outbox.add([job]):
            await self._ledger.tally(RECEIPTS, asker.msisdn, day, 1)
        return Answered()

    async def _letter(self, canonical: str, asker: Asker, now: datetime) -> Job | None:
        """The job that sends the text of a payment or a request of the caller's own; None if there is none to send."""
        own = await self._bills.own(asker.msisdn, canonical)
        bill, payment = own if own is not None else (None, None)
        is_receipt = bill is not None and payment is not None and payment.receipt == canonical
        request = await (
            self._requests.request(bill.request_id) if is_receipt and bill
            else self._requests.own(canonical, asker.msisdn)
        )  # fmt: skip
        case = await self._case(request) if request else None
        if case is None or case.service.is_untitled:  # its texts say what lists hide
            return None
        end = TOLD.get(case.request.status, case.request.status.value)
        texts: list[tuple[str, dict[str, str]]] = [(end, {})]
        if bill and payment:  # whoever asks for a receipt gets the later text only if that has it
            is_first = is_receipt and not case.names_receipt(end)
            texts.insert(0 if is_first else 1, ("paid", {"bill": bill.id, "receipt": payment.receipt}))
        for occasion, about in texts:
            known = await self._billing.said({"request": case.request.id, **about}) if about else {}
            if _can_be_told(case, occasion, known):
                break
        else:
            return None
        job = tell_job(case.request.id, occasion, now)
        until = told_until(now, limits.receipt_again_seconds_max)
        payload = {**job.payload, **about, "sms": SmsKind.ANSWER.value, "until": until}
        return Job(f"{job.id}:{asker.effect}", job.kind, payload, now, Priority.TOLD)

    async def _ask_erasure(self, edition: Edition, service: Service, asker: Asker) -> Outcome:
        """A task for a person, once a day for a number: whoever holds a phone need not be whose number it is."""
        now = self._clock()
        day = edition.program.day(now)
        id = f"{ERASURE}{self._keyring.hash(ERASURE, asker.msisdn, day.isoformat()).hex()}"
        until = (day + timedelta(days=limits.erasure_days)).isoformat()
        reason = f"somebody asks to be forgotten; make sure who they are until {until}: `mohala citizen erasures`"
        task = Job(id, LOOK, {"to": asker.msisdn, "language": asker.language, "until": until}, now)
        if await self._outbox.leave([task], reason, now):
            await self._ledger.note(AuditEntry(now, CITIZEN, "ask-erasure", id, service.name))
            await self._outbox.add(asked_text(edition, service, {"until": until}, asker, now))
        return Answered({"until": until})

    async def _subscribe(self, edition: Edition, service: Service, district: str, asker: Asker) -> Outcome:
        """In a district that the pack has, or everywhere; what they agreed to stands in the ledger by then."""
        known = {*edition.points.districts, *districts_of(edition.program)}
        if district and district not in known:
            return Refused(UNKNOWN)
        now, topic = self._clock(), edition.catalogue.topics[service.topic]
        wanted = Subscription(asker.msisdn, topic.name, district, topic.purpose, asker.language, now)
        if not await self._subscriptions.subscribe(wanted, limits.subscriptions_max):
            return Refused(TOO_MANY)
        told = {"title": fill(topic.title[asker.language], {}), "place": _place(edition, district, asker.language)}
        await self._outbox.add(asked_text(edition, service, told, asker, now))
        return Answered(told)

    async def _unsubscribe(
        self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker
    ) -> Outcome:
        """Whoever had asked for nothing is texted nothing."""
        ended = await self._subscriptions.unsubscribe(asker.msisdn, arguments["topic"], arguments["district"])
        told = {COUNT: _told(ended)}
        if ended:
            await self._outbox.add(asked_text(edition, service, {**arguments, **told}, asker, self._clock()))
        return Answered(told)

    async def _list_subscriptions(self, edition: Edition, asker: Asker) -> Outcome:
        """Those of topics that these menus know; a district that they know no more is shown by its key."""
        topics, language = edition.catalogue.topics, asker.language
        found = await self._subscriptions.of_number(asker.msisdn)
        entries = [
            {
                "title": fill(topics[topic].title[language], {}),
                "place": _place(edition, district, language),
                "topic": topic,
                "district": district,
            }
            for topic, district in found
            if topic in topics
        ]
        return Answered({"subscriptions": _listing(entries), COUNT: _told(len(entries))})

    async def _case(self, request: Request) -> Case | None:
        """None also while the menus that it was filed under cannot be used."""
        try:
            return await self._requests.case_of(request)
        except ServiceFailed:
            return None


def _place(edition: Edition, district: str, language: str) -> str:
    """What a district is called; nothing for everywhere."""
    known = edition.points.districts.get(district)
    return fill(known.name[language], {}) if known else district


def _title(case: Case | None, language: str) -> str:
    """Empty where it would tell too much on a phone that several use, or is not known."""
    if case is None or case.service.is_untitled:
        return ""
    return fill(case.service.title[case.edition.program.language_or_base(language)], {})


def _paid_at_wallet(case: Case) -> int | None:
    """The amount in minor units that the wallet of a request was asked for and paid; None: no wallet has."""
    for stage, work in enumerate(case.service.work[: case.request.stage]):
        name = work.call.arguments.get("amount", "") if work.call and work.call.operation == PAY else ""
        amount = case.request.answers.get(name, "") if stage < case.request.stage else ""
        if amount.isdigit():
            return int(amount)
    return None


def _can_be_told(case: Case, occasion: str, known: Mapping[str, str]) -> bool:
    """Whether there is a text, and nothing that it says was forgotten since."""
    text = case.service.sms.get(occasion)
    if text is None:
        return False
    said = msgspec.json.decode(known["results"], type=dict[str, str]) if "results" in known else case.request.results
    house = {"status", "reason", "reference", "promised"}
    named = {slot.name for template in text.values() for slot in slots(template)}
    return named <= {*case.request.answers, *case.receipt(), *said, *house}


def _listing(entries: Sequence[Mapping[str, str]]) -> str:
    return msgspec.json.encode(entries).decode()


def _told(count: int) -> str:
    return str(min(count, limits.mine_count_max))
