"""A dialogue whose line fell: offered at the next dial, gone on with, started again, told of by SMS."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app import limits
from app.compiler.pack import compile_published
from app.editions import Edition, Editions
from app.messages import Answered, Ending
from app.values.text import septets
from sessions.clients import client_for
from sessions.memory_store import MemorySessionStore
from sessions.redis_store import RedisSessionStore
from tests.compiler.broken import BASE
from tests.work.conftest import Bench
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio

OFFER = "U ne u e-s'o qete. U batla ho tsoela pele?\n1. Tsoela pele\n2. Qala bocha"
BIRTH = ("1", "2", "5/3/2026", "6", "5")
ID, MASKED = "012345678901", "0xxxxxxxx901"
MOTHER = "Nomoro ea ID ea 'm'e (linomoro tse 12):"
WELCOME = "Rea u amohela!"
FELL = "Mohala: mohala o khaohile u e-s'o qete. Letsetsa *384*26600# ho tsoela pele."
SECRET = """
start: name
resume: {minutes: 10}
screens:
  name: {ask: Your name, into: name, type: text, to: pin}
  pin: {ask: Your PIN, into: pin, type: secret, shortest: 4, longest: 6, to: check}
  check: {call: pin, with: {pin: pin}, answered: more, refused: {wrong: done}, late: done, down: done}
  more: {ask: Your street, into: street, type: text, to: done}
  done: {end: "Goodbye {name}"}
"""
PHRASES = """
  fell: You had not finished.
  go_on: Go on
  start_again: Start again
  fell_sms: Dial to go on.
"""


async def forget_all(bench: Bench) -> None:
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)


async def test_whoever_dials_again_is_asked_and_goes_on_where_the_line_fell(bench: Bench) -> None:
    fell = await bench.dial(*BIRTH)
    assert fell.text.startswith(MOTHER)
    assert (await bench.hop("", "s2")).text == OFFER
    assert await bench.hop("1", "s2") == fell
    assert (await bench.hop("1*012345678901", "s2")).text.startswith("U mang ho ngoana?")


async def test_nothing_personal_is_on_the_page_that_asks(bench: Bench) -> None:
    await bench.dial(*BIRTH, "012345678901")
    offer = (await bench.hop("", "s2")).text
    assert offer == OFFER and septets(f"CON {offer}") <= 156


async def test_who_starts_again_is_at_the_entrance_and_is_not_asked_about_the_old_one_again(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.hop("", "s2")
    assert (await bench.hop("2", "s2")).text.startswith(WELCOME)
    assert (await bench.hop("", "s3")).text.startswith(WELCOME)


async def test_a_wrong_choice_is_asked_again(bench: Bench) -> None:
    fell = await bench.dial(*BIRTH)
    await bench.hop("", "s2")
    assert (await bench.hop("7", "s2")).text == f"Khetho e fosahetse. Leka hape.\n{OFFER}"
    assert await bench.hop("7*1", "s2") == fell


async def test_a_line_that_falls_at_the_question_is_asked_again(bench: Bench) -> None:
    fell = await bench.dial(*BIRTH)
    await bench.hop("", "s2")
    assert (await bench.hop("", "s3")).text == OFFER
    assert await bench.hop("1", "s3") == fell


async def test_a_line_that_falls_again_after_going_on_is_offered_from_there(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    further = await bench.dial("1", "012345678901", session="s2")
    assert further.text.startswith("U mang ho ngoana?")
    assert (await bench.dial("1", session="s3")) == further


async def test_it_is_offered_on_another_network_and_through_another_aggregator(bench: Bench) -> None:
    fell = await bench.dial(*BIRTH)
    other = {"aggregator": "hubtel", "network": "65102"}
    assert (await bench.hop("", "s2", **other)).text == OFFER
    assert await bench.hop("1", "s2", **other) == fell


async def test_it_is_offered_to_nobody_else_and_not_to_who_dials_further_at_once(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    assert (await bench.hop("", "s2", msisdn="+26662123456")).text.startswith(WELCOME)
    assert (await bench.hop("3", "s3")).text.startswith("Reka motlakase")
    assert (await bench.hop("", "s4")).text == OFFER


async def test_a_dialogue_in_which_nothing_was_answered_is_not_offered(bench: Bench) -> None:
    await bench.hop("")
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


async def test_a_program_that_does_not_resume_is_not_offered(bench: Bench) -> None:
    await bench.dial("5", "1")
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


async def test_after_the_time_that_the_program_grants_a_dial_starts_at_the_entrance(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    bench.time.pass_(30 * 60 - 1)
    assert (await bench.hop("", "s2")).text == OFFER
    await bench.dial("2", session="s3")
    await bench.dial(*BIRTH, session="s4")
    bench.time.pass_(30 * 60 + 1)
    assert (await bench.hop("", "s5")).text.startswith(WELCOME)


async def test_a_dialogue_that_came_to_its_end_is_not_offered(bench: Bench) -> None:
    assert (await bench.dial(*BIRTH, "012345678901", "1", "1")).final
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


async def test_it_goes_on_under_the_menus_that_it_began_with(bench: Bench, lesotho_sources: Mapping[str, str]) -> None:
    await publish(bench, lesotho_sources)
    fell = await bench.dial(*BIRTH)
    born = lesotho_sources["birth-certificate.yaml"]
    newer = {**lesotho_sources, "birth-certificate.yaml": born.replace("Nomoro ea ID ea 'm'e", "ID ea 'm'e")}
    await publish(bench, newer)
    assert await bench.editions.refresh()
    await bench.hop("", "s2")
    assert await bench.hop("1", "s2") == fell
    await bench.hop("", "s3")
    await bench.hop("2", "s3")
    assert (await bench.dial(*BIRTH, session="s4", msisdn="+26662123456")).text.startswith("ID ea 'm'e")


async def test_what_was_filed_unseen_shows_its_outcome_and_is_never_filed_again(bench: Bench) -> None:
    confirm = await bench.dial(*BIRTH, "012345678901", "1")
    assert confirm.text.startswith("Netefatsa")
    before = bench.line.to

    class Deaf:
        """The process dies after the request was filed, before the session was committed."""

        def __getattr__(self, name: str) -> object:
            return getattr(before, name)

        async def commit(self, *_: object) -> None:
            raise KeyboardInterrupt

    bench.line.to = Deaf()
    with pytest.raises(KeyboardInterrupt):
        await bench.hop("*".join((*BIRTH, "012345678901", "1", "1")))
    bench.line.to = before
    assert (await bench.hop("", "s2")).text == OFFER
    told = await bench.hop("1", "s2")
    assert told.final and "Ref: " in told.text
    assert (await bench.work()).count("work") == 1
    assert (await bench.hop("", "s3")).text.startswith(WELCOME)


async def test_what_was_not_confirmed_asks_for_the_confirmation(bench: Bench) -> None:
    confirm = await bench.dial(*BIRTH, "012345678901", "1")
    assert (await bench.dial("1", session="s2")).text == confirm.text.replace(ID, MASKED)
    assert await bench.work() == []
    assert "Ref: " in (await bench.hop("1*1", "s2")).text
    assert (await bench.work()).count("work") == 1


async def test_an_id_number_is_masked_for_whoever_goes_on_and_filed_whole(bench: Bench) -> None:
    clear = await bench.dial(*BIRTH, ID, "1")
    assert ID in clear.text
    masked = await bench.dial("1", session="s2")
    assert MASKED in masked.text and ID not in masked.text and len(masked.text) == len(clear.text)
    await forget_all(bench)
    assert await bench.hop("1", "s2") == masked
    assert ID not in (await bench.hop("1*9", "s2")).text
    assert await bench.hop("1*9*1", "s2") == masked
    assert "Ref: " in (await bench.hop("1*9*1*1", "s2")).text
    assert (await bench.work()).count("work") == 1
    assert bench.desk.asked[-1][1]["mother_id"] == ID


async def test_what_is_typed_after_going_on_is_read_in_clear_until_the_line_falls_again(bench: Bench) -> None:
    other = "998877665544"
    await bench.dial(*BIRTH, ID, "1")
    clear = await bench.dial("1", "9", "9", other, "2", session="s2")
    assert other in clear.text and ID not in clear.text
    assert "9xxxxxxxx544" in (await bench.dial("1", session="s3")).text


async def test_who_starts_again_or_goes_home_sees_what_they_type(bench: Bench) -> None:
    await bench.dial(*BIRTH, "111111111111", "1")
    assert ID in (await bench.dial("2", *BIRTH, ID, "1", session="s2")).text
    await bench.hop("", "s3")
    assert ID in (await bench.dial("1", "0", *BIRTH, ID, "1", session="s3")).text


async def test_both_lines_at_once_file_once(bench: Bench) -> None:
    """The old line was not down at all: whichever confirms first, there is one request."""
    await bench.dial(*BIRTH, "012345678901", "1")
    await bench.dial("1", session="s2")
    one = await bench.hop("1*1", "s2")
    other = await bench.hop("*".join((*BIRTH, "012345678901", "1", "1")))
    assert one == other and "Ref: " in one.text
    assert (await bench.work()).count("work") == 1


async def test_a_repeat_of_the_question_and_of_its_answer_gets_the_same_bytes(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    offer = await bench.hop("", "s2")
    went_on = await bench.hop("1", "s2")
    assert await bench.hop("", "s2") == offer
    assert await bench.hop("1", "s2") == went_on


@pytest.mark.parametrize("written", [False, True], ids=["this gateway", "another gateway"])
async def test_after_the_session_server_lost_everything_the_answer_still_means_the_same(
    bench: Bench, written: bool
) -> None:
    fell = await bench.dial(*BIRTH)
    await bench.hop("", "s2")
    await forget_all(bench)
    if written:
        bench.forget_openings()
    assert await bench.hop("1", "s2") == fell
    await forget_all(bench)
    assert (await bench.hop("1*012345678901", "s2")).text.startswith("U mang ho ngoana?")


async def test_a_lost_session_that_went_on_and_filed_is_answered_with_its_reference(bench: Bench) -> None:
    await bench.dial(*BIRTH, "012345678901", "1")
    filed = await bench.dial("1", "1", session="s2")
    assert "Ref: " in filed.text
    await forget_all(bench)
    assert await bench.hop("1*1", "s2") == filed
    assert (await bench.work()).count("work") == 1


async def test_while_the_database_is_away_nothing_is_offered_and_a_dial_is_served(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.database.close()
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


async def test_while_the_session_server_is_away_a_dial_is_served(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    bench.line.to = RedisSessionStore(client_for("unix:///nowhere/valkey.sock"), bench.keyring)
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


def serve(bench: Bench, main: str, **edits: str) -> None:
    sources = {
        **BASE,
        "pack.yaml": BASE["pack.yaml"].replace("\nphrases:\n", f"\nphrases:{PHRASES}"),
        "main.yaml": main,
    }
    pack = compile_published({**sources, **edits})
    bench.use(Editions(Edition(pack, dict.fromkeys(pack.catalogue.offices, bench.desk))))


async def test_a_secret_is_typed_anew(bench: Bench) -> None:
    serve(bench, SECRET)
    bench.desk.answers["pin"] = Answered({})
    asks = await bench.dial("Palesa")
    assert asks.text.startswith("Your PIN")
    assert await bench.dial("1", session="s2") == asks
    assert (await bench.hop("1*4321", "s2")).text.startswith("Your street")
    resumed = await bench.dial("1", session="s3")
    assert resumed.text.startswith("Your street")
    assert [arguments for _, arguments, _ in bench.desk.asked] == [{"pin": "4321"}]


async def test_going_on_twice_files_what_was_answered_otherwise_as_another_request(bench: Bench) -> None:
    """The session server lost the last hops of a dialogue, so the citizen goes on from an earlier page."""
    await bench.dial(*BIRTH[:3])
    early = bench.line.to
    snapshot = dict(early._kept), dict(early._fallen)
    first = await bench.hop("*".join((*BIRTH[:3], "1")))
    assert first.text.startswith(MOTHER)
    rest = (*BIRTH[:3], "1", "012345678901", "1", "1")
    for count in range(5, len(rest) + 1):
        filed = await bench.hop("*".join(rest[:count]))
    assert "Ref: " in filed.text
    early._kept, early._fallen = dict(snapshot[0]), dict(snapshot[1])
    again = await bench.dial("1", "2", "012345678901", "1", "1", session="s2")
    assert "Ref: " in again.text and again != filed
    assert (await bench.work()).count("work") == 2


async def test_a_dropped_line_leaves_a_text_once_for_a_journey(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.drop()
    await bench.drop()
    await bench.work()
    assert [(sms.msisdn, sms.text) for sms in bench.mast.sent] == [("+26650123456", FELL)]
    await bench.dial("1", session="s2")
    await bench.drop("s2")
    await bench.work()
    assert len(bench.mast.sent) == 1


@pytest.mark.parametrize(
    "typed", [(), ("3", "01234567897"), (*BIRTH, "012345678901", "1", "1")], ids=["dial", "not asked for", "ended"]
)
async def test_no_text_about_what_the_menus_do_not_speak_of(bench: Bench, typed: tuple[str, ...]) -> None:
    await bench.dial(*typed)
    await bench.work()
    before = len(bench.mast.sent)
    await bench.drop()
    await bench.work()
    assert len(bench.mast.sent) == before


async def test_no_text_about_a_dialogue_that_completed_or_that_nobody_knows(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.drop(ending=Ending.COMPLETED)
    await bench.drop("another one")
    await bench.drop(msisdn="+26662123456")
    assert await bench.work() == []


async def test_only_so_many_such_texts_go_to_one_number_a_day(bench: Bench) -> None:
    for number in range(limits.fell_texts_a_day_max + 2):
        await bench.dial("2", session=f"start-{number}")
        await bench.dial(*BIRTH, session=f"s{number}")
        await bench.drop(f"s{number}")
    await bench.work()
    assert len(bench.mast.sent) == limits.fell_texts_a_day_max


async def test_an_end_that_comes_while_something_is_away_does_no_harm(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.database.close()
    await bench.drop()
    assert (await bench.hop("*".join((*BIRTH, "012345678901")))).text.startswith("U mang ho ngoana?")


async def test_a_false_end_changes_nothing_for_who_is_under_way(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await bench.drop()
    assert (await bench.hop("*".join((*BIRTH, "012345678901")))).text.startswith("U mang ho ngoana?")


async def test_a_journey_that_is_gone_on_with_again_and_again_has_only_so_many_steps(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the line falls: each dialogue alone is within its own bound."""
    page = await bench.dial(*BIRTH)
    monkeypatch.setattr(limits, "steps_resumed_max", 20)
    for fall in range(10):
        assert (await bench.hop("", f"fall {fall}")).text == OFFER
        assert await bench.hop("1", f"fall {fall}") == page
        reply = await bench.hop("1*9", f"fall {fall}")
        if reply.final:
            break
        page = await bench.hop("1*9*1", f"fall {fall}")
        if page.final:
            break
    assert 1 < fall < 9
