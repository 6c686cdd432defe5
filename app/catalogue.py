"""The services of a pack: what each asks, who carries it out, how long the citizen waits, what is texted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app import limits
from app.books import TREASURY, office_account
from app.engine.program import Declared
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


class Find(StrEnum):
    """What a service of kind `points` tells; the house knows what each takes and gives."""

    COUNCILS = "councils"  # of a district, those that have a point
    SERVICES = "services"  # that some point of a district has
    POINTS = "points"  # of a council
    POINT = "point"  # one, with its hours and its prices
    SEARCH = "search"  # what a text means that somebody sent


FIND_TAKES: Mapping[Find, tuple[str, ...]] = {
    Find.COUNCILS: ("district", "service"),
    Find.SERVICES: ("district",),
    Find.POINTS: ("district", "council", "service"),
    Find.POINT: ("id", "service"),
    Find.SEARCH: ("words",),
}
"""Texts, all of them; an empty `council` or `service` is none in particular."""


class MandateStep(StrEnum):
    """What a service of kind `mandate` does; the house knows what each takes and gives."""

    ASK = "ask"  # the citizen is texted a code, or will read one from a sheet
    BEGIN = "begin"  # the code is tried; if it is right, the agent walks the program for them


class AgentStep(StrEnum):
    """What a service of kind `agent` does; the house knows what each takes and gives."""

    ORDER = "order"  # a citizen brings money for a bill: whether that would pay it now
    CONFIRM = "confirm"  # what was ordered was seen, and is to be paid
    DROP = "drop"  # or is not
    FLOAT = "float"  # what is left to pay from
    TODAY = "today"  # what was taken today
    BILL = "bill"  # how a bill stands
    CANCEL = "cancel"  # a payment is to be taken back


class Attests(StrEnum):
    """What an agent says with their own name, and files at an office; the house knows what each takes."""

    REDEEM = "redeem"  # a citizen brings a voucher, and is the one whose it is
    PROOF = "proof"  # a person stands here, alive


AGENT_NAMES: Mapping[str, int] = {"agent": 6, "point": 20}
"""What the house adds to whatever an agent attests, with its septets: the agent's code, and the point's id."""
ATTESTS_TAKES: Mapping[Attests, Mapping[str, ValueType]] = {
    Attests.REDEEM: {"voucher": ValueType.TEXT, "id_end": ValueType.DIGITS},
    Attests.PROOF: {"id": ValueType.IDENTITY},
}
HOLDER = "holder"
"""The number that the office has of whoever it is about, and the text that they get: an agent types no number."""

ASKED = "asked"
"""The occasion on which callers are texted what they asked for, or that it was taken down."""
COUNT = "count"
"""What a lookup that gives a list gives besides: how many entries."""
UNKNOWN = "unknown"
"""Why a lookup of one row, and a question about something of the caller's own, is refused: there is none."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a service of kind `lookup` reads: rows of `file` by the columns `by`, of which it gives some.

    `listed` is the name of the list that it gives; empty: one row, each column by its own name. `types` are those of
    columns that are no texts. Older than `stale_days` is stale; 0: nothing is.
    """

    file: str
    by: tuple[str, ...]
    gives: tuple[str, ...]
    listed: str = ""
    types: Mapping[str, ValueType] = field(default_factory=dict)
    stale_days: int = 0


class Show(StrEnum):
    """What a service of kind `mine` does for whoever calls; the house knows what each takes and gives."""

    REQUESTS = "requests"  # the newest of theirs
    PAYMENTS = "payments"  # the newest of their bills, and of what their wallets were asked for
    BILLS = "bills"  # those of them that wait to be paid
    BILL = "bill"  # what one costs, theirs or of whoever gave them its code
    PUSH = "push"  # their wallet is asked to ask them for it
    RECEIPT = "receipt"  # the text of one of either is sent again
    DATA = "data"  # how much is kept
    ERASE = "erase"  # somebody is asked to forget it
    LANGUAGE = "language"  # which one is remembered
    SUBSCRIBE = "subscribe"  # they want to be warned of a topic in a district
    UNSUBSCRIBE = "unsubscribe"  # they do not any more
    SUBSCRIPTIONS = "subscriptions"  # of what they want to be warned


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that citizens may want to be warned of. `purpose` is what they agree to when they say so."""

    name: str
    title: Text
    purpose: str


class CodeStep(StrEnum):
    """What an operation is to the check of who somebody is: it has a code sent, or it tries one."""

    SENDS = "sends"
    CHECKS = "checks"


TYPED = "typed by the citizen"
"""Who says what a bill costs, if it is over an amount that was typed."""
_MINOR = re.compile("[0-9]{1,12}")

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
class Typed:
    """An amount that a citizen typed, `name` of what the service takes, and that is billed: in minor units how much it
    may be, and the office whose it is; empty: the treasury's.
    """

    name: str
    least_minor: int
    most_minor: int
    to: str = ""

    def fee(self, answers: Mapping[str, str]) -> Fee | None:
        """What of a bill is not the charge; None: it is none, or out of bounds, which no page of the menus let in."""
        told = answers.get(self.name, "")
        if not _MINOR.fullmatch(told) or not self.least_minor <= int(told) <= self.most_minor:
            return None
        return Fee(int(told), TYPED, "", self.to)


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


EXAMPLE = "example"
"""How the source of an amount begins that nobody has published."""


def examples_in(catalogue: Catalogue) -> list[str]:
    """The services whose fee or charge is an example, by name."""
    return sorted(service.name for service in catalogue.services.values() if service.has_example)


@dataclass(frozen=True, slots=True)
class Fee:
    """An amount in minor units, who published it and when that was read. `to` is the office whose it is; empty: the
    treasury's."""

    amount_minor: int
    source: str
    as_of: str
    to: str = ""

    @property
    def account(self) -> str:
        return office_account(self.to) if self.to else TREASURY

    @property
    def is_example(self) -> bool:
        """Nobody has published it: its source says that it is an example, and so is said where it is shown."""
        return self.amount_minor > 0 and self.source.casefold().startswith(EXAMPLE)


@dataclass(frozen=True, slots=True)
class Commission:
    """What an agent gets of the charge for taking money: a share in hundredths of a percent, and no less than the
    floor, in minor units; never more than the charge. Who published it, and when that was read.
    """

    share: int
    floor_minor: int
    source: str
    as_of: str

    def of(self, charge_minor: int) -> int:
        """In minor units; what is less than one is the office's."""
        return min(charge_minor, max(self.floor_minor, charge_minor * self.share // 10_000))


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalogue. `refused` names the reasons for which it may say no; `sms` the texts by occasion.

    `sms_names` is what those texts may name. `code` is what its operation is to a check of who somebody is.
    A request moves within `promise_days`, its citizen is reminded after each of `remind_days`, its office is asked
    every `follow_hours` (0: only when its citizen asks). `purpose` is one of the catalogue's, empty if nothing personal
    is taken; `classes` says what each field is that it takes or that its office gives. `find` is what one of kind
    `points` tells, `step` what one of kind `mandate` or `agent` does, `attests` what agents file in their own name,
    `lookup` what one of kind `lookup` reads, `shows` what one of kind `mine` does, of `topic` if it subscribes, at
    `wallet`, one of the offices, if it pays. A number may file it `most_a_day` times (0: no bound). That one was filed
    that `is_private` is not for whoever holds the phone.
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
        return any(one is not None for one in (self.find, self.step, self.lookup, self.shows))

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
