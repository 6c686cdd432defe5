"""The plain phone: lines in, screens out, and what it records is played by the house's own player."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.conversations.run import run_conversations, update_files
from app.errors import ServiceFailed, SettingsWrong
from app.pack import Pack
from app.terminal.phones import Phones
from app.terminal.plain import PlainPhone
from app.terminal.wire import Wire
from tests.story.country import ROOT, SERVICE_CODE, Country, free_port, wait_for
from tests.terminal.parts import languages, new_id, new_number


def reader(lines: str) -> Callable[[str], str]:
    left: Iterator[str] = iter(lines.splitlines())

    def read(prompt: str) -> str:
        for line in left:
            return line
        raise EOFError

    return read


def run(phones: Phones, lines: str, *, stays: bool = True, forgives: bool = False, code: str = SERVICE_CODE) -> int:
    return PlainPhone(phones, reader(lines), stays=stays, forgives=forgives).run(code)


def test_a_pipe_ends_with_the_dialogue(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, "01234567897\n50\n2\n:redial\n", stays=False, code="*384*26600*3#") == 0
    assert capsys.readouterr().out.endswith("Ha ho chelete e nkiloeng.\n\n")


def test_a_script_goes_on_after_the_dialogue(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, "01234567897\n50\n2\n:redial\n", code="*384*26600*3#") == 0
    screens = capsys.readouterr().out.split("\n\n")
    assert screens[-3] == "Ha ho chelete e nkiloeng." and screens[-2].startswith("Reka motlakase.")


def test_while_the_line_is_down_a_code_dials(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, ":drop\n*384*26600*2#\n") == 0
    assert "The line fell.\n\nKenya nomoro ea kopo" in capsys.readouterr().out


def test_two_colons_type_one(phones: Phones) -> None:
    phones.tape.start("colons", {})
    run(phones, "::drop\n")
    conversation = phones.tape.stop()
    assert conversation and conversation.turns[-1].what == ":drop" and phones.citizen.is_up


def test_a_script_stops_at_a_command_that_does_not_exist(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, ":fly\n:drop\n") == 1
    told = capsys.readouterr()
    assert told.err == "There is no :fly; :help names the commands.\n" and "The line fell." not in told.out


def test_a_person_is_told_and_goes_on(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, ":fly\n:wait 61\n:record\n:drop\n1\n:quit\n1\n", forgives=True) == 0
    assert capsys.readouterr().err.splitlines() == [
        "There is no :fly; :help names the commands.",
        "Write a time such as 10s, 60 s at most.",
        "Say where to, as in `:record conversations.yaml a mother asks`.",
        "The line is down: dial a code such as *384*26600#.",
    ]


def test_a_script_without_a_gateway_fails_and_a_person_may_try_again(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Wire(nowhere, "dev", nowhere) as wire:
        phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
        with pytest.raises(ServiceFailed, match="No gateway answers"):
            run(phones, "")
        assert run(phones, ":redial\n", forgives=True) == 0
    assert capsys.readouterr().err.count("No gateway answers") == 2


def test_help_and_the_manual_name_every_command(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    phone = PlainPhone(phones, reader(":help\n"), stays=True, forgives=False)
    phone.run(SERVICE_CODE)
    for text in (capsys.readouterr().out, (ROOT / "docs" / "phone.md").read_text("utf-8")):
        assert [name for name in phone.commands if f":{name}" not in text] == []


def test_a_wait_shows_the_texts_that_come_to_both_phones(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ":sms STATUS 7K4M-2PXQ9\n:agent\n:sms STATUS 7K4M-2PXQ9\n:wait 3s\n"
    assert run(phones, lines) == 0
    told = capsys.readouterr().out
    for handset in phones.open:
        assert f"to {handset.number}:\nNomoro ea kopo e fosahetse" in told


def test_an_inbox_that_stays_empty_says_so(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(phones, ":inbox\n") == 0
    assert capsys.readouterr().out.endswith("No new SMS.\n\n")


def test_an_agent_stands_beside_the_citizen(phones: Phones, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = []
    lines = iter([":agent", ":dial *384*26600*2#", ":citizen", "3"])

    def read(prompt: str) -> str:
        prompts.append(prompt)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    PlainPhone(phones, read, stays=True, forgives=False).run(SERVICE_CODE)
    assert prompts == [">", "agent>", "agent>", ">", ">"]
    told = capsys.readouterr().out
    assert f"{phones.agent().number}\n(the line is down)\n" in told
    assert f"{phones.citizen.number}\nRea u amohela!" in told
    assert told.split("\n\n")[-2].startswith("Reka motlakase.")


REGISTRY = (
    "offices: {civil-registry.person: answered, civil-registry.register-birth: {answered: {application: NICR-1}}, "
    'civil-registry.application: {answered: {status: in_progress, where: ""}}}'
)


def assert_plays(pack: Pack, file: Path) -> None:
    assert run_conversations(pack, read_files([file])).failures == (None,) * len(read_files([file]))


def test_a_recording_is_played_without_a_change(phones: Phones, file: Path, lesotho: Pack) -> None:
    lines = (
        f":record {file} a visitor looks around\n:dial\n3\n9\n1\n:drop\n:language\n2\n:agent\n:dial\n"
        ":sms STATUS 7K4M-2PXQ9\n:inbox 20s\n:citizen\n0\n:stop\n"
    )
    assert run(phones, lines) == 0
    [conversation] = read_files([file])
    assert conversation.name == "a visitor looks around"
    assert [str(turn.action) for turn in conversation.turns if turn.action and "waits" not in str(turn.action)] == [
        "types 3", "types 9", "types 1", "drops", "dials *384*26600*8*2#", "types 2", "dials *384*26600#",
        "texts STATUS 7K4M-2PXQ9", "types 0",
    ]  # fmt: skip
    assert_plays(lesotho, file)


def test_a_text_that_nobody_looked_for_is_recorded_all_the_same(
    phones: Phones, file: Path, lesotho: Pack, country: Country
) -> None:
    run(phones, f":record {file} a stranger texts\n:sms STATUS 7K4M-2PXQ9\n")
    wait_for("the answer", lambda: country.sms(phones.citizen.number))
    assert phones.stop_recording() == f"Recorded as `a stranger texts` in {file}: 3 turns."
    assert_plays(lesotho, file)


def test_a_recording_needs_only_the_offices_and_an_update(
    phones: Phones, file: Path, lesotho: Pack, capsys: pytest.CaptureFixture[str]
) -> None:
    run(phones, f":record {file} a customer pays\n:dial *384*26600*3#\n01234567897\n50\n1\n:inbox 20s\n:stop\n")
    assert "SMS from AFRICASTKNG" in capsys.readouterr().out
    offices = (
        "offices: {electricity.meter: {answered: {holder: P. K.}}, wallet.request-payment: {answered: {payment: P1}}, "
        'electricity.vend: {answered: {token: "12345678901234567890", kwh: "27.3"}}}'
    )
    file.write_text(file.read_text().replace("offices: {}", offices))
    assert update_files(lesotho, read_files([file])) > 0
    assert_plays(lesotho, file)


def test_a_reference_that_is_shown_and_typed_is_recorded_as_a_capture(
    phones: Phones, file: Path, lesotho: Pack, country: Country
) -> None:
    run(phones, f":record {file} a mother asks\n:dial *384*26600*1*1*05/03/2026*2*012345678901*1#\n1\n:inbox 20s\n")
    [sms] = country.sms(phones.citizen.number)
    reference = re.findall(r"Ref ([0-9A-Z-]+)", sms)[0]
    asked = f":dial *384*26600*2#\n{reference.lower()}\n:agent\n:sms STATUS {reference.replace('-', '')}\n:inbox 20s\n"
    run(phones, f"{asked}:dial *384*26600*2*{reference}#\n:stop\n")
    text = file.read_text()
    assert reference not in text and 'types: "{reference}"' in text and 'texts: "STATUS {reference}"' in text
    assert 'dials: "*384*26600*2*{reference}#"' in text
    file.write_text(text.replace("offices: {}", REGISTRY))
    assert_plays(lesotho, file)


def test_a_recording_that_cannot_be_written_is_shown(phones: Phones, file: Path) -> None:
    run(phones, f":record {file} a visitor looks\n:redial\n")
    file.write_text("other: 1\n")
    told = phones.stop_recording()
    assert told.startswith(f"{file} does not end with a block of `conversations:`") and 'dial: "*384*26600#"' in told
    assert file.read_text() == "other: 1\n"


def test_a_file_that_cannot_grow_is_refused_before_anything_is_recorded(phones: Phones, file: Path) -> None:
    file.write_text("other: 1\n")
    with pytest.raises(SettingsWrong, match="record into another file"):
        run(phones, f":record {file}\n")
    assert not phones.tape.is_running


class Hostile(BaseHTTPRequestHandler):
    """A gateway that writes to the terminal, not to the citizen."""

    def do_POST(self) -> None:  # the library's name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write("CON \x1b]0;owned\x07Khetha:\n1. \u202eA\x9b2J".encode())

    def log_message(self, format: str, *words: object) -> None:
        """Nothing: a test's output is its own."""


def test_a_page_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), Hostile) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with Wire(address, "dev", address) as wire:
            phones = Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages)
            assert run(phones, "") == 0
        server.shutdown()
    assert capsys.readouterr().out == "\\u001b]0;owned\\u0007Khetha:\n1. \\u202eA\\u009b2J\n\n"
