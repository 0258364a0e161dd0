"""What makes an account, and what a password must be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.accounts import RegisterAccount
from shared.errors import Refused

ACCESS_TOKEN_LASTS = timedelta(minutes=10)

SHORTEST_PASSWORD = {"patient": 8, "professional": 15}
"""Characters. NIST SP 800-63B, 3.1.1.2: at least 15 where the password is the only factor; patients
may choose the 8 that the same text allows beside a second factor."""


@dataclass(frozen=True, kw_only=True)
class Account:
    id: UUID
    email: str
    name: str
    role: str
    password_hash: str
    registered_at: datetime


def check(demand: RegisterAccount) -> None:
    """Refuses `weak_password`."""
    shortest = SHORTEST_PASSWORD[demand.role]
    if len(demand.password) < shortest:
        detail = f"A {demand.role}'s password has at least {shortest} characters."
        raise Refused("weak_password", detail, field="password", at_least=shortest)


def register(demand: RegisterAccount, *, password_hash: str, now: datetime) -> Account:
    """`password_hash` is of the password in `demand`, which is kept nowhere."""
    return Account(
        id=demand.account_id,
        email=same_address(demand.email),
        name=demand.name,
        role=demand.role,
        password_hash=password_hash,
        registered_at=now,
    )


def same_address(email: str) -> str:
    """The form in which two spellings of one user name are equal."""
    return email.strip().casefold()


def is_repeat(known: Account, demand: RegisterAccount) -> bool:
    """Whether `demand` is the very one that made `known`, apart from its password."""
    return (known.email, known.name, known.role) == (same_address(demand.email), demand.name, demand.role)
