"""What handlers work with beside the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.accounts.passkeys import Relying
from services.accounts.throttle import Throttle
from services.accounts.tokens import Signer
from services.accounts.vault import Vault
from shared.mail import Post
from shared.settings import Settings


@dataclass(frozen=True)
class Tools:
    """`aside(work, *args)` runs CPU-bound work where it stalls nobody."""

    settings: Settings
    signer: Signer
    vault: Vault
    throttle: Throttle
    relying: Relying
    post: Post
    aside: Callable[..., Any]
