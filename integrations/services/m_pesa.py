"""Vodacom's M-Pesa OpenAPI, with us as the merchant who asks a customer to pay (C2B, single stage)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from urllib.parse import urlencode
from uuid import uuid4

from app import limits, m_pesa
from app.errors import ServiceFailed, SettingsWrong
from app.m_pesa import ANY_ORIGIN, SANDBOX, SYNC
from app.messages import Pending, Refused
from app.ports import Clock
from app.wakes import id_of
from app.wallets import PAY, UNSEEN
from integrations.http import OutboundHttp, checked_secret, of_a_change
from integrations.services.m_pesa_session import Sessions, read_public_key
from integrations.services.m_pesa_words import SEEN_BEFORE, outcome_of_push, outcome_of_query, said
from integrations.services.sent import Sent
from integrations.services.settings import OfficeSettings
from integrations.services.wallet_orders import Order, Outcome, fitting, longest_of, read_order, refuse_faulty

reference_characters_max = 20
description_characters_max = 100


class MPesaOffice:
    """Its one operation `request-payment` takes `msisdn`, `amount` (minor units), `currency`, `reference`, `text`.

    A key becomes the third party's conversation id, by which a payment is looked up before it is ever asked for. In
    mode sync the line is held until the payer has typed the PIN, for longer than anybody here waits: so a push goes on
    by itself, and whoever asks again with its key meets it. Raises `SettingsWrong` for a wrong declaration.
    """

    def __init__(
        self,
        told: OfficeSettings,
        clock: Clock,
        make_id: Callable[[], str] = lambda: uuid4().hex,
        push_seconds: float = limits.office_push_seconds,
    ) -> None:
        self.name = told.name
        self._minor_digits = told.minor_digits
        options = told.options
        declared = {"operations": told.operations} | ({} if told.secret is None else {"secret": "its name"})
        refuse_faulty(told.name, m_pesa.only(declared))
        refuse_faulty(told.name, m_pesa.office_faults(options))
        refuse_faulty(told.name, m_pesa.faults(told.operations[PAY]))
        if "test_msisdn" in options and SANDBOX not in f"{told.address}/":
            raise SettingsWrong(
                f"Office `{told.name}` has a `test_msisdn`, which would be asked in place of everybody: "
                f"its address must have `{SANDBOX}` in it, or the number must go."
            )
        self._options = options
        self._final = options.get("mode", SYNC) == SYNC
        self._longest = longest_of(told.operations[PAY])
        self._make_id = make_id
        self._push_seconds = push_seconds
        self._sent = Sent(clock)
        self._pushing: OrderedDict[str, asyncio.Task[Outcome | ServiceFailed]] = OrderedDict()
        market = f"/ipg/v2/{options['market']}"
        shown = {"Origin": options.get("origin", ANY_ORIGIN)}
        self._http = OutboundHttp(told.address, shown)
        # Of its own, so that payers who take their time keep nobody from looking up what became of a payment.
        self._lines = OutboundHttp(told.address, shown, limits.office_pushes_max)
        self._sessions = self._open_sessions(told, f"{market}/getSession/", clock)
        self._push_path = f"{market}/c2bPayment/singleStage/"
        self._query_path = f"{market}/queryTransactionStatus/"

    def _open_sessions(self, told: OfficeSettings, path: str, clock: Clock) -> Sessions | None:
        """None for an office that is only looked at, without its files."""
        if "public_key" not in told.files or told.secret is None:
            return None
        try:
            text = told.files["public_key"].read_text("ascii")
        except (OSError, UnicodeDecodeError):
            text = ""
        seal = read_public_key(told.name, text)
        return Sessions(self._http, path, checked_secret(told.name, told.secret), seal, clock)

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Outcome:
        """Ask for a payment, or what became of it (with `LOOK` nothing else, with `FRESH` without a look
        first); Pending until the payer has decided.

        Besides the reasons of `OutboundHttp` raises `code_INS-...` (retryable where it may have been done),
        `session_...` (retryable, not done), `status_<4xx>`, `answer_malformed`, `forgotten_by_the_wallet`,
        `argument_unfit`, `argument_missing`, `operation_unknown`. Of a push whatever went wrong after it was sent is
        `late`: a 5xx as well.
        """
        order = read_order(operation, arguments, self._minor_digits)
        if len(order.reference) > reference_characters_max:
            raise ServiceFailed("argument_unfit", retryable=False)
        ends = asyncio.get_running_loop().time() + within_seconds
        id = id_of(key)
        push = self._pushing.get(id)
        if push is None:
            known = None if order.is_fresh else await self._known(id, within_seconds)
            if known is not None:
                return fitting(known, self._longest)
            may_be_sent = self._sent.may_be_sent(id)
            if order.is_look:
                return Refused(UNSEEN)
            if not may_be_sent:
                return Pending()
            push = self._begin(id, order)
        await asyncio.wait({push}, timeout=max(ends - asyncio.get_running_loop().time(), 0.0))
        if not push.done() or push.cancelled():
            return Pending()
        self._pushing.pop(id, None)
        outcome = push.result()
        if isinstance(outcome, ServiceFailed):
            raise ServiceFailed(outcome.reason, retryable=outcome.retryable, late=outcome.late)
        return fitting(outcome, self._longest)

    async def close(self) -> None:
        for push in self._pushing.values():
            push.cancel()
        if self._pushing:
            await asyncio.wait(self._pushing.values())
        if self._sessions is not None:
            await self._sessions.close()
        await self._http.close()
        await self._lines.close()

    async def _known(self, id: str, within_seconds: float) -> Outcome | None:
        """What became of an earlier push with this id; None if M-Pesa does not know it, or not yet."""
        asked = {
            "input_QueryReference": id,
            "input_ServiceProviderCode": self._options["provider_code"],
            "input_ThirdPartyConversationID": self._make_id(),  # of this look-up: no id is taken twice
            "input_Country": self._options["country"],
        }
        path = f"{self._query_path}?{urlencode(asked)}"
        answer = await self._opened().call(self._http, "GET", path, within_seconds)
        return outcome_of_query(said(answer), id)

    def _begin(self, id: str, order: Order) -> asyncio.Task[Outcome | ServiceFailed]:
        if len(self._pushing) >= limits.office_pushes_max:
            heard = next((one for one, push in self._pushing.items() if push.done()), None)
            if heard is None:
                raise ServiceFailed("busy", retryable=True)
            del self._pushing[heard]
        self._pushing[id] = asyncio.create_task(self._push(id, order))
        return self._pushing[id]

    async def _push(self, id: str, order: Order) -> Outcome | ServiceFailed:
        """Returned and not raised, for whoever asked may have gone; kept until somebody asks again."""
        self._sent.note(id)
        try:
            answer = await self._opened().call(
                self._lines, "POST", self._push_path, self._push_seconds, self._body(id, order)
            )
            told = said(answer)
            if told.code == SEEN_BEFORE:
                return await self._known(id, limits.office_worker_seconds) or Pending()
            outcome = outcome_of_push(told, final=self._final)
            if isinstance(outcome, Pending):
                self._sent.note(id, accepted=True)
            return outcome
        except ServiceFailed as failed:
            self._sent.take_back(id, failed)
            return of_a_change(failed)

    def _opened(self) -> Sessions:
        if self._sessions is None:
            raise ServiceFailed("session_without_its_files", retryable=False)
        return self._sessions

    def _body(self, id: str, order: Order) -> Mapping[str, str]:
        return {
            "input_Amount": order.amount.removesuffix(".00"),
            "input_Country": self._options["country"],
            "input_Currency": order.currency,
            "input_CustomerMSISDN": self._options.get("test_msisdn", order.msisdn_digits),
            "input_ServiceProviderCode": self._options["provider_code"],
            "input_ThirdPartyConversationID": id,
            "input_TransactionReference": order.reference,
            "input_PurchasedItemsDesc": order.text[:description_characters_max],
        }
