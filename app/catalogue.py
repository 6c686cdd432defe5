"""The services of a pack: what each asks, who carries it out, how long the citizen waits, what is texted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app import limits
from app.costs import Commission, Fee, Typed
from app.engine.program import Declared
from app.house_services import ASKED, AgentStep, Attests, Find, Lookup, MandateStep, Show, Topic
from app.messages import Status
from app.payments import Price
from app.privacy import Basis, DataClass, Purpose
from app.values.formats import Currency
from app.values.rules import Text, ValueType

ADAPTERS = (
    "http_json",
    "mobile_money",
    "m_pesa",
    "push_poll",
    "x_road",
    "opencrvs",
    "g2p_connect",
    "mosip",
    "manual",
)
"""How offices are spoken to: the names of `integrations.services.OFFICES`, which checks of a pack cannot reach, and
`manual` for those that have no system: their work goes to a list for clerks."""


class ServiceKind(StrEnum):
    ASK = "ask"  # an office is asked while the citizen waits
    FILE = "file"  # a request is written down; the worker carries it out
    STATUS = "status"  # what has become of a request
    POINTS = "points"  # the house itself tells of the pack's service points
    MANDATE = "mandate"  # a citizen is asked whether an agent may act for them
    AGENT = "agent"  # what an agent does with money at the counter
    LOOKUP = "lookup"  # the house itself tells what stands in a data file of the pack
    MINE = "mine"  # the house itself tells callers what it knows of them, and does what they ask of that
    QUOTE = "quote"  # the house itself tells what filing another service would cost


class CodeStep(StrEnum):
    """What an operation is to the check of who somebody is: it has a code sent, or it tries one."""

    SENDS = "sends"
    CHECKS = "checks"


UNVERIFIED = "unverified"
"""Why a service that demands a verified identity refuses: there is no check behind it, or not of this ID number."""
UNMANDATED = "unmandated"
"""Why nothing is done for a citizen any more: what an agent was let do was done, is too long ago, or was taken back."""
TOO_MANY = "too_many"
"""Why a service refuses that takes no more than so many filings of a number in a day."""


@dataclass(frozen=True, slots=True)
class Result:
    """A value that a service gives; `longest` in septets. A list has the `fields` of an entry and at most `most`."""

    type: ValueType
    longest: int
    fields: Mapping[str, Result] | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class Repeating:
    """What is done when nobody knows whether an operation was: `found_by` is asked first, if there is one; then the
    operation itself with the same key, unless it may `never` be asked again.
    """

    found_by: str = ""
    never: bool = False


@dataclass(frozen=True, slots=True)
class OfficeEntry:
    """An office of the pack, as its adapter reads it; `secret` and the files of `auth` are names among the secrets.

    `spacing_seconds` lie between two questions of workers; 0: no bound. `title` and `country` (ISO 3166, empty: the
    pack's own) are for the processing register.
    """

    name: str
    adapter: str
    address: str
    secret: str | None
    operations: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    spacing_seconds: float = 0.0
    title: str = ""
    country: str = ""

    def repeating(self, operation: str) -> Repeating:
        declared = self.operations.get(operation, {})
        return Repeating(str(declared.get("found_by", "")), declared.get("repeat") == "never")


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One operation of an office; `arguments` maps its parameters to names of answers and results."""

    office: str
    operation: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that the worker does for a filed request, and the status when it is done.

    `call` None: it waits until the bill is paid, for which the citizen has `pay_hours`; over the service's fee, or over
    what was `typed`. `push` is what the service takes that names the service by which a wallet is asked for it at once;
    empty: none is.
    """

    call: OperationCall | None
    then: Status
    pay_hours: int = 0
    typed: Typed | None = None
    push: str = ""


def examples_in(catalogue: Catalogue) -> list[str]:
    """The services whose fee or charge is an example, by name."""
    return sorted(service.name for service in catalogue.services.values() if service.has_example)


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalogue. `refused` names the reasons for which it may say no; `sms` the texts by occasion.

    `sms_names` is what those texts may name. `code` is what its operation is to a check of who somebody is.
    A request moves within `promise_days`, its citizen is reminded after each of `remind_days`, its office is asked
    every `follow_hours` (0: only when its citizen asks). `purpose` is one of the catalogue's, empty if nothing personal
    is taken; `classes` says what each field is that it takes or that its office gives. `find` is what one of kind
    `points` tells, `step` what one of kind `mandate` or `agent` does, `attests` what agents file in their own name,
    `lookup` what one of kind `lookup` reads, `shows` what one of kind `mine` does, of `topic` if it subscribes, at
    `wallet`, one of the offices, if it pays, `quotes` the service whose cost one of kind `quote` tells. A number may
    file it `most_a_day` times (0: no bound). That one was filed that `is_private` is not for whoever holds the phone.
    """

    name: str
    title: Text
    kind: ServiceKind
    takes: Mapping[str, ValueType]
    gives: Mapping[str, Result]
    refused: tuple[str, ...]
    patience_seconds: float
    ask: OperationCall | None
    work: tuple[Work, ...]
    follow: OperationCall | None
    sms: Mapping[str, Text]
    sms_names: Mapping[str, Declared]
    promise_days: int = limits.promise_days
    remind_days: tuple[int, ...] = (limits.remind_days,)
    follow_hours: int = 0
    fee: Fee | None = None
    charge: Fee | None = None
    code: CodeStep | None = None
    purpose: str = ""
    classes: Mapping[str, DataClass] = field(default_factory=dict)
    find: Find | None = None
    commission: Commission | None = None
    most_a_day: int = 0
    step: MandateStep | AgentStep | None = None
    attests: Attests | None = None
    lookup: Lookup | None = None
    shows: Show | None = None
    topic: str = ""
    is_private: bool = False
    wallet: str = ""
    quotes: str = ""

    @property
    def has_example(self) -> bool:
        """Whether what it costs is, in whole or in part, no published amount."""
        return any(cost.is_example for cost in (self.fee, self.charge) if cost)

    @property
    def offices(self) -> frozenset[str]:
        """Whom it asks at once, or who carries it out; nobody, if the house alone answers."""
        asked = (self.ask,) if self.ask else ()
        calls = (*asked, *(work.call for work in self.work if work.call))
        return frozenset((*(call.office for call in calls), *((self.wallet,) if self.wallet else ())))

    @property
    def typed(self) -> Typed | None:
        """What citizens type and are billed for, if anything."""
        return next((one.typed for one in self.work if one.typed), None)

    @property
    def has_bill(self) -> bool:
        """Whether a request waits for money, sooner or later."""
        return any(one.call is None for one in self.work)

    @property
    def bills_at_once(self) -> bool:
        """Whether a request waits for money before anything else is done, so that its page may say what pays it."""
        return bool(self.work) and self.work[0].call is None

    @property
    def pushes_by(self) -> str:
        """What it takes that names by which service its citizen's wallet is asked as soon as it is filed, if any."""
        return next((one.push for one in self.work if one.push), "")

    @property
    def is_certain(self) -> bool:
        """Whether the house itself answers, so that it is never late or down."""
        told = any(one is not None for one in (self.find, self.step, self.lookup, self.shows))
        return told or self.kind is ServiceKind.QUOTE

    @property
    def texts_answer(self) -> bool:
        """Whether it texts what it tells, which stands in the pack and is nobody's own."""
        return ASKED in self.sms and (self.find is not None or self.lookup is not None)

    @property
    def is_sensitive(self) -> bool:
        """Whether anything that it takes or gives is."""
        return DataClass.SENSITIVE in self.classes.values()

    @property
    def is_untitled(self) -> bool:
        """Whether even its title tells too much on a phone that several use."""
        return self.is_private or self.is_sensitive

    def parameter(self, type: ValueType) -> str | None:
        """The first parameter of a type; of `proof`, `ticket` and `identity` where a check is demanded the only one."""
        return next((name for name, taken in self.takes.items() if taken is type), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    offices: Mapping[str, OfficeEntry]
    services: Mapping[str, Service]
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)

    def attested(self, attests: Attests) -> Service | None:
        """What is filed when agents attest that; None: they cannot here."""
        return next((one for one in self.services.values() if one.attests is attests), None)

    @property
    def opens(self) -> Mapping[str, frozenset[str]]:
        """The services that may be closed, as conditions write their names (no hyphens there): with their offices."""
        found: dict[str, frozenset[str]] = {}
        for name, service in self.services.items():
            if service.offices:
                written = name.replace("-", "_")
                found[written] = found.get(written, frozenset()) | service.offices
        return found

    def picks_from(self, file: str) -> bool:
        """Whether some service shows a single row of a data file."""
        every = (service.lookup for service in self.services.values() if not service.texts_answer)
        return any(one is not None and one.file == file and not one.listed for one in every)


def price_of(service: Service, currency: Currency, answers: Mapping[str, str]) -> Price | None:
    """What a request costs, of which there may be nothing; the charge is what whoever serves takes on top.

    `answers` are the request's: where citizens type what they pay, that is in the place of the fee. None: what stands
    there was never let in.
    """
    nothing = Fee(0, "", "")
    typed = service.typed
    fee, charge = typed.fee(answers) if typed else service.fee or nothing, service.charge or nothing
    if fee is None:
        return None
    sources = [_source(one.source, one.as_of) for one in (fee, charge) if one.amount_minor]
    commission = service.commission.of(charge.amount_minor) if service.commission else 0
    if service.commission and commission:
        sources.append(_source(service.commission.source, service.commission.as_of))
    source = "; ".join(dict.fromkeys(sources))
    return Price(
        currency.code, currency.minor_digits, fee.amount_minor, charge.amount_minor, fee.account, charge.account,
        source, commission,
    )  # fmt: skip


def _source(source: str, as_of: str) -> str:
    return f"{source} ({as_of})" if as_of else source


def services_by_consent(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """The purposes that citizens agree to, each with the services that serve it."""
    return {
        purpose.name: frozenset(one.name for one in catalogue.services.values() if one.purpose == purpose.name)
        for purpose in catalogue.purposes.values()
        if purpose.basis is Basis.CONSENT
    }
