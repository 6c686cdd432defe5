"""Agents in conversations: on the real ledger, on phones with names, and told of when they could not be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import Run, run_conversations
from app.errors import MenuRefused
from app.pack import Pack

HEAD = """
    dial: "*384*26600*8*4*1*1234567#"
    phones: {agent: "+26659000014"}
    offices:
      passports.note-fee: {answered: {noted: PF-000001}}
"""
BILL = r"""
      - {types: "1", matches: "^Ref: ", ends: true}
      - receives_matching: "Nomoro ea tefo: {bill}$"
"""
ENDS = """
      - {types: "2", matches: "letho", ends: true}
"""
ASKED = r"""
      - {number: agent, texts: "PAY {bill} 135"}
      - receives_matching: "Araba E {code}$"
"""
TOLD = r"""
      - {number: citizen, receives_matching: "moemeli 014"}
      - receives_matching: "PF-000001"
"""
Test = Callable[[str], Run]


def agent(more: str = 'float: "1000"') -> str:
    return f'    agents:\n      "014": {{point: "001", number: agent, {more}}}\n    turns:'


def told(run: Run) -> str:
    return "\n".join(as_text(run)).partition("\nReached")[0]


def refused(test: Test, body: str) -> list[str]:
    with pytest.raises(MenuRefused) as wrong:
        test(body)
    return [f"{one.line}:{one.column} {one.rule}: {one.text}" for one in wrong.value.complaints]


def test_a_text_that_comes_fifty_times_moves_money_once(test: Test) -> None:
    fifty = '      - {texts: "YES {code}", times: 50}\n      - receives_matching: "Balanse M865.00.$"\n'
    run = test(HEAD + agent() + BILL + ASKED + fifty + TOLD)
    assert not run.failed, told(run)


def test_a_float_that_is_told_otherwise_fails_the_conversation(test: Test) -> None:
    fifty = '      - {texts: "YES {code}", times: 50}\n      - receives_matching: "Balanse M730.00.$"\n'
    run = test(HEAD + agent() + BILL + ASKED + fifty + TOLD)
    assert run.failed and "does not match the pattern" in told(run) and "Balanse M865.00." in told(run)


def test_what_comes_at_once_finds_no_office_that_has_begun(test: Test) -> None:
    back = """
      - {texts: "YES {code}", at_once: true}
      - {texts: "CANCEL {bill}"}
      - receives_matching: "e lefiloe"
      - receives_matching: "M135.00 e khutlile"
      - {number: citizen, receives_matching: "moemeli 014"}
      - receives_matching: "Nka M135.00 ho eena"
"""
    run = test(HEAD + agent() + BILL + ASKED + back)
    assert not run.failed, told(run)


def test_what_comes_one_after_the_other_finds_one_that_has(test: Test) -> None:
    late = """
      - texts: "YES {code}"
      - receives_matching: "e lefiloe"
      - texts: "CANCEL {bill}"
      - receives_matching: "ho liehile ho emisa"
"""
    run = test(HEAD + agent() + BILL + ASKED + late + TOLD)
    assert not run.failed, told(run)


def test_a_wallet_that_tells_of_one_payment_twice_has_paid_once(test: Test) -> None:
    pays = """
      - {pays: "{bill} 135", times: 2}
      - receives_matching: "M130.00 le M5.00 li amohetsoe ka wallet"
      - receives_matching: "PF-000001"
"""
    run = test(HEAD + "    turns:" + BILL + pays)
    assert not run.failed, told(run)


def test_a_suspended_agent_and_one_who_cools_down_are_who_they_are(test: Test) -> None:
    for more, said in (("state: suspended", "o emisitsoe"), ("since: 1 h", "Nomoro ena e ncha")):
        words = f'\n      - {{number: agent, texts: "PAY {{bill}} 135"}}\n      - receives_matching: "{said}"\n'
        run = test(HEAD + agent(more) + BILL + words)
        assert not run.failed, told(run)


def test_money_that_clerks_move_is_told_to_the_agent_and_what_is_not_there_is_not_moved(test: Test) -> None:
    moves = """
      - {tops_up: "014 500"}
      - {number: agent, receives_matching: "^M500.00 e kentsoe balanseng"}
      - {pays_out: "014 20.50"}
      - {receives_matching: "^U lefiloe M20.50 ka banka"}
"""
    run = test("\n    phones: {agent: '+26659000014'}\n" + agent() + moves)
    assert not run.failed, told(run)
    for wrong in ("014 99999999", "014", "099 5", "014 much"):
        turns = f'\n      - {{pays_out: "{wrong}"}}\n'
        run = test("\n    phones: {agent: '+26659000014'}\n" + agent() + turns)
        assert run.failed and "cannot be played: write an agent's code and an amount" in told(run)


def test_words_and_answers_that_no_agent_met_are_told(test: Test) -> None:
    turns = '\n      - {number: agent, texts: "float"}\n      - receives_matching: "^Mohala: balanse"\n'
    run = test("\n    phones: {agent: '+26659000014'}\n" + agent() + turns)
    assert not run.failed, told(run)
    assert "FLOAT" not in run.coverage.unreached_agent_words and "BALANSE" in run.coverage.unreached_agent_words
    assert "agent_float st" not in run.coverage.unreached_agent_phrases
    assert "agent_float en" in run.coverage.unreached_agent_phrases
    lines = "\n".join(as_text(run))
    assert f"Reached 1 of 18 words of agents, 1 of {run.coverage.agent_phrases} answers to them." in lines
    assert "not reached: BALANSE, texted by an agent" in lines and "not reached: agent_paid en" in lines


def test_every_mistake_of_agents_is_told_with_its_place(test: Test) -> None:
    body = """
    phones: {agent: nobody}
    agents:
      "1": {point: "001", number: "+26659000014"}
      "014": {float: much, state: gone, since: ever, activation: "12", payments_a_day: "0", pint: "001"}
    turns:
      - {types: "1", times: 2}
      - {texts: FLOAT, times: 1000}
      - {texts: FLOAT, at_once: true, receives: a}
      - {number: stranger, texts: FLOAT}
"""
    assert [line.partition(": ")[0] for line in refused(test, body)] == [
        "3:21 number", "5:7 agent", "6:7 agent", "6:7 agent", "6:22 agent", "6:35 agent", "6:48 waits", "6:66 agent",
        "6:88 agent", "6:93 unknown-key", "8:29 turn", "9:31 turn", "10:9 turn", "11:18 number",
    ]  # fmt: skip


def test_an_agent_stands_at_a_point_of_the_pack(test: Test) -> None:
    (line,) = refused(test, HEAD + agent().replace("001", "999") + ENDS)
    assert line == "8:7 agent: `999` is no service point of this pack"


def test_a_pack_without_words_for_agents_has_none(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_text(f"conversations:\n  Palesa:{HEAD}{agent()}{ENDS}", "utf-8")
    mute = replace(lesotho, program=replace(lesotho.program, agent_words={}))
    with pytest.raises(MenuRefused, match="this pack has no agents"):
        run_conversations(mute, read_files([file]))
