"""Builds the rooms of WORK, each from those below it: for citizens, for conversations and for tests the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.agent_intents import AgentIntents
from app.agent_menu import AgentMenu
from app.agent_money import AgentMoney
from app.agent_turns import Points
from app.agents import Agents
from app.answers import Answers
from app.asking import Asking
from app.attesting import Attesting
from app.billing import Billing
from app.broadcasts import Warnings
from app.call_back import KIND as CALL_BACK
from app.calling import CallBacks
from app.codes import Codes
from app.crowd import Crowd
from app.dialogue import Dialogues
from app.doorstep import Doorstep
from app.editions import Editions, known_points
from app.falls import Falls
from app.gateway import Gateway
from app.hearing import Hearing
from app.inquiries import Inquiries
from app.job_handlers import JobHandlers
from app.keys import Keyring
from app.ledger import Requests
from app.mandates import Mandates
from app.measures import Measures
from app.mine import Mine
from app.openings import OpeningLog
from app.outage import Outage
from app.outbox import Fraction, Worker
from app.ports import Aggregator, Clock, Outbox, RandomBytes, SessionStore, Shelves, WalletNotices
from app.pushing import Pushing
from app.schedules import Schedules
from app.sending import Budget, Sender
from app.services import Services
from app.short_way import ShortWay
from app.sms import Texts
from app.survey import Surveys
from app.under_way import CashBeside


@dataclass(frozen=True, slots=True)
class Given:
    """What the rooms are built from.

    `random_for` gives the bytes of one use: `reference`, `bill` or `lease`. `lots` draws who is asked by a survey, from
    0 to below 1; of so many receipts as `call_back_one_in` one is asked about. `points` are those at which agents work.
    """

    editions: Editions
    shelves: Shelves
    outbox: Outbox
    store: SessionStore
    aggregators: Mapping[str, Aggregator]
    budget: Budget
    keyring: Keyring
    measures: Measures
    crowd: Crowd
    clock: Clock
    monotonic: Callable[[], float]
    random_for: Callable[[str], RandomBytes]
    lots: Callable[[], float]
    call_back_one_in: int
    points: Points = known_points


@dataclass(frozen=True, slots=True)
class Kinds:
    """The classes of the rooms in which somebody may watch what goes on."""

    services: type[Services] = Services
    dialogues: type[Dialogues] = Dialogues
    agents: type[Agents] = Agents


@dataclass(frozen=True, slots=True)
class Rooms:
    """All that answers citizens and agents; what clerks and the clock do is not here."""

    given: Given
    requests: Requests
    billing: Billing
    pushing: Pushing
    inquiries: Inquiries
    surveys: Surveys
    services: Services
    dialogues: Dialogues
    openings: OpeningLog
    falls: Falls
    doorstep: Doorstep
    hearing: Hearing
    gateway: Gateway
    agents: Agents
    sender: Sender
    call_backs: CallBacks
    asking: Asking
    texts: Texts
    warnings: Warnings

    def worker(
        self, name: str, schedules: Schedules, notices: WalletNotices, fraction: Fraction, poll_seconds: float
    ) -> Worker:
        """One that does what these rooms put into the outbox; see `Worker` for what it is told."""
        given = self.given
        handlers = JobHandlers(
            self.requests, self.billing, self.pushing, notices, self.texts, self.sender, given.clock, schedules,
            self.asking, self.surveys, self.warnings, self.agents,
        )  # fmt: skip
        return Worker(
            name, handlers, given.outbox, self.requests, self.pushing, self.sender, given.shelves.rates, given.clock,
            fraction, poll_seconds, schedules,
        )  # fmt: skip


_PLAIN = Kinds()


def build_rooms(given: Given, kinds: Kinds = _PLAIN) -> Rooms:
    """Nothing is opened or asked by that, and nobody has to close anything."""
    editions, shelves, outbox, keyring, clock = given.editions, given.shelves, given.outbox, given.keyring, given.clock
    requests = Requests(editions, shelves.ledger, clock, given.random_for("reference"))
    billing = Billing(requests, shelves.ledger, shelves.bills, clock, given.random_for("bill"))
    pushing = Pushing(editions, billing, shelves.bills, shelves.pushes, shelves.ledger, clock)
    inquiries, surveys = Inquiries(shelves.audit, clock), Surveys(editions, keyring, given.lots)
    mandates, money = _mandates(given), _money(given, billing)
    intents = AgentIntents(shelves.agents, billing, shelves.bills, money, clock)
    attesting = Attesting(shelves.agents, requests, shelves.checks, outbox, clock)
    services = kinds.services(
        requests, Codes(shelves.checks, inquiries, clock), outbox, inquiries, shelves.errands, surveys, clock, mandates,
        AgentMenu(shelves.agents, money, intents, attesting, clock), _mine(given, requests, billing, pushing),
        Answers(shelves.ledger, outbox, clock), billing,
    )  # fmt: skip
    dialogues = kinds.dialogues(services, shelves.ledger, keyring, clock, given.monotonic, mandates)
    openings = OpeningLog(shelves.openings, clock)
    falls = Falls(editions, given.store, openings, shelves.ledger, outbox, keyring, clock)
    doorstep = Doorstep(editions, dialogues, shelves.ledger, openings, mandates)
    hearing = Hearing(editions, dialogues, openings, falls, doorstep)
    agents = kinds.agents(
        shelves.agents, money, intents, attesting, shelves.ledger, shelves.checks, editions, clock
    )  # fmt: skip
    sender = Sender(editions, outbox, shelves.sms, given.aggregators, given.budget, given.measures, clock)
    call_backs = _call_backs(given)
    asking = Asking(editions, shelves.questions, shelves.ledger, sender, clock, {CALL_BACK: call_backs.heard})
    return Rooms(
        given, requests, billing, pushing, inquiries, surveys, services, dialogues, openings, falls, doorstep,
        hearing, _gateway(given, hearing, falls, doorstep), agents, sender, call_backs, asking,
        _texts(given, dialogues, agents, asking),
        Warnings(editions, shelves.broadcasts, shelves.subscriptions, shelves.ledger, sender, clock),
    )  # fmt: skip


def _mandates(given: Given) -> Mandates:
    shelves = given.shelves
    return Mandates(
        shelves.mandates, shelves.agents, shelves.ledger, shelves.checks, given.outbox, given.points, given.keyring,
        given.clock,
    )  # fmt: skip


def _money(given: Given, billing: Billing) -> AgentMoney:
    shelves = given.shelves
    return AgentMoney(
        shelves.agents, billing, shelves.bills, shelves.ledger, shelves.checks, given.outbox,
        CashBeside(shelves.pushes, given.clock), given.points, given.keyring, given.clock,
    )  # fmt: skip


def _mine(given: Given, requests: Requests, billing: Billing, pushing: Pushing) -> Mine:
    shelves = given.shelves
    return Mine(
        requests, billing, shelves.mine, shelves.ledger, shelves.bills, shelves.subscriptions, given.outbox,
        given.keyring, given.clock, pushing,
    )  # fmt: skip


def _gateway(given: Given, hearing: Hearing, falls: Falls, doorstep: Doorstep) -> Gateway:
    outage = Outage(given.monotonic)
    short_way = ShortWay(doorstep, given.store, given.crowd, outage)
    return Gateway(
        hearing, falls, short_way, outage, given.store, given.keyring, given.measures, given.crowd,
        given.random_for("lease"), given.monotonic,
    )  # fmt: skip


def _call_backs(given: Given) -> CallBacks:
    shelves = given.shelves
    return CallBacks(
        shelves.watch, shelves.agents, shelves.bills, shelves.ledger, given.outbox, given.editions, given.keyring,
        given.call_back_one_in, given.clock,
    )  # fmt: skip


def _texts(given: Given, dialogues: Dialogues, agents: Agents, asking: Asking) -> Texts:
    shelves = given.shelves
    return Texts(
        given.editions, dialogues, shelves.ledger, given.outbox, shelves.checks, agents, asking, given.keyring,
        given.clock, given.monotonic,
    )  # fmt: skip
