"""Files of dialoguss are played unchanged."""

from __future__ import annotations

from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import run_conversations, update_files
from app.pack import Pack

FILE = """\
url: http://localhost:7654
dial: "*384*26600#"
# Every session's number, if it has none of its own.
phoneNumber: 26650123456
timeout: 30
sessions:
  - id: 12345678910
    description: "Should offer four services"
    steps:
      # The first step only dials.
      - expect: "Rea u amohela! Khetha:\\n1. Lengolo la tsoalo\\n2. Boemo ba kopo\\n3. Reka motlakase\\n5. Litsi tse haufi\\n8. Puo le tse ling / Language and more"
      - userInput: "8"
        expect: |
          Khetha puo / Choose language:
          1. Sesotho
          2. English
          3. Tletlebo / Complaint
          4. Tefo ea pasa / Passport fee
          9. Morao
          0. Qalong
      - text: "2"
        expect: |-
          Welcome to Mohala. Choose:
          1. Birth certificate
          2. Application status
          3. Buy electricity
          5. Places near me
          8. Puo le tse ling / Language and more
  - id: 12345678911
    phoneNumber: 26662123456
    steps:
      - expect: {expected}
"""  # noqa: E501
RIGHT = (
    '"Rea u amohela! Khetha:\\n1. Lengolo la tsoalo\\n2. Boemo ba kopo\\n3. Reka motlakase\\n'
    '5. Litsi tse haufi\\n8. Puo le tse ling / Language and more"'
)


def test_a_file_as_its_documentation_shows_it_passes(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "dialoguss.yml"
    file.write_text(FILE.replace("{expected}", RIGHT))
    run = run_conversations(lesotho, read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))
    assert [one.name for one in run.conversations] == ["12345678910 Should offer four services", "12345678911"]
    assert [one.number for one in run.conversations] == ["+26650123456", "+26662123456"]


def test_a_page_that_differs_fails(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "dialoguss.yml"
    file.write_text(FILE.replace("{expected}", "What is your name?"))
    run = run_conversations(lesotho, read_files([file]))
    assert [failure is not None for failure in run.failures] == [False, True]


def test_a_text_that_nobody_receives_is_no_fault_there_and_offices_may_be_told_what_to_answer(
    lesotho: Pack, tmp_path: Path
) -> None:
    file = tmp_path / "dialoguss.yml"
    file.write_text("""\
dial: "*384*26600*3*01234567897*50#"
offices: {electricity.meter: down, wallet.request-payment: {refused: declined}}
sessions:
  - id: 1
    steps:
      - expect:
      - {text: "1", expect: "Ref: 6795-C9E1Q\\nSheba mohala oa hau: kenya PIN ea chelete moo. U se ke oa re fa PIN.\\nU tla fumana SMS."}
""")  # noqa: E501
    update_files(lesotho, read_files([file]))
    run = run_conversations(lesotho, read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))
