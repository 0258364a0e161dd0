"""What makes an account, and what a password and an address must be."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.accounts import RegisterAccount
from shared.errors import Refused

ACCESS_TOKEN_LASTS = timedelta(minutes=10)

SHORTEST_PASSWORD = {"patient": 8, "professional": 15}
"""Characters. NIST SP 800-63B, 3.1.1.2: at least 15 where the password is the only factor; patients
may choose the 8 that the same text allows beside a second factor."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, kw_only=True)
class Account:
    id: UUID
    email: str
    name: str
    role: str
    fingerprint: str
    password_hash: str
    registered_at: datetime


def check(demand: RegisterAccount) -> None:
    """Refuses `weak_password` and `invalid_email`."""
    if not _ADDRESS.fullmatch(demand.email):
        detail = "Give an e-mail address such as anna@example.org."
        raise Refused("invalid_email", detail, field="email")
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
        fingerprint=fingerprint(demand),
        password_hash=password_hash,
        registered_at=now,
    )


def same_address(email: str) -> str:
    """The form in which two spellings of one user name are equal."""
    return email.strip().casefold()


def fingerprint(demand: RegisterAccount) -> str:
    """Equal for equal demands, apart from the password, which only its slow hash may stand for."""
    said = "\n".join([same_address(demand.email), demand.name, demand.role])
    return hashlib.sha256(said.encode()).hexdigest()
