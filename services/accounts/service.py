"""Accounts on the wire."""

from functools import cached_property

from services.accounts import handlers, store
from services.accounts.tokens import Signer
from shared import bus
from shared.contracts.accounts import (
    AccountView,
    GetAccount,
    ListProfessionals,
    ListTokenKeys,
    ProfessionalsPage,
    RegisterAccount,
    SignIn,
    TokenKeys,
    TokenView,
)


class Accounts(bus.Service):
    name = "accounts"
    metadata = store.metadata

    @cached_property
    def signer(self) -> Signer:
        return Signer.from_file(self.settings.token_key_file or self.settings.home / "token-key.pem")

    @bus.command(RegisterAccount)
    def register(self, demand: RegisterAccount) -> AccountView:
        return handlers.register(self.unit, demand, now=self.clock(), aside=self.in_real_thread)

    @bus.command(SignIn)
    def sign_in(self, demand: SignIn) -> TokenView:
        return handlers.sign_in(
            self.unit, demand, signer=self.signer, now=self.clock(), aside=self.in_real_thread
        )

    @bus.command(GetAccount)
    def get(self, demand: GetAccount) -> AccountView:
        return handlers.get(self.unit, demand)

    @bus.command(ListProfessionals)
    def list_professionals(self, demand: ListProfessionals) -> ProfessionalsPage:
        return handlers.list_professionals(self.unit, demand)

    @bus.command(ListTokenKeys)
    def list_token_keys(self, _: ListTokenKeys) -> TokenKeys:
        return handlers.list_token_keys(self.signer)
