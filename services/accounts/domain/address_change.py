"""A change of address: the new one is proved, the old one is told, and can be set back for 7 days.

Rules only. An address belongs to one account at a time: the store's constraint says so, not this module.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain.person import Person, normalize_email
from shared.contracts.accounts import refusals
from shared.contracts.accounts.addresses import ChangeAddress

LASTS = timedelta(minutes=60)
UNDO_LASTS = timedelta(days=7)
"""The time for which the old address is kept for the account; nobody else can take it meanwhile."""
TRIES = 5
"""The number of wrong codes that ends a change."""


@dataclass(frozen=True, kw_only=True)
class AddressChange:
    """`proved_before` is the `proved_at` of the person before the change was confirmed.

    The mailed code, and the link that undoes the change, are made of `proof_id`, which is drawn for each one.
    """

    id: UUID
    proof_id: UUID
    person_id: UUID
    new_email: str
    expires_at: datetime
    tries: int = 0
    old_email: str | None = None
    proved_before: datetime | None = None
    confirmed_at: datetime | None = None
    undone_at: datetime | None = None


def begin(command: ChangeAddress, *, proof_id: UUID, now: datetime) -> AddressChange:
    return AddressChange(
        id=command.change_id,
        proof_id=proof_id,
        person_id=command.person_id,
        new_email=normalize_email(command.email),
        expires_at=now + LASTS,
    )


def check_repeat(known: AddressChange | None, new: AddressChange) -> AddressChange:
    """Return the change that was begun before as `new`. Refuses `idempotency_key_reused`."""
    if known is None or (known.person_id, known.new_email) != (new.person_id, new.new_email):
        raise refusals.IdempotencyKeyReused()
    return known


def check_other(email: str, mine: str) -> None:
    """Refuses `same_address`."""
    if email == mine:
        raise refusals.SameAddress()


def check_open(change: AddressChange | None, person_id: UUID, *, now: datetime) -> AddressChange:
    """Refuses `change_over`."""
    over = change is None or change.person_id != person_id or change.undone_at is not None
    if over or change is None or change.tries >= TRIES or change.expires_at <= now:
        raise refusals.ChangeOver()
    return change


def is_pending(change: AddressChange, *, now: datetime) -> bool:
    """Return whether its code can still be mailed."""
    return change.confirmed_at is None and now < change.expires_at


def mail_for(change: AddressChange, *, owner_id: UUID | None) -> str:
    """Return the mail for the new address: a code, or a notice if another account has the address."""
    return "address" if owner_id in (None, change.person_id) else "address_wanted"


def confirm(owner: Person, change: AddressChange, *, now: datetime) -> tuple[Person, AddressChange]:
    """Return the owner with the new address, which they have just proved, and the change."""
    after = replace(owner, version=owner.version + 1, email=change.new_email, proved_at=now)
    done = replace(change, old_email=owner.email, proved_before=owner.proved_at, confirmed_at=now)
    return after, done


def undo(
    owner: Person, first: AddressChange, undone: Iterable[AddressChange], *, nobody_knows: str
) -> tuple[Person, set[str]]:
    """Return the owner as before the `first` of these changes, and the addresses that they give up.

    A proof given after that change no longer counts, and `nobody_knows` replaces the password hash.
    """
    assert first.old_email
    undone = list(undone)
    touched = {each.new_email for each in undone} | {each.old_email for each in undone if each.old_email}
    restored = replace(
        owner, email=first.old_email, proved_at=first.proved_before, password_hash=nobody_knows
    )
    return restored, touched - {first.old_email}


def wrong_code(change: AddressChange) -> refusals.Refused:
    """Return the refusal of a wrong code, which `change` already counts."""
    again = "Try again." if change.tries < TRIES else "Change your address again."
    return refusals.WrongCode(f"This code is wrong. {again}")
