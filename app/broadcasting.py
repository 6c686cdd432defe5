"""What `mohala broadcast` does: a warning is read, reckoned and put up for all who want it, and watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from app import limits
from app.audit import AuditEntry
from app.broadcast import Broadcast, BroadcastState, Plan, Sent, Wanted, id_of, plan_of
from app.compiler.known import meant
from app.compiler.source import read_yaml
from app.desking import prepared, with_database
from app.editions import Edition, Editions
from app.errands import districts_of
from app.errors import Complaint, SettingsWrong
from app.house_services import Topic
from app.messages import Priority, SmsKind
from app.sending import SHARES
from app.settings import Settings
from app.values.formats import Formats
from app.values.text import fill, sms_parts, spell, transliterate
from app.wiring import now_utc
from integrations.database import Database

FORM = "write one line a language, such as `en: A flood ...`"
Told = Callable[[Broadcast], None]
"""Hears how far a warning is, after each page of texts that was put up."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A warning before it is sent, in the words of the current menus; `known` is the one that stands already."""

    edition: Edition
    topic: Topic
    broadcast: Broadcast
    plan: Plan
    parts_an_hour: int
    known: Broadcast | None

    @property
    def formats(self) -> Formats:
        return self.edition.program.formats[self.edition.program.base]

    @property
    def title(self) -> str:
        return fill(self.topic.title[self.edition.program.base], {})

    @property
    def cost(self) -> str | None:
        """What it costs and by which price; None: the pack says none."""
        price, program = self.edition.pack.sms_price, self.edition.program
        if price is None:
            return None
        money = self.formats.money(price.of(self.plan.parts), program.currency)
        hundred = self.formats.money(price.hundred_minor, program.currency)
        return f"{money}, at {hundred} a hundred parts ({price.source}, {price.as_of})"


def read_texts(path: Path) -> Mapping[str, str]:
    """The texts of a file by language; raises `SettingsWrong`."""
    try:
        with path.open("rb") as opened:
            data = opened.read(limits.broadcast_file_bytes_max + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"{path} cannot be read as UTF-8; {FORM}.") from None
    if len(data) > limits.broadcast_file_bytes_max:
        raise SettingsWrong(f"{path} is larger than {limits.broadcast_file_bytes_max} bytes: a warning is a text.")
    complaints = list[Complaint]()
    root = read_yaml(str(path), text, complaints.append)
    if root is None or complaints:
        raise SettingsWrong(f"{complaints[0]}; {FORM}." if complaints else f"{path} holds nothing; {FORM}.")
    found = {key.text: node.text.strip() for key, node in root.pairs if node.kind == "scalar"}
    for language, said in found.items():
        if not said or not said.replace("\n", "").isprintable():
            raise SettingsWrong(f"The text in `{language}` of {path} is empty or holds letters that no phone shows.")
    return found


def preview(settings: Settings, wanted: Wanted, by: str) -> Preview:
    """What sending it now comes to; nothing is written. Raises `SettingsWrong`."""
    return with_database(settings, lambda database: previewed(database, settings, wanted, by, now_utc()))


def send(settings: Settings, wanted: Wanted, by: str, told: Told) -> Broadcast:
    """Put it up for all who want it; cut off, the same goes on where it was. Raises `SettingsWrong`."""

    async def work(database: Database) -> Broadcast:
        shown = await previewed(database, settings, wanted, by, now_utc())
        return await queue_all(database, shown.broadcast, told, shown.plan)

    return with_database(settings, work)


def newest(settings: Settings) -> Sequence[tuple[Broadcast, Sent]]:
    return with_database(settings, lambda database: database.broadcasts.newest(limits.broadcasts_listed_max))


def cancel(settings: Settings, id: str, by: str, why: str) -> bool:
    """Send no more of a warning; False: there is none that begins so, or it was cancelled before."""

    async def work(database: Database) -> bool:
        every = await database.broadcasts.newest(limits.broadcasts_listed_max)
        found = [one.id for one, _ in every if one.id.startswith(id)]
        if len(found) != 1:
            raise SettingsWrong(f"{len(found)} warnings begin with {id}: `mohala broadcasts list` names them.")
        entry = AuditEntry(now_utc(), f"operator:{by}", "cancel-broadcast", found[0], why)
        return await database.broadcasts.cancel(found[0], entry)

    return with_database(settings, work)


async def previewed(database: Database, settings: Settings, wanted: Wanted, by: str, now: datetime) -> Preview:
    edition = (await Editions.open(database.archive, prepared)).current
    topic = _topic(edition, wanted)
    spelling = edition.program.spelling
    wanted = replace(wanted, texts={one: transliterate(spell(text, spelling)) for one, text in wanted.texts.items()})
    _check_texts(edition, wanted)
    local = now.astimezone(edition.program.timezone)
    id = id_of(wanted.topic, wanted.district, wanted.texts, local.date())
    begun = await database.broadcasts.unfinished(wanted.topic, wanted.district)
    same = next((one for one in begun if one.texts == wanted.texts), None)  # of another day, when that was cut off
    known = same or await database.broadcasts.find(id)
    made = known or Broadcast(
        id, wanted.topic, wanted.district, wanted.texts, limits.broadcast_from_hour, limits.broadcast_to_hour, now,
        now + timedelta(hours=wanted.hours or limits.broadcast_hours), by,
    )  # fmt: skip
    audience = await database.subscriptions.audience(wanted.topic, wanted.district)
    parts = parts_an_hour(settings)
    plan = plan_of(made, audience, edition.program.base, parts, local)
    return Preview(edition, topic, made, plan, parts, known)


async def queue_all(
    database: Database, broadcast: Broadcast, told: Told, plan: Plan, page: int = limits.broadcast_page
) -> Broadcast:
    """Open it, or go on with it, until all its texts are put up; each page is one transaction."""
    details = {"district": broadcast.district, "recipients": str(plan.recipients), "parts": str(plan.parts)}
    entry = AuditEntry(
        broadcast.made_at, f"operator:{broadcast.by}", "broadcast", broadcast.id, broadcast.topic, details
    )
    standing = await database.broadcasts.open(broadcast, entry)
    while standing.state is BroadcastState.OPEN:
        standing = await database.broadcasts.queue(standing, page, now_utc())
        told(standing)
    return standing


def parts_an_hour(settings: Settings) -> int:
    """What warnings may use of an hour's SMS, below all that tells of requests."""
    share = int(settings.sms_parts_an_hour * SHARES[Priority.LOW])
    return min(share, settings.sms_parts_an_hour_by_kind.get(SmsKind.WARNING, share))


def _topic(edition: Edition, wanted: Wanted) -> Topic:
    topics, program = edition.catalogue.topics, edition.program
    if wanted.topic not in topics:
        raise SettingsWrong(
            f"`{wanted.topic}` is no topic of the menus that are current; {meant(wanted.topic, topics)}."
        )
    known = {*edition.points.districts, *districts_of(program)}
    if wanted.district and wanted.district not in known:
        raise SettingsWrong(f"`{wanted.district}` is no district of these menus; {meant(wanted.district, known)}.")
    return topics[wanted.topic]


def _check_texts(edition: Edition, wanted: Wanted) -> None:
    program = edition.program
    if program.base not in wanted.texts:
        raise SettingsWrong(f"The texts have none in `{program.base}`, the base language of these menus: add it.")
    for language, text in wanted.texts.items():
        if language not in program.languages:
            raise SettingsWrong(f"`{language}` is no language of these menus; {meant(language, program.languages)}.")
        if (parts := sms_parts(text)) > limits.broadcast_parts_max:
            most = limits.broadcast_parts_max
            raise SettingsWrong(
                f"The text in `{language}` takes {parts} parts of an SMS; {most} are allowed: shorten it."
            )
