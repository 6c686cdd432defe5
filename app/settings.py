"""Every setting of a deployment; the only file that reads the environment (`MOHALA_*`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app import limits
from app.errors import SettingsWrong
from app.messages import SmsKind

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def only_pack(menus: Path = Path("menus")) -> Path:
    """The only country pack beside which no other lies; `menus` itself if there is none, or more than one."""
    found = sorted(path.parent for path in menus.glob("*/pack.yaml"))
    return found[0] if len(found) == 1 else menus


class WalletSettings(BaseModel):
    """A wallet that may ask us for bills and tell us of payments; its keys are in the file `wallet-NAME` of secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: Annotated[str, Field(min_length=1, max_length=256)]  # what it sends as X-Client-Id
    keeps: bool = True  # it has the money when it tells us of it; else it takes it after our yes
    later: bool = False  # it is answered with 202, and with a PUT to the X-Callback-URL
    callbacks: tuple[str, ...] = ()  # base URLs below which its callbacks are


class Settings(BaseSettings):
    """Read from `MOHALA_*`; each description is what `mohala settings` prints."""

    model_config = SettingsConfigDict(env_prefix="MOHALA_", extra="ignore", frozen=True)

    home: Path = Field(Path("var"), description="directory of everything that is kept")
    host: str = Field("127.0.0.1", description="address that the gateway listens on")
    port: int = Field(8000, ge=1, le=65535, description="port of the gateway")
    workers: int = Field(1, ge=1, le=64, description="processes of the gateway that `mohala serve` starts")
    pack: Path = Field(
        default_factory=only_pack,
        description="directory of the country pack that authors check, test and publish; default: the one in menus",
    )
    callback_secret: str | None = Field(
        None, description="secret path segment of the callbacks; two, separated by a comma, while rotating"
    )
    redis_url: str | None = Field(
        None,
        description="redis://, rediss:// or unix:// URL of a Valkey or Redis server, redis+cluster://host,host or redis+sentinel://host,host/name",
    )
    database_url: str | None = Field(None, description="postgresql://... or sqlite:///path; default: SQLite in home")
    database_unsafe: bool = Field(False, description="accept a PostgreSQL that may lose what it acknowledged")
    keys_file: Path | None = Field(None, description="file of sealing keys, newest first; default: `keys` in home")
    secrets_dir: Path | None = Field(
        None,
        description="directory of the offices' passwords and certificates, one a file; default: `secrets` in home",
    )
    office_addresses: dict[str, str] = Field(
        default_factory=dict,
        description='JSON object office -> base URL; overrides the pack, e.g. {"wallet": "https://…"}',
    )
    office_token_urls: dict[str, str] = Field(
        default_factory=dict,
        description="JSON object office -> URL of its token endpoint; overrides the pack's, as the addresses do",
    )
    office_recordings: Path | None = Field(
        None, description="directory in which exchanges with offices are kept as samples, without personal data"
    )
    wallets: dict[Annotated[str, Field(pattern="^[a-z0-9-]{1,12}$")], WalletSettings] = Field(
        default_factory=dict,
        description='JSON object wallet -> {"client": "its id", "keeps": true, "later": false, "callbacks": []}: who '
        "may ask for bills and pay them; keys are in secrets, `wallet-NAME`, two live",
    )
    supervisors: dict[str, Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]] = Field(
        default_factory=dict,
        description="JSON object office -> +number of whoever is texted once a day what is past its promise",
    )
    statements: Path = Field(
        Path("menus/statements"),
        description="directory of layouts of wallets' and banks' statements, one SOURCE.yaml each",
    )
    public_url: str | None = Field(
        None,
        description="https://host at which wallets may say that a payer has decided; default: they are polled",
    )
    sandbox_port: int = Field(8100, ge=1, le=65535, description="port of the sandbox country on 127.0.0.1")
    africastalking_username: str = Field("sandbox", description="Africa's Talking user name")
    africastalking_key_file: Path | None = Field(None, description="file with the Africa's Talking API key")
    africastalking_url: str | None = Field(
        None,
        description="base URL of the sending API, e.g. http://127.0.0.1:8100/version1; default: Africa's Talking's own",
    )
    africastalking_sender: str | None = Field(None, description="sender id or short code of outgoing SMS")
    africastalking_soft_seconds: float = Field(
        limits.turn_soft_seconds, gt=0, le=8, description="of a callback, what offices may take"
    )
    africastalking_hard_seconds: float = Field(
        limits.turn_hard_seconds, gt=0, le=9, description="a callback is answered before this; they allow 10 s"
    )
    sms_parts_an_hour: int = Field(
        6_000, ge=1, description="SMS parts that may be sent within any hour, by all workers together"
    )
    sms_parts_an_hour_by_kind: dict[SmsKind, PositiveInt] = Field(
        default_factory=dict,
        description='JSON object kind -> parts, of kinds that may not use all of it, e.g. {"reminder": 500}',
    )
    callback_one_in: int = Field(
        20, ge=0, le=10_000, description="one in so many payments by agents is asked about by SMS; 0: none"
    )
    service_code: str | None = Field(
        None, description="short code that the phone page and `mohala dial` offer; default: the first of the pack"
    )
    phone: bool = Field(False, description="serve the phone in the browser at /phone (never on a public gateway)")
    phone_agent: str | None = Field(
        None, description="number of the sandbox country's pretend agent; without it no house lets that agent pay"
    )
    menus_poll_seconds: float = Field(
        1.0, gt=0, le=60, description="how often a gateway or worker looks for newly published menus"
    )
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port on MOHALA_HOST where a worker tells its own counts; default: nowhere"
    )
    worker_poll_seconds: float = Field(0.25, gt=0, le=60, description="how often an idle worker looks for work")

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment; raises `SettingsWrong` that names each bad variable and never its value."""
        try:
            return cls(**given)
        except ValidationError as error:
            wrong = "; ".join(f"MOHALA_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
            raise SettingsWrong(f"Settings are not usable: {wrong}.") from None

    def check_serving(self) -> None:
        """Raises `SettingsWrong` if no gateway may be served with these."""
        if not self.callback_secrets:
            raise SettingsWrong("MOHALA_CALLBACK_SECRET is not set; give it an unguessable word of 16 letters or more.")
        if self.africastalking_soft_seconds >= self.africastalking_hard_seconds:
            raise SettingsWrong(
                "MOHALA_AFRICASTALKING_SOFT_SECONDS must be less than MOHALA_AFRICASTALKING_HARD_SECONDS: what is left "
                "between them lets the answer leave."
            )
        if self.phone_agent and not self.phone:
            raise SettingsWrong("MOHALA_PHONE_AGENT is for the sandbox country, where `mohala run` sets it: unset it.")
        if self.phone and self.host not in LOOPBACK:
            raise SettingsWrong(
                "MOHALA_PHONE shows SMS and the callback secret to all: only with MOHALA_HOST=127.0.0.1."
            )

    @property
    def callback_secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in (self.callback_secret or "").split(","))))

    @property
    def wakes_base(self) -> str | None:
        """Raises `SettingsWrong` for what is no base of a URL."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise SettingsWrong("MOHALA_PUBLIC_URL must be https://host, without user, query or fragment.")
        return self.public_url.rstrip("/")

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'mohala.db').resolve()}"

    @property
    def keys(self) -> Path:
        return self.keys_file or self.home / "keys"

    @property
    def secrets(self) -> Path:
        return self.secrets_dir or self.home / "secrets"

    @property
    def embedded_store_dir(self) -> Path:
        return self.home / "valkey"

    @property
    def sandbox_identity_keys(self) -> Path:
        """The keys of the sandbox's ID office, and what it gave its partner."""
        return self.home / "sandbox-identity"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"
