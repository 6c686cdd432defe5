"""The pretend agent of the sandbox country, whom `mohala run` enrols so that the whole story can be lived at once.

Three things keep it out of a real house: only `mohala run`, which is for one machine and the sandbox, ever enrols it;
it does not where anything real is named (a database, secrets, an account, a wallet, an office) or where the pack has no
point that says it is fictional; and any house that is opened without it suspends it (`app.early_agents`).
"""

from __future__ import annotations

import os
from datetime import timedelta

from app.agency import AgentState
from app.desking import with_database
from app.early_agents import PRETEND, EarlyAgent, enrol
from app.pack import Pack
from app.settings import Settings
from app.wiring import now_utc
from integrations.database import Database

FLOAT_MINOR = 10_000_00
SINCE = timedelta(days=2)
"""It has cooled down long ago."""
WHY = "pretend agent with pretend money of the sandbox country"


def is_all_pretended(settings: Settings) -> bool:
    """Whether nothing but the sandbox country and the embedded database is named."""
    real = (
        settings.database_url, settings.secrets_dir, settings.africastalking_url, settings.africastalking_key_file,
        settings.wallets, settings.office_addresses,
    )  # fmt: skip
    return not any(real)


def demo_number(pack: Pack) -> str:
    """The second phone of `/phone`, and the agent's of `mohala dial`; empty: the pack has none."""
    return tuple(pack.handsets.numbers)[1] if len(pack.handsets.numbers) > 1 else ""


def enrol_demo_agent(settings: Settings, pack: Pack) -> str:
    """Enrol it, once; returns the name of its service point, empty if there is no such agent here."""
    msisdn = demo_number(pack)
    points = sorted((point.id, point) for point in pack.points.values() if point.is_fictional)
    if not msisdn or not points or not pack.program.agent_words or not is_all_pretended(settings):
        return ""
    id, point = points[0]
    since = now_utc() - SINCE
    early = EarlyAgent(
        PRETEND, id, msisdn, pack.program.currency.code, FLOAT_MINOR, AgentState.ACTIVE, since, "00000000"
    )  # fmt: skip

    async def work(database: Database) -> bool:
        await enrol(database.agents, early, WHY, os.urandom)
        agent = await database.agents.agent(PRETEND)
        return agent is not None and agent.state is AgentState.ACTIVE

    return f"{id} {point.name}" if with_database(settings, work) else ""
