"""The tools of handlers besides the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.accounts.passkeys import RelyingParty
from services.accounts.throttle import Throttle
from services.accounts.tokens import Signer
from services.accounts.vault import Vault
from shared.mail import Mailer
from shared.settings import Settings


@dataclass(frozen=True)
class Tools:
    """`aside(work, *args)` runs CPU-bound work where it stalls nobody."""

    settings: Settings
    signer: Signer
    vault: Vault
    throttle: Throttle
    relying_party: RelyingParty
    send_mail: Mailer
    aside: Callable[..., Any]
