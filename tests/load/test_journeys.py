"""Journeys: what is dialled and typed in the recorded conversations, where real offices would let it happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SettingsWrong
from app.load.journeys import Journey, mean_hops, read_journeys
from app.pack_files import read_pack
from tests.lands import FLAT, FLAT_CONVERSATIONS

CODES = {"*384*26600#": "welcome/start", "*": "welcome/start"}
CONVERSATIONS = """
conversations:
  applies and asks how it stands:
    dial: "*384*26600*1*2#"
    turns:
      - types: "5*3"
        matches: Ref {reference}
      - receives_matching: "Ref {reference}"
      - dials: "*384*26600*2*{reference}#"
  is cut off:
    dial: "*384*26600#"
    turns:
      - types: "1"
      - drops: true
      - waits: 1 h
      - dials: "*384*26600#"
      - types: "2"
  finds the office down:
    dial: "*384*26600#"
    offices: {civil-registry.person: down}
    turns:
      - types: "1"
  only texts:
    turns:
      - texts: STATUS
"""


def told(journey: Journey) -> list[tuple[str, str, list[str]]]:
    return [
        (dial.code, dial.ahead.fill({"reference": "REF"}), [text.fill({}) for text in dial.typed])
        for dial in journey.dials
    ]


def test_conversations_become_what_is_dialled_and_typed(tmp_path: Path) -> None:
    path = tmp_path / "conversations.yaml"
    path.write_text(CONVERSATIONS, "utf-8")
    asks, falls = read_journeys([path], CODES)
    assert told(asks) == [("*384*26600#", "1*2", ["5*3"]), ("*384*26600#", "2*REF", [])]
    assert told(falls) == [("*384*26600#", "", ["1"]), ("*384*26600#", "", ["2"])]
    assert (asks.hops, falls.hops, mean_hops([asks, falls])) == (3, 4, 3.5)


def test_a_file_in_which_nobody_dials_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "conversations.yaml"
    path.write_text("conversations:\n  only texts:\n    turns:\n      - texts: STATUS\n", "utf-8")
    with pytest.raises(SettingsWrong, match="dials and types"):
        read_journeys([path], CODES)


def test_the_flat_country_has_journeys_through_every_service() -> None:
    program = read_pack(FLAT).program
    journeys = read_journeys([FLAT_CONVERSATIONS], program.codes)
    assert {"a mother registers a birth in Sesotho", "a customer buys electricity in Sesotho"} <= {
        journey.name for journey in journeys
    }
    assert any(wording.names for journey in journeys for dial in journey.dials for wording in (dial.ahead, *dial.typed))
