"""Every way in which an answer can be no message of G2P Connect, over a socket, and how both dialects end each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from app.messages import Answered, Pending
from app.ports import Office
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Answer, Cut, Desk, Silence, Trickle, say
from tests.integrations.registers import (
    LINEO,
    PAID_IDS,
    PARTIES,
    PAYMENTS,
    REGISTERS,
    changed,
    failure,
    found,
    payments,
    standing,
)

pytestmark = pytest.mark.anyio

MALFORMED = ("answer_malformed", False, False)
NOT_OURS = ("answer_not_ours", True, False)


@dataclass(frozen=True, slots=True)
class Asked:
    """An office at a desk, without tokens, which have faults and tests of their own; and a right answer to it."""

    office: Office
    operation: str
    arguments: Mapping[str, str]
    right: dict[str, Any]

    async def fails(self, within_seconds: float = 2.0) -> tuple[str, bool, bool]:
        return await failure(self.office, self.operation, self.arguments, within_seconds)


@pytest.fixture(params=["opencrvs", "g2p_connect"])
async def asked(request: pytest.FixtureRequest, desk: Desk, clock: Callable[[], datetime]) -> AsyncIterator[Asked]:
    name, operations = ("registers", REGISTERS) if request.param == "opencrvs" else ("grants", PAYMENTS)
    office = OFFICES[request.param](OfficeSettings(name, desk.url, None, operations, PARTIES), clock)
    if request.param == "opencrvs":
        yield Asked(office, "birth", {"number": "2023BLINEO1"}, found(LINEO))
    else:
        yield Asked(office, "paid", {"msisdn": "+26658123456"}, payments(standing(PAID_IDS.reference)))
    await office.close()


async def test_the_desks_own_answer_is_a_right_one(desk: Desk, asked: Asked) -> None:
    desk.will(say(200, asked.right))
    assert isinstance(await asked.office.ask(asked.operation, asked.arguments, "S1-1", 2.0), Answered)


@pytest.mark.parametrize(
    ("act", "ends"),
    [
        (Silence(), ("timeout", True, True)),
        (Silence(b"HTTP/1.1 200 OK\r\n"), ("timeout", True, True)),
        (Trickle(say(200, {}).raw(), 0.05), ("timeout", True, True)),
        (Cut(), ("connection_lost", True, True)),
        (Cut(say(200, {}).raw()[:-1]), ("connection_lost", True, True)),
        (Answer(200, b"\x00\xff garbage"), ("answer_not_json", True, False)),
        (Answer(200, b'{"header": ' + b"[" * 20_000), ("answer_not_json", True, False)),
        (Answer(200, b"<html>Welcome</html>", "text/html"), ("answer_not_json", True, False)),
        (Answer(200, b'"' + b"a" * 70_000 + b'"'), ("answer_too_big", True, False)),
        (Answer(302, headers={"Location": "http://127.0.0.1:1/"}), ("redirected", False, False)),
        (Answer(500), ("status_500", True, False)),
        (Answer(504), ("status_504", True, True)),
        (Answer(429), ("status_429", True, False)),
        (say(400, {"error": {"code": 400, "message": "Validation error"}}), ("status_400", False, False)),
        (say(401, {"errors": [{"code": "err.request.unauthorized"}]}), ("status_401", False, False)),
        (say(403, {"errors": [{"code": "err.request.forbidden"}]}), ("status_403", False, False)),
        (Answer(404, b"", "text/plain"), ("status_404", False, False)),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, tuple) else one[0],
)
async def test_what_is_no_answer_at_all(desk: Desk, asked: Asked, act: Any, ends: tuple[str, bool, bool]) -> None:
    desk.will(act)
    assert await asked.fails(0.5) == ends
    assert len(desk.heard) == 1, "a search is never repeated by itself"


@pytest.mark.parametrize("value", [None, True, 7, "succ", [], {}, {"header": {}}, {"header": [], "message": 1}])
async def test_what_is_json_and_no_message(desk: Desk, asked: Asked, value: object) -> None:
    desk.will(say(200, value))
    assert await asked.fails() == MALFORMED


@pytest.mark.parametrize(
    ("place", "value", "ends"),
    [
        ("header", ..., MALFORMED),
        ("header.message_id", ..., MALFORMED),
        ("header.message_id", 7, MALFORMED),
        ("header.message_id", "", MALFORMED),
        ("header.action", "search", MALFORMED),
        ("header.action", ..., MALFORMED),
        ("header.status", ..., MALFORMED),
        ("header.status", "done", MALFORMED),
        ("header.total_count", -1, MALFORMED),
        ("header.total_count", "1", MALFORMED),
        ("header.total_count", 1.0, MALFORMED),
        ("header.total_count", True, MALFORMED),
        ("header.is_msg_encrypted", True, ("answer_encrypted", False, False)),
        ("message", {"ciphertext": "x", "header": {"alg": "RSA-OAEP-256"}}, ("answer_encrypted", False, False)),
        ("message", ..., MALFORMED),
        ("message", [], MALFORMED),
        ("message.transaction_id", ..., MALFORMED),
        ("message.transaction_id", "somebody-elses", NOT_OURS),
        ("message.transaction_id", "t" * 100, MALFORMED),
    ],
)
async def test_a_message_of_which_one_part_is_wrong(
    desk: Desk, asked: Asked, place: str, value: object, ends: tuple[str, bool, bool]
) -> None:
    desk.will(say(200, changed(asked.right, place, value)))
    assert await asked.fails() == ends


@pytest.mark.parametrize("status", ["rcvd", "pdng"])
async def test_an_answer_that_is_still_to_come_is_pending(desk: Desk, asked: Asked, status: str) -> None:
    desk.will(say(200, changed(asked.right, "header.status", status)))
    assert await asked.office.ask(asked.operation, asked.arguments, "S1-1", 2.0) == Pending()


def rejected(right: dict[str, Any], code: object) -> dict[str, Any]:
    return {"header": {**right["header"], "status": "rjct", "status_reason_code": code}}


@pytest.mark.parametrize(
    "code",
    [
        "rjct.version.invalid",
        "rjct.message_ts.invalid",
        "rjct.action.invalid",
        "rjct.action.not_supported",
        "rjct.total_count.invalid",
        "rjct.total_count.limit_exceeded",
        "rjct.errors.too_many",
    ],
)
async def test_a_message_that_was_rejected_is_our_mistake(desk: Desk, asked: Asked, code: str) -> None:
    desk.will(say(200, rejected(asked.right, code)))
    assert await asked.fails() == (f"dci:{code}", False, False)


async def test_a_message_id_that_came_before_passes(desk: Desk, asked: Asked) -> None:
    desk.will(say(200, rejected(asked.right, "rjct.message_id.duplicate")))
    assert await asked.fails() == ("dci:rjct.message_id.duplicate", True, False)


@pytest.mark.parametrize("code", [None, "rjct.012345678901", "no such person Lineo", "rjct.lineo.mokoena"])
async def test_a_code_that_is_none_is_not_repeated(desk: Desk, asked: Asked, code: object) -> None:
    desk.will(say(200, rejected(asked.right, code)))
    assert await asked.fails() == ("dci:unreadable", False, False)


# --- receipts, as the asynchronous interfaces give them -------------------------------------------------------------


async def test_a_receipt_is_an_answer_that_is_still_to_come(desk: Desk, asked: Asked) -> None:
    desk.will(say(202, {"message": {"ack_status": "ACK", "timestamp": "2026-11-23T09:30:00Z", "correlation_id": "1"}}))
    assert await asked.office.ask(asked.operation, asked.arguments, "S1-1", 2.0) == Pending()


@pytest.mark.parametrize(
    ("ack", "ends"), [("NACK", ("dci:NACK", False, False)), ("OK", MALFORMED), (7, MALFORMED), ([], MALFORMED)]
)
async def test_a_receipt_after_which_nothing_comes_is_a_failure(
    desk: Desk, asked: Asked, ack: object, ends: tuple[str, bool, bool]
) -> None:
    desk.will(say(200, {"message": {"ack_status": ack}}))
    assert await asked.fails() == ends


@pytest.mark.parametrize(
    ("code", "retryable", "late"),
    [
        ("err.request.bad", False, False),
        ("err.request.unauthorized", False, False),
        ("err.request.forbidden", False, False),
        ("err.request.not_found", False, False),
        ("err.request.timeout", True, True),
        ("err.version.not_supported", False, False),
        ("err.request.too_many_requests", True, False),
        ("err.sender_id.invalid", False, False),
        ("err.sender_uri.invalid", False, False),
        ("err.receiver_id.invalid", False, False),
        ("err.signature.missing", False, False),
        ("err.signature.invalid", False, False),
        ("err.encryption.invalid", False, False),
        ("err.service.unavailable", True, False),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_a_message_that_was_not_taken_ends_by_its_code(
    desk: Desk, asked: Asked, code: str, retryable: bool, late: bool, status: int
) -> None:
    error = {"code": code, "message": "Lineo Mokoena"}
    desk.will(say(status, {"message": {"ack_status": "ERR", "error": error, "correlation_id": "1"}}))
    assert await asked.fails() == (f"dci:{code}", retryable, late)


@pytest.mark.parametrize("message", [{"ack_status": "ERR"}, {"ack_status": "ERR", "error": {"code": ["err"]}}])
async def test_an_error_without_a_code_is_one_all_the_same(
    desk: Desk, asked: Asked, message: Mapping[str, object]
) -> None:
    desk.will(say(200, {"message": message}))
    assert await asked.fails() == ("dci:unreadable", False, False)


async def test_a_key_that_no_id_is_made_from_is_our_mistake(asked: Asked) -> None:
    assert await failure(asked.office, asked.operation, asked.arguments, key="") == ("key_unfit", False, False)
