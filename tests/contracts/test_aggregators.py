"""Walks the table of aggregators: each reads, writes and sends as its samples say, and has samples of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
import pytest

from app import limits
from app.errors import NotOurs, ServiceFailed
from app.messages import OutgoingSms, Reply, UssdEvent, WireRequest
from app.ports import Aggregator
from integrations.aggregators import AGGREGATORS
from integrations.aggregators.africastalking import AfricasTalking
from tests.contracts.samples import AGGREGATOR_SAMPLES, Sample, samples, unexplained
from tests.integrations.desk import Answer, Desk

pytestmark = pytest.mark.anyio

READERS = ("read_ussd", "read_ussd_end", "read_sms", "read_delivery")
NEEDED = frozenset(
    {(reader, what) for reader in READERS for what in ("event", "refusal")}
    | {("write", "continue"), ("write", "end"), ("send", "message_id"), ("send", "failure")}
)
MAKERS: Mapping[str, Callable[[str], Aggregator]] = {
    "africastalking": lambda url: AfricasTalking("sandbox", "sandbox", base_url=f"{url}/version1"),
}


def shows(sample: Sample) -> tuple[str, str]:
    """What a sample is a sample of."""
    fields = sample.fields
    if "reader" in fields:
        return fields["reader"], "event" if "event" in fields else "refusal"
    if "reply" in fields:
        return "write", "end" if fields["reply"]["final"] else "continue"
    return "send", "message_id" if "message_id" in fields else "failure"


def complaints(names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        lacking = NEEDED - {shows(sample) for sample in samples(AGGREGATOR_SAMPLES, name)}
        found += [f"tests/wire/{name}: no sample of {' '.join(what)}" for what in sorted(lacking)]
        found += [] if name in MAKERS else [f"tests/contracts: nothing makes the aggregator {name}"]
    return found


ALL = [sample for name in AGGREGATORS for sample in samples(AGGREGATOR_SAMPLES, name)]
READ = [sample for sample in ALL if shows(sample)[0] in READERS]
WRITTEN = [sample for sample in ALL if shows(sample)[0] == "write"]
SENT = [sample for sample in ALL if shows(sample)[0] == "send"]


HOP = ("aggregator", "session_id", "msisdn", "service_code", "network", "transcript")


def wire_request(sample: Sample) -> WireRequest:
    return WireRequest(headers=sample.fields["headers"], query=b"", body=sample.fields["body"].encode("latin-1"))


def test_every_aggregator_has_samples_of_everything_it_does() -> None:
    assert complaints(AGGREGATORS) == []


def test_an_aggregator_without_samples_does_not_pass() -> None:
    assert len(complaints(["carrierpigeon"])) == len(NEEDED) + 1


def test_every_sample_belongs_to_an_aggregator_and_says_what_it_shows() -> None:
    assert {path.name for path in AGGREGATOR_SAMPLES.iterdir()} == set(AGGREGATORS)
    assert unexplained(AGGREGATOR_SAMPLES) == []


def test_the_table_names_each_aggregator_as_it_names_itself() -> None:
    made = {name: kind("sandbox", "sandbox") for name, kind in AGGREGATORS.items()}
    assert {name: aggregator.name for name, aggregator in made.items()} == {name: name for name in AGGREGATORS}


@pytest.mark.parametrize("sample", READ, ids=str)
def test_a_callback_is_read_as_its_sample_says(sample: Sample) -> None:
    aggregator = MAKERS[sample.adapter]("http://127.0.0.1:1")
    reader = getattr(aggregator, sample.fields["reader"])
    if "event" in sample.fields:
        event = reader(wire_request(sample))
        told = (
            dict(zip(HOP, event.fields(), strict=True)) if isinstance(event, UssdEvent) else msgspec.to_builtins(event)
        )
        assert told == sample.fields["event"]
        return
    with pytest.raises(NotOurs) as refused:
        reader(wire_request(sample))
    assert str(refused.value) == sample.fields["refusal"]


@pytest.mark.parametrize("sample", READ, ids=str)
def test_a_reader_refuses_a_body_beyond_the_limits(sample: Sample) -> None:
    reader = getattr(MAKERS[sample.adapter]("http://127.0.0.1:1"), sample.fields["reader"])
    request = wire_request(sample)
    for more in (b"&x=" + b"1" * limits.callback_body_bytes_max, b"".join(b"&x%d=" % i for i in range(40))):
        with pytest.raises(NotOurs):
            reader(WireRequest(request.headers, request.query, request.body + more))


@pytest.mark.parametrize("sample", WRITTEN, ids=str)
def test_a_reply_is_written_as_its_sample_says(sample: Sample) -> None:
    response = MAKERS[sample.adapter]("http://127.0.0.1:1").write(Reply(**sample.fields["reply"]))
    wanted = sample.fields["response"]
    assert (response.status, response.content_type) == (wanted["status"], wanted["content_type"])
    assert response.body == wanted["body"].encode()


@pytest.mark.parametrize("sample", SENT, ids=str)
async def test_an_answer_to_a_sent_sms_is_understood_as_its_sample_says(sample: Sample, desk: Desk) -> None:
    answer = sample.fields["answer"]
    desk.will(Answer(answer["status"], answer["body"].encode(), answer["content_type"]))
    aggregator = MAKERS[sample.adapter](desk.url)
    sms = OutgoingSms("+26650000000", "Kea leboha")
    if "message_id" in sample.fields:
        assert await aggregator.send(sms) == sample.fields["message_id"]
    else:
        with pytest.raises(ServiceFailed) as failed:
            await aggregator.send(sms)
        failure = failed.value
        told = {"reason": failure.reason, "retryable": failure.retryable, "late": failure.late}
        assert told == sample.fields["failure"]
    await aggregator.close()
    assert len(desk.heard) == 1
