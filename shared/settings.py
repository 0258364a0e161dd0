"""Settings from the environment; every name starts with `HC_`."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    """Data folder of the embedded suite."""
    token_key_file: Path | None = None
    """The private key that signs access tokens, by default in `home`; accounts makes it if there is none."""
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def from_environment(cls) -> "Settings":
        """What this process was started with; ends it with a clear word where that cannot be."""
        try:
            return cls()
        except ValidationError as error:
            faults = [f"HC_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors()]
            sys.exit("\n".join(faults))
