"""Africa's Talking: USSD and SMS callbacks as its manual describes them, and SMS out through its own package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import anyio

from app import limits
from app.errors import NotOurs, ServiceFailed
from app.messages import (
    DeliveryEvent,
    DeliveryStatus,
    Ending,
    OutgoingSms,
    Reply,
    SmsEvent,
    UssdEnded,
    UssdEvent,
    WireRequest,
    WireResponse,
)
from app.ports import Deadlines
from integrations.aggregators.africastalking_sms import SmsAnswer, check_key, in_thread, message_id_of
from integrations.aggregators.forms import Form, read_phone
from integrations.aggregators.hops import Hops

NAME: Final = "africastalking"

# Their fields. The end of a session also brings date, cost, durationInMillis, hopsCount, hopsMetadata, input,
# lastAppResponse and errorMessage: left unread, for they repeat all that was typed.
USSD: Final = frozenset({"sessionId", "phoneNumber", "networkCode", "serviceCode", "text"})
RECURRING: Final = frozenset({"serviceCode", "networkCode"})
USSD_END: Final = frozenset({"sessionId", "phoneNumber", "serviceCode", "status"})
SMS: Final = frozenset({"id", "from", "to", "text"})
DELIVERY: Final = frozenset({"id", "status", "failureReason"})

id_characters_max: Final = 128
code_characters_max: Final = 64
sender_characters_max: Final = 64

MESSAGE_ID_OF_FAILURES: Final = "None"  # the same for every SMS that was refused


class AfricasTalking:
    """Its callbacks are unsigned: whoever calls a reader has checked the secret path.

    `base_url` None leaves the choice between live and sandbox to the package, which goes by the user name.
    """

    def __init__(
        self,
        username: str,
        api_key: str,
        sender_id: str | None = None,
        base_url: str | None = None,
        send_seconds: float = 9.0,  # the package's own patience; a text given up too early is a text sent twice
        deadlines: Deadlines | None = None,
    ) -> None:
        self.name = NAME
        self.deadlines = deadlines or Deadlines()
        check_key(api_key)
        self._account = (username, api_key, base_url)
        self._sender_id = sender_id
        self._send_seconds = send_seconds
        self._hops = Hops(_hop, len(USSD), "text", limits.transcript_characters_max)
        self._threads = anyio.CapacityLimiter(limits.sms_send_parallel_max)

    def read_ussd(self, request: WireRequest) -> UssdEvent:
        return self._hops.read(request)

    def read_ussd_end(self, request: WireRequest) -> UssdEnded:
        form = Form(request, USSD_END)
        return UssdEnded(
            aggregator=NAME,
            session_id=form.need_word("sessionId", id_characters_max),
            msisdn=form.need_phone("phoneNumber"),
            service_code=form.need_word("serviceCode", code_characters_max),
            ending=ENDINGS.get(form.need("status", code_characters_max), Ending.DROPPED),
        )

    def read_sms(self, request: WireRequest) -> SmsEvent:
        """Never refuses content: they send a text again for 12 hours until it is taken."""
        form = Form(request, SMS)
        sender = form.need("from", sender_characters_max)
        return SmsEvent(
            aggregator=NAME,
            message_id=form.need_word("id", id_characters_max),
            sender=read_phone(sender) or sender,
            recipient=form.get("to", sender_characters_max),
            text=form.get("text", limits.callback_body_bytes_max)[: limits.sms_characters_max],
        )

    def read_delivery(self, request: WireRequest) -> DeliveryEvent:
        form = Form(request, DELIVERY)
        message_id = form.need_word("id", id_characters_max)
        if message_id == MESSAGE_ID_OF_FAILURES:
            raise NotOurs("id: names no message")
        status = form.need_word("status", code_characters_max)
        reason = form.get("failureReason", code_characters_max)
        return DeliveryEvent(
            aggregator=NAME,
            message_id=message_id,
            status=DELIVERY_STATUSES.get(status, DeliveryStatus.IN_FLIGHT),
            raw=status,
            reason=FAILURES.get(reason, reason),
        )

    def write(self, reply: Reply) -> WireResponse:
        """200 and `CON ` or `END `: anything else, a space before it included, ends the session as failed."""
        page = ("END " if reply.final else "CON ") + reply.text
        return WireResponse(200, "text/plain; charset=utf-8", page.encode(errors="replace"))

    async def send(self, sms: OutgoingSms) -> str:
        """Send once. A `late` failure may have been sent all the same: sending again may text twice."""
        if read_phone(sms.msisdn) != sms.msisdn:
            raise ServiceFailed("number_unfit", retryable=False)
        return message_id_of(await in_thread(self._threads, self._send_seconds, partial(self._submit, sms)))

    def _submit(self, sms: OutgoingSms) -> SmsAnswer:
        from integrations.aggregators.africastalking_centre import SmsCentre  # in the worker alone

        return SmsCentre(*self._account).submit(sms.text, sms.msisdn, self._sender_id, self._send_seconds)

    async def close(self) -> None:
        """Nothing is held between two texts."""


def _hop(request: WireRequest) -> UssdEvent:
    form = Form(request, USSD, RECURRING)
    return UssdEvent(
        aggregator=NAME,
        session_id=form.need_word("sessionId", id_characters_max),
        msisdn=form.need_phone("phoneNumber"),
        service_code=form.need_word("serviceCode", code_characters_max),
        network=form.need("networkCode", code_characters_max),  # open: Lesotho is in none of their lists
        transcript=form.need("text", limits.transcript_characters_max),
    )


ENDINGS: Final[Mapping[str, Ending]] = {
    "Success": Ending.COMPLETED,
    "Incomplete": Ending.DROPPED,
    "Failed": Ending.FAILED,
}

DELIVERY_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "Sent": DeliveryStatus.IN_FLIGHT,
    "Submitted": DeliveryStatus.IN_FLIGHT,
    "Buffered": DeliveryStatus.IN_FLIGHT,
    "Success": DeliveryStatus.DELIVERED,
    "Rejected": DeliveryStatus.FAILED,
    "Failed": DeliveryStatus.FAILED,
    "AbsentSubscriber": DeliveryStatus.FAILED,
    "Expired": DeliveryStatus.FAILED,  # dropped by an operator's firewall, their manual says
}

FAILURES: Final[Mapping[str, str]] = {
    "InsufficientCredit": "balance_insufficient",
    "InvalidLinkId": "link_invalid",
    "UserIsInactive": "number_inactive",
    "UserInBlackList": "number_blocked",
    "UserAccountSuspended": "number_suspended",
    "NotNetworkSubcriber": "number_unknown",  # their spelling
    "NotNetworkSubscriber": "number_unknown",
    "UserNotSubscribedToProduct": "not_subscribed",
    "UserDoesNotExist": "number_unknown",
    "DeliveryFailure": "not_delivered",
    "DoNotDisturbRejection": "do_not_disturb",
}
"""Why a text failed, in the house's words; any other word of theirs is kept as it is."""
