"""Tickets: messages to support, and the answers of support."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.accounts.values import Email, Origin, StoredEmail
from shared.contracts.base import Command, Line, Message, OpenOnly, Prose

Topic = Literal["support", "professional_access", "clinic_workflow", "account", "feedback", "other"]
TicketRole = Literal["patient", "professional", "clinic", "visitor"]
DeviceType = Literal["iphone", "android", "web", "other"]
Note = Annotated[Prose, Field(min_length=1, max_length=4000)]


class TicketView(Message):
    """`person_id` is the account it was sent from; `email` and `role` are what the sender says."""

    ticket_id: UUID
    version: PositiveInt
    person_id: UUID | None
    topic: Topic
    role: TicketRole
    device_type: DeviceType
    app_version: str
    description: Note
    email: StoredEmail
    opened_at: AwareDatetime
    answer: Note | None
    answered_at: AwareDatetime | None


class NewTicket(Message):
    topic: Topic
    role: TicketRole
    device_type: DeviceType
    app_version: Line = Field(max_length=40, examples=["1.4.0"])
    description: Note = Field(
        examples=["The app closes when I open a request."],
        description="Please no emergency, medical or sensitive health information.",
    )
    email: Email | None = Field(None, description="Where to answer, if you are not signed in.")


class OpenTicket(NewTicket, Command[TicketView]):
    """Write to support; a person who is signed in may leave `email` out."""

    refuses = "idempotency_key_reused too_many too_many_attempts"
    ticket_id: UUID
    person_id: UUID | None
    origin: Origin


class TicketsPage(Message):
    tickets: list[TicketView]
    next_cursor: str | None


class ListTickets(OpenOnly, Command[TicketsPage]):
    """List the tickets of the caller if `mine`, else all of them, for support; newest first."""

    refuses = "bad_cursor"
    by: UUID
    mine: bool


class AnswerTicket(Command[TicketView]):
    """Answer a ticket once: the answer is mailed to its sender, and shown in the app."""

    refuses = "unknown_ticket stale_version already_answered"
    ticket_id: UUID
    by: UUID
    version: PositiveInt
    text: Note
