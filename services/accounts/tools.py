"""The tools of handlers besides the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.accounts import passkeys, throttle, tokens, vault
from shared.mail import Mailer
from shared.settings import Settings


@dataclass(frozen=True)
class Tools:
    """`aside(work, *args)` runs CPU-bound work where it stalls nobody."""

    settings: Settings
    signer: tokens.Signer
    vault: vault.Vault
    throttle: throttle.Throttle
    relying_party: passkeys.RelyingParty
    send_mail: Mailer
    aside: Callable[..., Any]
