"""What accounts does with each command: one function and one transaction each.

Hashing happens outside the transaction: a lock or a connection must not wait for it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.accounts import domain, passwords, store
from services.accounts.tokens import Signer
from shared import cursor
from shared.contracts.accounts import (
    AccountView,
    GetAccount,
    ListProfessionals,
    ProfessionalsPage,
    ProfessionalView,
    RegisterAccount,
    SignIn,
    TokenKeys,
    TokenView,
)
from shared.db import Unit
from shared.errors import Refused, key_reused

Aside = Callable[..., Any]
"""`aside(work, *args)` runs CPU-bound work where it stalls nobody."""


def register(unit: Unit, demand: RegisterAccount, *, now: datetime, aside: Aside) -> AccountView:
    domain.check(demand)
    password_hash = aside(passwords.hashed, demand.password)
    account = domain.register(demand, password_hash=password_hash, now=now)
    with unit() as work:
        if store.add(work, account):
            return view(account)
        known = store.find(work, account.id)
    if known is None:
        detail = "There is an account with this address: sign in, or use another address."
        raise Refused("email_taken", detail, field="email")
    if not domain.is_repeat(known, demand) or not aside(
        passwords.matches, demand.password, known.password_hash
    ):
        raise key_reused()
    return view(known)


def sign_in(unit: Unit, demand: SignIn, *, signer: Signer, now: datetime, aside: Aside) -> TokenView:
    with unit() as work:
        account = store.find_by_email(work, domain.same_address(demand.email))
    known_hash = account.password_hash if account else None
    if not aside(passwords.matches, demand.password, known_hash) or account is None:
        raise Refused("wrong_credentials", "The e-mail address or the password is not right.")
    return TokenView(
        access_token=signer.token(account, now=now),
        expires_in=int(domain.ACCESS_TOKEN_LASTS.total_seconds()),
        account_id=account.id,
        role=account.role,
    )


def get(unit: Unit, demand: GetAccount) -> AccountView:
    with unit() as work:
        account = store.find(work, demand.account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this id.")
    return view(account)


def list_professionals(unit: Unit, demand: ListProfessionals) -> ProfessionalsPage:
    with unit() as work:
        found = store.professionals(work, after=demand.cursor, limit=demand.limit + 1)
    shown, following = cursor.cut(found, demand.limit, lambda last: (last.name, last.id))
    return ProfessionalsPage(
        professionals=[ProfessionalView(professional_id=each.id, name=each.name) for each in shown],
        next_cursor=following,
    )


def list_token_keys(signer: Signer) -> TokenKeys:
    return TokenKeys(keys=[signer.public_key()])


def view(account: domain.Account) -> AccountView:
    return AccountView(account_id=account.id, email=account.email, name=account.name, role=account.role)
