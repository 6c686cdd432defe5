"""Recorded conversations on the real floor: what passes, what fails and how the failure reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import Run, play_all, run_conversations
from app.pack import Pack
from app.pack_files import read_pack
from tests.lands import FLAT_CONVERSATIONS, SHIPPED

ROOT = Path(__file__).resolve().parents[2]
PAID = """
    offices:
      electricity.meter: {answered: {holder: Palesa}}
      wallet.request-payment: [pending, {answered: {payment: MP1}}]
      electricity.vend: {answered: {token: "12345678901234567890", kwh: "27.3"}}
"""
Test = Callable[[str], Run]


def told(run: Run) -> str:
    return "\n".join(as_text(run)).partition("\nReached")[0]


def test_the_example_in_the_documentation_passes(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "conversations.md").read_text("utf-8")
    file = tmp_path / "example.yaml"
    file.write_text(document.split("```yaml\n")[1].partition("```")[0], "utf-8")
    run = run_conversations(read_pack(SHIPPED), read_files([file]))
    assert run.failed == 0, told(run)


def test_the_same_conversation_is_the_same_in_every_run(lesotho: Pack) -> None:
    conversations = read_files([FLAT_CONVERSATIONS / "status.yaml"])
    assert play_all(lesotho, conversations) == play_all(lesotho, conversations)


def test_a_wrong_page_is_shown_with_its_difference_and_its_line(test: Test) -> None:
    run = test("""
    dial: "*384*26600*8#"
    turns:
      - shows: |-
          Khetha puo / Choose language:
          1. Sesotho
          2. Zulu
          9. Morao
          0. Qalong
""")
    assert run.failed == 1
    head, *lines = told(run).split("\n")
    assert head.endswith("conversation.yaml:5: FAILED Palesa")
    assert lines[0].strip() == "the turn: the page differs"
    assert "      - 2. Zulu" in lines and "      + 2. English" in lines


def test_a_page_that_ends_the_dialogue_must_be_said_to_end_it(test: Test) -> None:
    run = test(f"""
    dial: "*384*26600*3*01234567897*50#"{PAID}
    turns:
      - types: "2"
        shows: Ha ho chelete e nkiloeng.
""")
    assert "types 2: the dialogue is over; add `ends: true`" in told(run)


def test_a_page_that_goes_on_must_not_be_said_to_end(test: Test) -> None:
    run = test('\n    dial: "*384*26600#"\n    turns:\n      - {matches: "Khetha:", ends: true}\n')
    assert "the dialogue goes on; take `ends` away" in told(run)


def test_a_pattern_may_match_anywhere_in_the_page(test: Test) -> None:
    assert not test('\n    dial: "*384*26600#"\n    turns:\n      - matches: "^3. Reka [a-z]+$"\n').failed


def test_a_pattern_that_matches_nowhere_fails(test: Test) -> None:
    run = test('\n    dial: "*384*26600#"\n    turns:\n      - matches: "^4. "\n')
    assert "the page does not match the pattern" in told(run)


def test_an_sms_that_never_comes_fails(test: Test) -> None:
    run = test('\n    dial: "*384*26600#"\n    turns:\n      - receives: Token 1234\n')
    assert "the SMS that should come never came" in told(run) and "Token 1234" in told(run)


def test_an_sms_comes_when_time_has_passed_and_not_before(test: Test) -> None:
    """Some seconds pass when the last page is shown; the payer takes longer."""
    paid = PAID.replace("[pending, ", "[pending, pending, pending, pending, ")
    bought = f'\n    dial: "*384*26600*3*01234567897*50#"{paid}\n    turns:\n      - types: "1"\n'
    assert test(f"{bought}      - receives_matching: Token\n").failed
    assert not test(f"{bought}      - waits: 1 min\n      - receives_matching: Token\n").failed


def test_an_sms_that_nobody_receives_fails(test: Test) -> None:
    run = test(f"""
    dial: "*384*26600*3*01234567897*50#"{PAID}
    turns:
      - types: "1"
      - waits: 1 min
""")
    assert "1 SMS that no turn received; the first went to +26650123456: add a turn `receives`" in told(run)
    assert "Token 12345678901234567890" in told(run)


def test_work_that_waits_for_a_person_is_told_beside_the_sms_that_did_not_come(test: Test) -> None:
    run = test("""
    dial: "*384*26600*3*01234567897*50#"
    offices:
      electricity.meter: down
      wallet.request-payment: {answered: {payment: MP1}}
      electricity.vend: {refused: meter_unknown}
    turns:
      - types: "1"
      - receives_matching: "Motho o tla e hlahloba"
      - receives: Token
""")
    assert "work waits for a person: refused after an earlier stage was done: meter_unknown" in told(run)


def test_an_office_that_was_told_nothing_says_which_line_to_add(test: Test) -> None:
    run = test('\n    dial: "*384*26600*3*01234567897#"\n    turns:\n      - types: "50"\n')
    assert "asks electricity.meter, which has no answer here" in told(run)
    assert "add a line below `offices`: electricity.meter: answered" in told(run)


def test_the_last_answer_of_an_office_repeats(test: Test) -> None:
    run = test("""
    dial: "*384*26600*1*1*05/03/2026*1#"
    offices:
      civil-registry.person: [answered, {refused: unknown}]
    turns:
      - {types: "012345678901", matches: "U mang"}
      - types: "9"
      - {types: "012345678901", matches: "ha e fumanehe"}
      - {types: "012345678901", matches: "ha e fumanehe"}
""")
    assert not run.failed, told(run)


def test_who_types_on_a_line_that_is_down_must_dial_first(test: Test) -> None:
    run = test('\n    dial: "*384*26600#"\n    turns:\n      - drops: true\n      - types: "1"\n')
    assert "the line is down before it types; dial first" in told(run)


def test_two_phones_lie_side_by_side(test: Test) -> None:
    run = test("""
    dial: "*384*26600*8#"
    turns:
      - number: "+26662123456"
        dials: "*384*26600*1#"
        matches: "Ngoana ke"
      - number: "+26650123456"
        types: "2"
        matches: "Welcome"
      - number: "+26662123456"
        types: "1"
        matches: "Letsatsi la tsoalo"
      - texts: Lumela
        receives_matching: "romela STATUS"
""")
    assert not run.failed, told(run)


def test_a_language_chosen_earlier_is_spoken_at_once(test: Test) -> None:
    body = '\n    dial: "*384*26600#"\n    language: en\n    turns:\n      - matches: Welcome to Mohala\n'
    assert not test(body).failed


def test_a_clock_may_start_on_another_day(test: Test) -> None:
    run = test("""
    dial: "*384*26600*1*1#"
    at: "2020-05-01T08:00:00+02:00"
    turns:
      - {types: "02/05/2020", matches: "Letsatsi le fosahetse"}
      - {types: "01/05/2020", matches: "seterekeng"}
""")
    assert not run.failed, told(run)


def test_what_no_conversation_reached_is_told(test: Test) -> None:
    run = test('\n    dial: "*384*26600*8#"\n    turns:\n      - types: "9"\n')
    assert "welcome/language" not in run.coverage.unreached_screens
    assert "electricity/check_later" in run.coverage.unreached_screens
    report = "\n".join(as_text(run))
    assert f"Reached 2 of {run.coverage.screens} screens, 0 of {run.coverage.outcomes} outcomes of calls." in report
    assert "not reached: electricity/look late" in report


def test_the_page_of_a_dial_alone_is_reached(test: Test) -> None:
    run = test('\n    dial: "*384*26600#"\n    turns:\n      - matches: Rea u amohela\n')
    assert "\n".join(as_text(run)).count("Reached 1 of ") == 1 and not run.failed


def test_an_office_that_is_closed_is_away_and_one_that_there_is_not_is_told(test: Test) -> None:
    body = """
    dial: "*384*26600*3#"
    closed: [{office}]
    turns:
      - matches: "Motlakase ha o rekoe hona joale"
    """
    assert test(body.replace("{office}", "wallet")).failed == 0
    assert "has `walet` closed, which is no office of this pack" in told(test(body.replace("{office}", "walet")))
