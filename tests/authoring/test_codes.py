"""Conversations about who somebody is: a code that an office sends, by phone and by SMS."""

from __future__ import annotations

from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import run_conversations
from tests.made_once import compiled
from tests.work.identity import sources


def test_codes_are_typed_and_texted_as_the_conversations_say() -> None:
    file = Path(__file__).with_name("code-renewal.yaml")
    run = run_conversations(compiled(sources()), read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))
