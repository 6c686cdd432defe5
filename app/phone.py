"""A plain phone for the terminal: speaks Africa's Talking's wire to a running gateway, as the browser's phone does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import httpx
import typer

from app.errors import SettingsWrong
from app.settings import Settings

CALL_SECONDS = 10.0  # Africa's Talking gives an application ten seconds (aggregators.md 1.1)
DEVELOPMENT_SECRET = "dev"  # noqa: S105  # what `mohala run` uses when no secret is set


@dataclass(slots=True)
class Dialogue:
    """One dialled session on the wire: cumulative text, an id that no other dial has."""

    client: httpx.Client
    path: str
    number: str
    service_code: str
    session_id: str = field(default_factory=lambda: f"ATUid_{secrets.token_hex(16)}")
    text: str = ""

    def hop(self) -> str:
        """Post what was typed so far and return the raw answer, `CON ...` or `END ...`."""
        fields = {
            "sessionId": self.session_id,
            "phoneNumber": self.number,
            "serviceCode": self.service_code,
            "networkCode": "65102" if self.number.startswith("+2666") else "65101",
            "text": self.text,
        }
        return self.client.post(f"{self.path}/ussd", data=fields).text

    def type(self, typed: str) -> None:
        self.text = f"{self.text}*{typed}" if self.text else typed


def dial_from_terminal(settings: Settings, dialled: str | None, number: str, url: str | None) -> int:
    """Dial, print each screen, read answers from standard input; returns an exit code."""
    base = url or f"http://{settings.host}:{settings.port}"
    secret = (settings.callback_secrets or (DEVELOPMENT_SECRET,))[0]
    service_code, text = _split(dialled or settings.service_code, settings.service_code)
    with httpx.Client(base_url=base, timeout=CALL_SECONDS, trust_env=False) as client:
        dialogue = Dialogue(client, f"/callbacks/{secret}/africastalking", number, service_code, text=text)
        try:
            return _talk(dialogue)
        except httpx.HTTPError as error:
            raise SettingsWrong(
                f"No gateway answers at {base} ({type(error).__name__}); start one with `make run`."
            ) from None


def _talk(dialogue: Dialogue) -> int:
    while True:
        answer = dialogue.hop()
        kind, _, screen = answer.partition(" ")
        if kind not in ("CON", "END"):
            typer.echo("Connection problem or invalid MMI code.", err=True)
            return 1
        typer.echo(f"{screen}\n")
        if kind == "END":
            return 0
        try:
            dialogue.type(typer.prompt(">", prompt_suffix=" ", default="", show_default=False))
        except (typer.Abort, EOFError):
            return 0


def _split(dialled: str, service_code: str) -> tuple[str, str]:
    """`*384*26600*2*1#` is the service code and, as its first text, `2*1`."""
    stem = service_code.rstrip("#")
    if dialled != service_code and dialled.startswith(f"{stem}*"):
        return service_code, dialled.removeprefix(f"{stem}*").rstrip("#")
    return dialled, ""
