"""Guests: people who ask for a visit without an account.

Once a guest has joined an account, no data of them is left here. An erased id is never used again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from services.accounts.domain.person import Person, normalize_email
from shared.contracts.accounts import refusals
from shared.contracts.accounts.guests import GuestJoined, RegisterGuest
from shared.contracts.base import Event

UNVERIFIED_LASTS = timedelta(days=1)
"""An unverified guest is erased after this time."""
LINK_LASTS_AFTER_END = timedelta(days=30)
"""A mailed link opens an appointment for this time after its end."""
RETAINED_FOR = timedelta(days=365)
"""A practice may have to reach a guest for this time after their last appointment."""

ERASED_AT_ONCE = 100
MOST_LINKS = 10
"""The most links that are mailed to one address at once."""
REFUSED_FOR_EACH = 3
"""The number of refused requests that are allowed for each accepted one."""
PAGES = {
    "guest_asked": "/visit",
    "guest_news": "/visit",
    "guest_link": "/visit",
    "guest_leaving": "/visit/forget",
}
"""Kind of mail -> the page that its link opens."""


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A person without an account; `expected` once they verified a request, or a practice made one for them.

    Once a guest has joined an account, the account holds their data, and this row only names it.
    """

    id: UUID
    email: str | None
    name: str | None
    phone: str | None
    welcomed_at: datetime
    expected: bool = False
    joined: UUID | None = None
    languages: ClassVar[tuple[str, ...]] = ()
    locale: ClassVar[str | None] = None


def register(command: RegisterGuest, *, now: datetime) -> Guest:
    return Guest(
        id=command.guest_id,
        email=normalize_email(command.email),
        name=command.name,
        phone=command.phone,
        welcomed_at=now,
    )


def check_repeat(known: Guest | None, command: RegisterGuest) -> None:
    """Check that `command` made `known`, who may belong to an account by now.

    Refuses `idempotency_key_reused`.
    """
    said = (normalize_email(command.email), command.name, command.phone)
    if known is None or (known.joined is None and (known.email, known.name, known.phone) != said):
        raise refusals.IdempotencyKeyReused()


def check_not_erased(erased: bool) -> None:
    """Refuses `idempotency_key_reused`."""
    if erased:
        raise refusals.IdempotencyKeyReused(refusals.KEY_OF_ERASED)


def link_valid_until(ends_at: datetime, *, now: datetime) -> datetime:
    """Return the end of a link; one that the guest asks for after that is valid for a day."""
    return max(ends_at + LINK_LASTS_AFTER_END, now + timedelta(days=1))


def is_unused(guest: Guest, *, has_visits: bool) -> bool:
    """Return whether nothing is known of a guest but a request that was refused."""
    return not (guest.expected or guest.joined or has_visits)


def check_not_joined(guest: Guest | None) -> None:
    """Refuses `joined_account` once what the guest asked for belongs to an account."""
    if guest is not None and guest.joined is not None:
        raise refusals.JoinedAccount(sign_in="/v1/sessions")


def check_erasable(guest: Guest | None) -> None:
    """Refuses `already_joined`: data that belong to an account are erased with the account alone."""
    if guest is not None and guest.joined is not None:
        detail = "This visit belongs to an account. Delete your data there."
        raise refusals.AlreadyJoined(detail)


def join(guest: Guest | None, person: Person, *, now: datetime) -> tuple[Guest, list[Event]]:
    """Refuses `dead_link`, `other_address` and `already_joined`."""
    if guest is None:
        raise refusals.DeadLink("The data behind this link has been erased.", field="token")
    if guest.joined == person.id:
        return guest, []
    if guest.joined is not None:
        raise refusals.AlreadyJoined("This visit belongs to another account.")
    if guest.email != person.email:
        detail = "This link was sent to another address. Sign in to the account with that address."
        raise refusals.OtherAddress(detail)
    after = replace(guest, email=None, name=None, phone=None, expected=True, joined=person.id)
    return after, [GuestJoined(occurred_at=now, version=1, guest_id=guest.id, person_id=person.id)]
