"""One hop of a dialogue, in the house's words. A plain class: machine code finds its fields at once."""

from __future__ import annotations


class UssdEvent:
    """One hop of a USSD dialogue. `transcript` is all that was typed so far, joined by `*`; `msisdn` is E.164.

    Nobody changes one. It says nothing of itself, so that no log can.
    """

    __slots__ = ("aggregator", "msisdn", "network", "service_code", "session_id", "transcript")

    def __init__(
        self, aggregator: str, session_id: str, msisdn: str, service_code: str, network: str, transcript: str
    ) -> None:
        self.aggregator = aggregator
        self.session_id = session_id
        self.msisdn = msisdn
        self.service_code = service_code
        self.network = network
        self.transcript = transcript

    def fields(self) -> tuple[str, ...]:
        return self.aggregator, self.session_id, self.msisdn, self.service_code, self.network, self.transcript

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UssdEvent) and self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash(self.fields())
