"""Runs what the README tells people to type, against a country on other ports."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def check_readme(port: int, sandbox_port: int) -> None:
    """All five journeys to their ends, the status by SMS, a silent registry; fails with what was printed."""
    (script,) = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace(
        "127.0.0.1:8100", f"127.0.0.1:{sandbox_port}"
    )
    ran = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    printed = ran.stdout + ran.stderr
    assert len(re.findall(r"^END ", printed, re.MULTILINE)) == 6, printed
    reference = re.search(r"Ref: ([0-9A-Z-]{10})", ran.stderr)
    assert reference is not None, printed
    assert f"END Kopo {reference[1]}" in ran.stdout, printed
    assert f"Kopo {reference[1]}\\nLengolo la tsoalo\\nBoemo: E" in ran.stdout, "the status by SMS\n" + printed
    assert "CON 020 Molapo Example Shop, lebenkele\nHa Mohlala 20\nHo bu" in ran.stdout, printed
    assert "CON Setsi 020, tefo ('muso+setsi):\nLengolo la tsoalo: ntle ho tefo" in ran.stdout, printed
    paid = re.search(
        r"^([0-9A-Z]{5}-[0-9A-Z]{5}) M135.00 e lefiloe\. Rasiti ([0-9A-Z-]{10})\.", ran.stdout, re.MULTILINE
    )
    assert paid is not None, "what the agent was told\n" + printed
    split = r"M135\.00: tefiso M130\.00, ts'ebeletso M5\.00\."
    receipt = rf"^{paid[1]} Pasa, maqephe a 32 {split} .*moemeli DEMO\. Rasiti {paid[2]}\."
    assert re.search(receipt, ran.stdout, re.MULTILINE), printed
    assert re.search(r"^Mohala: pasa .*Nomoro ea bona: PF-[0-9]{6}", ran.stdout, re.MULTILINE), printed
    assert re.search(r"Token ([0-9]{4} ){5}", ran.stdout), printed
    assert "SMS e tla hang" in ran.stdout, "the registry was silent\n" + printed
