"""A registration waits for its address to be proved; until then there is no account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain import link, person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.people import RegisterAccount
from shared.contracts.accounts.values import OwnRole

LASTS = timedelta(minutes=60)
TRIES = 5
"""The number of wrong codes that ends a registration."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """`account_id` names the account that was made of it, if one was.

    The mailed code and link are made of `proof_id`, which is drawn anew each time a registration begins.
    """

    id: UUID
    proof_id: UUID
    email: str
    name: str
    role: OwnRole
    password_hash: str
    stands_alone: bool
    expires_at: datetime
    tries: int = 0
    account_id: UUID | None = None


def begin(command: RegisterAccount, *, proof_id: UUID, password_hash: str, now: datetime) -> Registration:
    """Return a registration; of the password in `command` only `password_hash` is kept."""
    return Registration(
        id=command.registration_id,
        proof_id=proof_id,
        email=person.normalize_email(command.email),
        name=command.name,
        role=command.role,
        password_hash=password_hash,
        stands_alone=person.stands_alone(command.password),
        expires_at=now + LASTS,
    )


def check_repeat(known: Registration | None, command: RegisterAccount) -> Registration:
    """Return the registration that `command` began before; the password is not compared.

    Refuses `idempotency_key_reused`.
    """
    said = (person.normalize_email(command.email), command.name, command.role)
    if known is None or (known.email, known.name, known.role) != said:
        raise refusals.IdempotencyKeyReused()
    return known


def check_open(known: Registration | None, *, now: datetime) -> Registration:
    """Refuses `registration_over`."""
    if known is None or known.expires_at <= now or known.tries >= TRIES:
        raise refusals.RegistrationOver()
    return known


def check_linked(known: Registration | None, *, now: datetime) -> Registration:
    """Return the registration of a mailed link, also of one that made an account. Refuses `dead_link`."""
    if known is None or known.expires_at <= now or (known.account_id is None and known.tries >= TRIES):
        raise link.dead_link()
    return known


def account(known: Registration, account_id: UUID, *, now: datetime) -> person.Person:
    """Return the account of a registration whose address is proved."""
    return person.Person(
        id=account_id,
        version=1,
        email=known.email,
        name=known.name,
        roles=(known.role,),
        password_hash=known.password_hash,
        stands_alone=known.stands_alone,
        registered_at=now,
        proved_at=now,
    )


def email_taken() -> refusals.Refused:
    """Return the refusal for somebody who has proved the address, or vouches for it."""
    detail = "This address already has an account. Sign in, or set a new password."
    return refusals.EmailTaken(detail)


def wrong_code(known: Registration) -> refusals.Refused:
    """Return the refusal of a wrong code, which `known` already counts."""
    left = TRIES - known.tries
    again = f"You have {left} more tries." if left > 1 else "You have one more try."
    return refusals.WrongCode(f"This code is wrong. {again if left else 'Register again.'}")
