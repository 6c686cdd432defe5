"""Walks the table of offices: each asks and understands as its samples say, and has samples of every outcome."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from integrations.sandbox.mosip_keys import MosipKeys, read_keys
from integrations.sandbox.mosip_opening import check_signature, opened
from integrations.services import OFFICES
from tests.contracts.opened import Keys, answer_of
from tests.contracts.samples import OFFICE_SAMPLES, Sample, samples, unexplained
from tests.integrations.desk import Desk, Heard

pytestmark = pytest.mark.anyio

SEALED = ("thumbprint", "requestSessionKey", "requestHMAC", "request")
NEEDED = frozenset({"answered", "refused", "failure"})
ALL = [sample for name in OFFICES for sample in samples(OFFICE_SAMPLES, name)]


def complaints(names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        lacking = NEEDED - {key for sample in samples(OFFICE_SAMPLES, name) for key in sample.fields["outcome"]}
        found += [f"tests/contracts/offices/{name}: no sample that ends as {outcome}" for outcome in sorted(lacking)]
    return found


def as_told(outcome: Answered | Refused | Pending) -> Mapping[str, Any]:
    match outcome:
        case Answered(results):
            return {"answered": dict(results)}
        case Refused(reason):
            return {"refused": reason}
        case Pending():
            return {"pending": True}


def check_heard(heard: Heard, wanted: Mapping[str, Any], keys: MosipKeys) -> None:
    """A path may name a key that was made for this run; what is sealed to a certificate is opened first."""
    named = {name: getattr(keys, name) for name in ("licence_key", "partner_id", "api_key")}
    path = "[0-9a-f]{32}".join(re.escape(part.format_map(named)) for part in wanted["path"].split("ANY"))
    assert heard.method == wanted["method"]
    assert re.fullmatch(path, heard.path), heard.path
    for name, value in wanted.get("headers", {}).items():
        assert heard.headers.get(name.lower()) == value
    if "form" in wanted:
        assert dict(parse_qsl(heard.body.decode("ascii"))) == wanted["form"]
    elif wanted.get("signed"):
        check_signature(heard.headers["signature"], heard.body, keys.partner)
        body = json.loads(heard.body)
        sealed = {name: body.pop(name) for name in SEALED if name in body}
        assert body == wanted["json"]
        assert (opened(sealed, keys) if sealed else None) == wanted.get("block")
    else:
        assert (heard.json() if heard.body else None) == wanted.get("json")


def test_every_office_has_samples_of_every_outcome() -> None:
    assert complaints(OFFICES) == []


def test_an_office_without_samples_does_not_pass() -> None:
    assert len(complaints(["carrierpigeon"])) == len(NEEDED)


def test_every_sample_belongs_to_an_office_and_says_what_it_shows() -> None:
    assert {path.name for path in OFFICE_SAMPLES.iterdir()} == set(OFFICES)
    assert unexplained(OFFICE_SAMPLES) == []


@pytest.mark.parametrize("sample", ALL, ids=str)
async def test_an_office_is_asked_and_understood_as_its_sample_says(
    sample: Sample, desk: Desk, identity_keys: Path, wallet_keys: Mapping[str, Path]
) -> None:
    fields = sample.fields
    desk.will(*(answer_of(exchange["answer"]) for exchange in fields["exchanges"]))
    office = Keys(identity_keys, wallet_keys).office(sample, desk.url)
    ask = fields["ask"]
    try:
        outcome = await office.ask(ask["operation"], ask["arguments"], ask["key"], 2.0)
        assert as_told(outcome) == fields["outcome"]
    except ServiceFailed as failed:
        failure = {"reason": failed.reason, "retryable": failed.retryable, "late": failed.late}
        assert {"failure": failure} == fields["outcome"]
    finally:
        await office.close()
    assert len(desk.heard) == len(fields["exchanges"])
    for heard, exchange in zip(desk.heard, fields["exchanges"], strict=True):
        check_heard(heard, exchange["request"], read_keys(identity_keys))
