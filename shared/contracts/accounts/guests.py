"""Guests: who asks for a visit without an account, and is reached by mailed links alone."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.accounts.values import Email, Name, Origin, Phone
from shared.contracts.base import Command, Done, Event, Message

GUEST_AUDIENCE = "healthconnect-guest"
"""The audience of tokens in guests' links: `sub` is the guest, and `visit` the one request that they open."""


class RegisteredGuest(Message):
    """`counts_as` is always the same for one address: its account, or a number that tells nothing of it.

    It is for services alone: callers who typed the address do not learn it.
    """

    counts_as: UUID


class NewGuest(Message):
    name: Name = Field(examples=["Anna Conti"])
    email: Email = Field(examples=["anna@example.org"])
    phone: Phone | None = None


class RegisterGuest(NewGuest, Command[RegisteredGuest]):
    """Register the address of a guest before their request is sent. Repeating it changes nothing.

    `by` is the member of the practice who sends it for them, if it is not the guest. The outcome is the same
    for an address with an account. Refuses `idempotency_key_reused` for an erased guest.
    """

    guest_id: UUID
    origin: Origin
    by: UUID | None = None


class RemoveRefusedGuest(Command[Done]):
    """Forget a guest whose request was refused; such requests have a limit of their own.

    It is for a guest who has no request: one who has is forgotten with `ForgetGuest`. Repeating it changes
    nothing.
    """

    guest_id: UUID
    email: Email
    origin: Origin
    by: UUID | None = None


class JoinGuest(Command[Done]):
    """Move the requests of a guest to the account with their address. Repeating it changes nothing."""

    refuses = "dead_link other_address already_joined"
    guest_id: UUID
    person_id: UUID


class AskGuestLinks(Command[Done]):
    """Mail fresh links to the visits of guests with this address; the answer is the same if it has none."""

    refuses = "too_many_attempts"
    email: Email
    origin: Origin


class CheckGuestLink(Command[Done]):
    """Refused with `joined_account` once what the guest asked for belongs to an account."""

    guest_id: UUID


class ForgetGuest(Command[Done]):
    """Erase a guest, as an account is erased; at once. Repeating it changes nothing."""

    refuses = "not_yours joined_account already_joined"
    guest_id: UUID


class GuestJoined(Event):
    """The data of a guest belong to a person from now on."""

    subject: ClassVar[str] = "guest_id"

    guest_id: UUID
    person_id: UUID
