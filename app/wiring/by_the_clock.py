"""What workers do by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import limits
from app.desk import Desk
from app.lookout import Lookout
from app.reconciliation import Reconciliation
from app.retention import Retention
from app.rooms import Rooms
from app.schedules import Schedule
from app.settings import Settings
from app.supervising import Supervisors
from app.vigil import Vigil
from app.wiring.companies import layouts_of

if TYPE_CHECKING:
    from integrations.database import Database


def schedules_of(settings: Settings, rooms: Rooms, desk: Desk, database: Database) -> tuple[Schedule, ...]:
    """To add to it, add a line."""
    editions, outbox, clock = rooms.given.editions, rooms.given.outbox, rooms.given.clock
    supervisors = Supervisors(settings.supervisors, database.board, outbox, editions)
    vigil = Vigil(rooms.requests, database.waiting)
    retention = Retention(editions, database.retention)
    reconciliation = Reconciliation(layouts_of(settings), database.statements, database.bills, rooms.billing, clock)
    lookout = Lookout(database.watch, editions)
    return (
        Schedule("overdue", limits.desk_escalate_seconds, desk.escalate),
        Schedule("supervisors", limits.supervisors_seconds, supervisors.tell),
        Schedule("vigil", limits.vigil_seconds, vigil.look),
        Schedule("sms", limits.sms_sweep_seconds, database.sms.sweep),
        Schedule("retention", limits.retention_sweep_seconds, retention.forget),
        Schedule("agents", limits.agent_statements_seconds, rooms.agents.tell_months),
        Schedule("reconciliation", limits.reconcile_seconds, reconciliation.look),
        Schedule("watching", limits.watch_seconds, lookout.look),
        Schedule("call-backs", limits.call_back_seconds, rooms.call_backs.draw),
    )
