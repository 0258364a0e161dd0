"""Accounts as a microservice: its tables, its handlers, and what these ask for by name."""

from functools import cached_property
from pathlib import Path

from services.accounts import handlers, passkeys, throttle, tokens, vault
from services.accounts.store import tables
from services.accounts.tools import Tools
from shared.bus.microservice import Microservice
from shared.mail import mailer


class Accounts(Microservice, handlers=handlers):
    name = "accounts"
    metadata = tables.metadata
    waiting_room = 32  # callers who sign in while the passwords of others are hashed

    @cached_property
    def tools(self) -> Tools:
        secrets = vault.Vault.from_file(self._key_file("secret.key", self.settings.secret_key_file))
        return Tools(
            settings=self.settings,
            signer=tokens.Signer.from_file(self._key_file("token-key.pem", self.settings.token_key_file)),
            vault=secrets,
            throttle=throttle.Throttle(self.unit, secrets),
            relying_party=passkeys.RelyingParty(self.settings.passkey_domain, self.settings.passkey_origins),
            send_mail=mailer(self.settings),
            aside=self.in_real_thread,
        )

    def _key_file(self, name: str, elsewhere: Path | None) -> Path:
        return elsewhere or self.settings.home / name
