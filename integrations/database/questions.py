"""Questions by SMS in the ledger's database: one open for a number, each answered once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from app.questions import Answer, Asked, Question, Turn
from integrations.database.mandates import refuse_all
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, insert_into
from integrations.database.subscriptions import end_subscriptions
from integrations.database.tables import objections, question_turns, questions


class DatabaseQuestions:
    """`app.ports.Questions` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def open(self, question: Question, now: datetime) -> Asked:
        number_hash = self._hash(question.msisdn)
        expires_at = now + timedelta(hours=question.hours)

        def work(connection: Connection) -> Asked:
            if (before := _known(connection, question.id, now)) is not None:
                return before
            held = _take_turn(connection, number_hash, question.id, expires_at, now)
            if (before := _known(connection, question.id, now)) is not None:
                return before  # another worker opened it while this one waited for the row
            if not held:
                mine = select(question_turns.c.until).where(question_turns.c.number_hash == number_hash)
                return Asked(Turn.WAITS, connection.execute(mine).scalar())
            refused = _refusal(connection, number_hash, question, now)
            if refused is not None:
                _free_turn(connection, number_hash, question.id, now)
                return Asked(refused)
            connection.execute(insert_into(connection, questions), _values(question, number_hash, now, expires_at))
            return Asked(Turn.OPENED)

        return await self._store.write(work)

    async def answer(self, msisdn: str, said: str, by: str, now: datetime) -> Answer | None:
        number_hash = self._hash(msisdn)
        newest = select(questions).where(questions.c.number_hash == number_hash, questions.c.expires_at > now)
        newest = newest.order_by(questions.c.opened_at.desc(), questions.c.id.desc()).limit(1)

        def work(connection: Connection) -> Answer | None:
            row = connection.execute(newest).first()
            if row is None or said not in row.allowed.split():
                return None
            first = {"answer": said, "answered_at": now, "answered_by": clean(by)}
            unanswered = update(questions).where(questions.c.id == row.id, questions.c.answered_at.is_(None))
            if connection.execute(unanswered.values(first)).rowcount:
                _free_turn(connection, number_hash, row.id, now)
                return Answer(row.kind, row.about, said)
            kept = select(questions.c.answer).where(questions.c.id == row.id)
            return Answer(row.kind, row.about, connection.execute(kept).scalar_one())

        return await self._store.write(work)

    async def object(self, msisdn: str, at: datetime) -> None:
        values = {"number_hash": self._hash(msisdn), "at": at}

        def work(connection: Connection) -> None:
            new = insert_into(connection, objections)
            connection.execute(
                new.on_conflict_do_update(index_elements=["number_hash"], set_={"at": new.excluded.at}), values
            )
            refuse_all(connection, self._seals, msisdn)
            end_subscriptions(connection, self._seals, msisdn)

        await self._store.write(work)

    async def answers(self, kind: str, since: datetime, until: datetime) -> Sequence[tuple[str, Mapping[str, int]]]:
        query = select(questions.c.about, questions.c.answer, func.count())
        query = query.where(
            questions.c.kind == kind, questions.c.opened_at >= since, questions.c.opened_at < until
        ).group_by(questions.c.about, questions.c.answer)
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for about, answer, count in await self._store.read(lambda connection: connection.execute(query).all()):
            found[about][answer] = count
        return sorted(found.items())

    def _hash(self, msisdn: str) -> bytes:
        return self._seals.number_hash("questions", msisdn)


def _known(connection: Connection, id: str, now: datetime) -> Asked | None:
    row = connection.execute(select(questions).where(questions.c.id == id)).first()
    if row is None:
        return None
    return Asked(Turn.OPENED if row.answered_at is None and row.expires_at > now else Turn.OVER)


def _take_turn(connection: Connection, number_hash: bytes, id: str, until: datetime, now: datetime) -> bool:
    """Whoever has the row has it until the transaction ends, so that no two questions of a number pass side by side."""
    new = insert_into(connection, question_turns)
    free = or_(question_turns.c.until <= now, question_turns.c.question == id)
    taken = new.on_conflict_do_update(
        index_elements=["number_hash"],
        set_={"question": new.excluded.question, "until": new.excluded.until},
        where=free,
    )
    return connection.execute(taken, {"number_hash": number_hash, "question": id, "until": until}).rowcount == 1


def _free_turn(connection: Connection, number_hash: bytes, id: str, now: datetime) -> None:
    mine = update(question_turns).where(question_turns.c.number_hash == number_hash, question_turns.c.question == id)
    connection.execute(mine.values(until=now))


def _refusal(connection: Connection, number_hash: bytes, question: Question, now: datetime) -> Turn | None:
    if question.may_object:
        objected = select(objections.c.at).where(objections.c.number_hash == number_hash)
        if connection.execute(objected).first() is not None:
            return Turn.OBJECTED
    if question.apart_days:
        after = now - timedelta(days=question.apart_days)
        before = select(questions.c.id).where(
            questions.c.number_hash == number_hash, questions.c.kind == question.kind, questions.c.opened_at > after
        )
        if connection.execute(before.limit(1)).first() is not None:
            return Turn.TOO_SOON
    return None


def _values(question: Question, number_hash: bytes, now: datetime, expires_at: datetime) -> Values:
    """Who was asked is known as long as they must not be asked again, and can still answer."""
    return {
        "id": question.id,
        "kind": question.kind,
        "about": clean(question.about),
        "number_hash": number_hash,
        "allowed": " ".join(question.allowed),
        "opened_at": now,
        "expires_at": expires_at,
        "answer": "",
        "answered_at": None,
        "answered_by": "",
        "forget_at": max(expires_at, now + timedelta(days=question.apart_days)),
    }
