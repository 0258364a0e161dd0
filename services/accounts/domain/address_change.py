"""A change of address: the new one is proved, the old one is told, and can be set back for 7 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.accounts import refusals

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


def wrong_code(change: AddressChange) -> refusals.Refused:
    """Return the refusal of a wrong code, which `change` already counts."""
    again = "Try again." if change.tries < TRIES else "Change your address again."
    return refusals.WrongCode(f"This code is wrong. {again}")


def address_taken() -> refusals.Refused:
    """Return the refusal for somebody who has proved an address that another account has or keeps."""
    return refusals.EmailTaken("Another account uses this address.")
