"""Sealing on the way into the database, opening on the way out: no citizen's data stands there in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from app.keys import Keyring
from app.messages import Filing, Job, Priority, Request, Status
from integrations.database.tables import JobState

Values = dict[str, Any]
OVER: Values = {"state": JobState.DONE, "payload": None, "number_hash": None}
"""A job that is done: what it carried, and for whom, is needed no more; only its id must stay known."""


class Seals:
    """Binds what it seals to table, column and row, so that sealed bytes cannot be moved to another citizen."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def number_hash(self, table: str, msisdn: str) -> bytes:
        """What a number is looked up by; another one in each table, so that tables cannot be joined on it."""
        return self._keyring.hash(table, msisdn)

    def seal(self, place: str, id: str, values: Mapping[str, str]) -> bytes:
        return self._keyring.seal(msgspec.json.encode(dict(values)), f"{place}:{id}".encode())

    def open(self, place: str, id: str, sealed: bytes) -> dict[str, str]:
        """Raises `SealBroken`."""
        return msgspec.json.decode(self._keyring.open(sealed, f"{place}:{id}".encode()), type=dict[str, str])

    def request_values(self, filing: Filing) -> Values:
        return {
            "id": filing.id,
            "reference": filing.reference,
            "service": filing.service,
            "number_hash": self.number_hash("requests", filing.msisdn),
            "msisdn": self.seal("requests.msisdn", filing.id, {"msisdn": filing.msisdn}),
            "language": filing.language,
            "status": Status.RECEIVED,
            "reason": "",
            "stage": 0,
            "answers": self.seal("requests.answers", filing.id, filing.answers),
            "results": self.seal("requests.results", filing.id, {}),
            "filed_at": filing.at,
            "changed_at": filing.at,
            "version": filing.version,
            "look_at": filing.at,
            "mandate": filing.mandate,
        }

    def request(self, row: Row[Any]) -> Request:
        return Request(
            id=row.id,
            reference=row.reference,
            service=row.service,
            msisdn=self.open("requests.msisdn", row.id, row.msisdn)["msisdn"],
            language=row.language,
            status=Status(row.status),
            reason=row.reason,
            stage=row.stage,
            answers=self.open("requests.answers", row.id, row.answers),
            results=self.open("requests.results", row.id, row.results),
            filed_at=row.filed_at,
            changed_at=row.changed_at,
            version=row.version,
            mandate=row.mandate,
        )

    def outline(self, row: Row[Any]) -> Request:
        """A request as far as no key is needed."""
        return Request(
            row.id, row.reference, row.service, "", row.language, Status(row.status), row.reason, row.stage, {}, {},
            row.filed_at, row.changed_at, row.version, row.mandate, is_shut=True,
        )  # fmt: skip

    def job_values(self, job: Job) -> Values:
        number = job.payload.get("to", job.payload.get("sender"))
        return {
            "id": job.id,
            "kind": job.kind,
            "payload": self.seal("jobs.payload", job.id, job.payload),
            "number_hash": None if number is None else self.number_hash("jobs", number),
            "state": JobState.WAITING,
            "due_at": job.due_at,
            "added_at": job.due_at,
            "priority": job.priority,
            "attempts": 0,
            "reason": "",
        }

    def job(self, row: Row[Any]) -> Job:
        return Job(row.id, row.kind, self.open("jobs.payload", row.id, row.payload), row.due_at, Priority(row.priority))

    def jobs_values(self, jobs: tuple[Job, ...]) -> list[Values]:
        """In the order of their ids, so that two transactions that add the same jobs cannot wait for each other."""
        return [self.job_values(job) for job in sorted(jobs, key=lambda job: job.id)]


def filed(filing: Filing, reference: str) -> Request:
    """The request as it stands right after filing."""
    return Request(
        id=filing.id,
        reference=reference,
        service=filing.service,
        msisdn=filing.msisdn,
        language=filing.language,
        status=Status.RECEIVED,
        reason="",
        stage=0,
        answers=dict(filing.answers),
        results={},
        filed_at=filing.at,
        changed_at=filing.at,
        version=filing.version,
        mandate=filing.mandate,
    )


RETRIED = -1_000_000
"""From here the attempts of a job are counted that a person wants to be tried again, so that it is known for one."""


def attempts_of(counted: int) -> tuple[int, bool]:
    """The attempts of a job's row since it was added or a person had a look, and whether one had."""
    return (counted - RETRIED, True) if counted < 0 else (counted, False)
