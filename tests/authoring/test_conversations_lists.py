"""Lists that offices give, in conversations."""

from __future__ import annotations

from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import run_conversations
from app.compiler.pack import compile_pack
from tests.towns import with_towns


def test_a_list_that_an_office_gives_is_written_as_a_list(lesotho_sources: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_text("""\
conversations:
  Palesa picks a place:
    dial: "*384*26600*4#"
    offices:
      civil-registry.towns: {answered: {points: [{town: Leribe}, {town: Maseru}]}}
    turns:
      - matches: "^2. Maseru$"
      - {types: "2", shows: U khethile Maseru, ends: true}
""")
    pack = compile_pack(with_towns(lesotho_sources))
    run = run_conversations(pack, read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))
