"""Guests: who asks for a visit without an account."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain.person import Person, same_address
from shared.contracts.accounts.guests import GuestJoined, RegisterGuest
from shared.contracts.base import Event
from shared.errors import Refused

UNVERIFIED_LASTS = timedelta(days=1)
"""Who has verified nothing by then will not."""
LINK_LASTS_AFTER_END = timedelta(days=30)
"""So long after its end a visit's link still opens it."""
RETAINED_FOR = timedelta(days=365)
"""So long after her last visit a practice may have to reach her."""


@dataclass(frozen=True, kw_only=True)
class Guest:
    """`expected` is she once she has verified a request, or her practice has made one for her.

    Once she has joined an account, that has what is known of her, and this only says whose it is.
    """

    id: UUID
    email: str | None
    name: str | None
    phone: str | None
    welcomed_at: datetime
    expected: bool = False
    joined: UUID | None = None


def welcome(command: RegisterGuest, *, now: datetime) -> Guest:
    return Guest(
        id=command.guest_id,
        email=same_address(command.email),
        name=command.name,
        phone=command.phone,
        welcomed_at=now,
    )


def is_repeat(known: Guest, command: RegisterGuest) -> bool:
    """Whether `command` is the very one that made `known`, or that is an account's by now."""
    said = (same_address(command.email), command.name, command.phone)
    return known.joined is not None or (known.email, known.name, known.phone) == said


def link_valid_until(ends_at: datetime, *, now: datetime) -> datetime:
    """One that she asked for after that is good for a day."""
    return max(ends_at + LINK_LASTS_AFTER_END, now + timedelta(days=1))


def joined_account() -> Refused:
    detail = (
        "This visit is in your account now, and the mailed link no longer opens it. "
        "Sign in with the address that the link was mailed to."
    )
    return Refused("joined_account", detail, sign_in="/v1/sessions")


def join(guest: Guest, person: Person, *, now: datetime) -> tuple[Guest, list[Event]]:
    """Refuses `other_address` and `already_joined`."""
    if guest.joined == person.id:
        return guest, []
    if guest.joined is not None:
        raise Refused("already_joined", "This visit belongs to another account.", field="token")
    if guest.email != person.email:
        detail = "This link was mailed to another address: join it to the account that has that one."
        raise Refused("other_address", detail, field="token")
    after = replace(guest, email=None, name=None, phone=None, expected=True, joined=person.id)
    return after, [GuestJoined(occurred_at=now, version=1, guest_id=guest.id, person_id=person.id)]
