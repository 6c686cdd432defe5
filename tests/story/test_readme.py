"""The README's own commands, as it prints them."""

from __future__ import annotations

import re
import subprocess

from tests.story.country import ROOT, Country, wait_for


def test_the_commands_of_the_readme_do_what_it_says(country: Country) -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{country.port}")
    script = script.replace("127.0.0.1:8100", f"127.0.0.1:{country.sandbox_port}")
    ran = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    ended = re.findall(r"END [^\n]*", ran.stdout + ran.stderr)
    assert len(ended) == 4, ran.stdout + ran.stderr
    reference = re.search(r"Ref: ([0-9A-Z-]{10})", ran.stderr)
    assert reference is not None
    assert f"END Kopo {reference[1]}" in ran.stdout
    status = f"Kopo {reference[1]}\nLengolo la tsoalo\nBoemo: "
    wait_for("the status by SMS", lambda: [sms for sms in country.sms("+26650123456") if sms.startswith(status)])
    assert re.search(r"Token [0-9]{20}", ran.stdout)
    assert "Re tla u romella SMS" in ran.stdout, "the registry was silent"
