"""What stands behind a code is seen before it is answered, and a dialogue that grows too large does no harm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.compiler.pack import compile_published
from app.editions import Edition, Editions
from app.messages import Answered, Reply, SmsEvent
from tests.compiler.broken import BASE
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
CONFIRM = """
start: sure
screens:
  sure: {confirm: Really?, yes: file, no: stopped}
  file: {call: visit, with: {office: {always: north}}, results: {reference: reference}, answered: done}
  done: {end: "Ref {reference}"}
  stopped: {end: Nothing was sent}
"""
SECRET = """
start: pin
screens:
  pin: {ask: Your PIN, into: pin, type: secret, shortest: 4, longest: 6, to: check}
  check: {call: pin, with: {pin: pin}, answered: done, refused: {wrong: done}, late: done, down: done}
  done: {end: You are in}
"""
LISTED = """
start: look
screens:
  look:
    call: offices
    with: {district: {always: x}}
    results: {offices: offices}
    answered: pick
    refused: {unknown: none}
    late: none
    down: none
  pick: {pick: Which, from: offices, line: "{name}", into: {office: id}, empty: none, to: file}
  file: {call: visit, with: {office: office}, results: {reference: reference}, answered: filed}
  filed: {choose: "Ref {reference}", options: {1: {text: On, to: none}}}
  none: {end: None}
"""


def serve(bench: Bench, main: str, **edits: str) -> None:
    """Only this program; `edits` take the place of files of the small pack."""
    sources: Mapping[str, str] = {**BASE, "main.yaml": main, **{f"{name}.yaml": text for name, text in edits.items()}}
    pack = compile_published(sources)
    bench.use(Editions(Edition(pack, dict.fromkeys(pack.catalogue.offices, bench.desk))))


async def test_a_dialled_string_never_confirms_a_page_that_nobody_has_seen(bench: Bench) -> None:
    serve(bench, CONFIRM)
    assert (await bench.hop("1")).text.startswith("Really?")
    assert await bench.work() == []
    assert (await bench.hop("1*1")).text.startswith("Ref ")


async def test_a_repeat_of_such_a_string_is_still_the_page(bench: Bench) -> None:
    serve(bench, CONFIRM)
    assert [await bench.hop("1") for _ in range(3)] == [await bench.hop("1")] * 3
    assert await bench.work() == []


async def test_a_dialled_string_never_types_a_secret(bench: Bench) -> None:
    serve(bench, SECRET)
    assert (await bench.hop("4321")).text.startswith("Your PIN")
    assert bench.desk.asked == []


async def test_a_confirmation_whose_session_was_lost_is_answered_again(bench: Bench) -> None:
    serve(bench, CONFIRM)
    filed = await bench.dial("1")
    await bench.store.close()  # forgets everything
    assert filed.text.startswith("Ref ") and await bench.hop("1") == filed


async def test_a_text_never_types_a_secret(bench: Bench) -> None:
    serve(bench, SECRET)
    await bench.texts.take_in(SmsEvent("africastalking", "m1", "+26650123456", "26600", "READ 9876"))
    await bench.work()
    assert bench.desk.asked == []
    assert len(bench.mast.sent) == 1 and "You are in" not in bench.mast.sent[0].text


async def test_a_page_whose_session_is_too_large_is_the_last_and_what_was_done_stands(bench: Bench) -> None:
    noise = "".join(chr(0x1000 + number * 7919 % 20_000) for number in range(16_000))
    bench.desk.answers["offices"] = Answered({"offices": f'[{{"id":"1","name":"{noise}"}}]'})
    serve(bench, LISTED)
    first = await bench.hop("")
    assert first.final and "1. " in first.text
    assert await bench.hop("", session="s2", msisdn="+26650999999") == first
    bench.desk.answers["offices"] = Answered({"offices": '[{"id":"1","name":"North"}]'})
    assert await bench.hop("", session="s3") == Reply(first.text.splitlines()[0] + "\n1. North", False)


async def test_one_large_dialogue_does_not_change_how_others_are_read(bench: Bench) -> None:
    noise = "".join(chr(0x1000 + number * 7919 % 20_000) for number in range(16_000))
    bench.desk.answers["offices"] = Answered({"offices": f'[{{"id":"1","name":"{noise}"}}]'})
    serve(bench, LISTED)
    await bench.hop("")
    assert bench.measures.render({"0": bench.measures.measured()}).count(b'outcome="too_large"') == 1
    serve(bench, CONFIRM)
    seen = await bench.hop("", session="s2")
    # As two inputs it would have said no.
    assert (await bench.hop("7*2", session="s2")).text.endswith(seen.text)
