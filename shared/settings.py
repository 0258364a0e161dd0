"""Settings from the environment; every name starts with `HC_`."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = r"[!-;=?A-~]+@[A-Za-z0-9.-]+"
Rate = Annotated[str, Field(pattern=r"^[1-9]\d{0,8}/(second|minute|hour|day)$")]
"""A number in a period, such as `5/minute`."""

Three = Annotated[str, Field(pattern=r"^[1-9]\d{0,5},[1-9]\d{0,5},[1-9]\d{0,5}$")]
"""Three numbers, such as `20,6,30`."""


class Settings(BaseSettings):
    """Defaults suit a developer's machine; production sets what it needs."""

    model_config = SettingsConfigDict(env_prefix="HC_", env_ignore_empty=True, frozen=True)

    amqp_uri: str = Field("amqp://guest:guest@127.0.0.1:5672/", repr=False)
    database_url: str = Field("", repr=False)
    """The database of the one service that runs in this process."""
    workers: int = Field(10, ge=1, le=100)
    """Messages handled at once by one process; also the size of its database pool."""
    answer_within: float = Field(4.0, gt=0, le=30)
    """Seconds the gateway waits for a service before it answers 503."""
    alive_file: Path | None = None
    """Touched every few seconds while the process hears its queues; a health check watches its age."""
    home: Path = Path(".healthconnect")
    """Data folder of the embedded suite; key files and mails lie here too where nothing else is set."""
    token_key_file: Path | None = None
    """The private key that signs access tokens, by default in `home`; accounts makes it if there is none."""
    secret_key_file: Path | None = None
    """The key of refresh tokens, mailed links and second factors; like `token_key_file`."""
    words_key_file: Path | None = None
    """The master keys of what patients write about their visits; like `token_key_file`, of requests."""
    words_kms_url: str = Field("", pattern="^(https?://.+/keys/[^/]+)?$")
    """In place of that file, a key of a transit engine (HashiCorp Vault, OpenBao), such as
    `https://vault.example/v1/transit/keys/words`."""
    words_kms_token_file: Path | None = Field(None, validate_default=True)
    """Holds the token to call it with; needed with `words_kms_url`."""
    feeds_key_file: Path | None = None
    """The key of calendar feeds' links; like `token_key_file`, of requests."""
    video_url: str = Field("", pattern="^(https?://[^/?#]+)?$")
    """A Jitsi of one's own, for visits by video of professionals who set no room of theirs; without it,
    there are none."""
    video_app_id: str = Field("healthconnect", min_length=1)
    """The name by which that Jitsi knows this suite."""
    video_secret_file: Path | None = Field(None, validate_default=True)
    """Holds the secret we share with it, 32 bytes or more; needed with `video_url`."""
    review_lasts: timedelta = Field(timedelta(hours=72), gt=timedelta(0))
    """After it a request expires that nobody decided on."""
    complete_after: timedelta = Field(timedelta(hours=24), ge=timedelta(0))
    """The time after its end at which an appointment completes by itself."""
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = Field(
        default_factory=lambda known: f"http://127.0.0.1:{known.get('port')}", pattern="^https?://[^/]+$"
    )
    """The URL at which people reach the gateway; mailed links begin with it."""
    smtp_url: str = Field("", pattern="^(smtps?://.+)?$", repr=False)
    """`smtp://user:password@host:587` (with STARTTLS if it is offered) or `smtps://…`; without one, mails
    become files in `home`/mail."""
    mail_from: str = Field(
        "HealthConnect <no-reply@healthconnect.example>",
        pattern=rf'^("?[^"\\<>\x00-\x1f\x7f]{{0,100}}"? *<{_ADDRESS}>|{_ADDRESS})$',
    )
    """An address in ASCII, or a name and an address."""
    sign_in_rate: Rate = "5/minute"
    """Failures to sign in to one account, in the notation of `limits`; multiples of it hold for an hour, for
    a day and for a network address."""
    form_rate: Rate = "5/minute"
    """Forms, links to be mailed and messages to support, for each network address, mail address or person."""
    registration_rate: Rate = "20/minute"
    """Accounts made from one network address, and invitations of one owner."""
    invitations_open: int = Field(5, ge=1, le=10000)
    """Invitations that a new clinic can have open; each person who joins by one adds 3, up to 100."""
    invitations_a_day: int = Field(10, ge=1, le=10000)
    """Invitations that it can send within 24 hours; they grow alike."""
    guest_rate: Rate = "10/hour"
    """Requests without an account, for each mail address; a network address has ten times as many."""
    request_limits: Three = "20,6,30"
    """Requests of one patient: open in all, open with one professional, and made within 24 hours."""
    fresh_request_limits: Three = "5,3,10"
    """The same, as long as no practice has accepted a request of theirs."""
    deletion_grace: timedelta = Field(timedelta(days=7), ge=timedelta(0))
    """Time to change one's mind before a closed account is erased."""
    factor_removal_wait: timedelta = Field(timedelta(hours=72), ge=timedelta(0))
    """Time for the owner to say no before support's removal of a second factor is done."""
    passkey_domain: str = "localhost"
    """The domain that passkeys are bound to (WebAuthn's relying party id)."""
    passkey_origins: list[str] = ["http://localhost:8000"]
    """The origins of passkeys: web origins, and `android:apk-key-hash:…` of the app."""
    headers_within: float = Field(10.0, gt=0)
    """Seconds for a caller to send all headers of a request; then the gateway ends the connection."""
    body_within: float = Field(30.0, gt=0)
    """Seconds for the body after that."""
    metrics_port: int = Field(0, ge=0, le=65535)
    """The port at which the gateway answers `/metrics` for Prometheus; 0 turns it off."""
    metrics_host: str = "127.0.0.1"
    """The address for that; never one that the public reaches."""
    host: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("words_kms_token_file", "video_secret_file")
    @classmethod
    def _with_its_url(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        url = {"words_kms_token_file": "words_kms_url"}.get(str(info.field_name), "video_url")
        if info.data.get(url) and path is None:
            raise ValueError(f"HC_{url.upper()} is set, so this is needed")
        return path

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings of this process; end it with a clear message if they are invalid."""
        try:
            return cls()
        except ValidationError as error:
            faults = [f"HC_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors()]
            sys.exit("\n".join(faults))
