"""Tickets: messages to support."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.accounts.domain.person import check_version, normalize_email
from shared.contracts.accounts import refusals
from shared.contracts.accounts.tickets import AnswerTicket, OpenTicket


@dataclass(frozen=True, kw_only=True)
class Ticket:
    id: UUID
    version: int
    person_id: UUID | None
    email: str
    topic: str
    role: str
    device_type: str
    app_version: str
    description: str
    opened_at: datetime
    answer: str | None = None
    answered_at: datetime | None = None


def open_ticket(command: OpenTicket, *, email: str | None, now: datetime) -> Ticket:
    """Open a ticket; `email` is that of the sender's account, if they have one. Refuses `missing_field`."""
    answer_to = command.email or email
    if answer_to is None:
        raise refusals.MissingField("Add email. We send the answer there.", field="email")
    return Ticket(
        id=command.ticket_id,
        version=1,
        person_id=command.person_id,
        email=normalize_email(answer_to),
        topic=command.topic,
        role=command.role,
        device_type=command.device_type,
        app_version=command.app_version,
        description=command.description,
        opened_at=now,
    )


def answer(ticket: Ticket | None, command: AnswerTicket, *, now: datetime) -> Ticket:
    """Answer a ticket; the same answer again changes nothing.

    Refuses `unknown_ticket`, `stale_version` and `already_answered`.
    """
    if ticket is None:
        raise refusals.UnknownTicket()
    if ticket.answer is not None:
        if ticket.answer == command.text:
            return ticket
        raise refusals.AlreadyAnswered("This message has already been answered. Read the answer first.")
    check_version(ticket.version, command.version)
    return replace(ticket, version=ticket.version + 1, answer=command.text, answered_at=now)


def check_repeat(known: Ticket | None, new: Ticket) -> Ticket:
    """Return the ticket that was sent before with the content of `new`. Refuses `idempotency_key_reused`."""
    unanswered = known and replace(known, version=new.version, answer=None, answered_at=None)
    if known is None or unanswered != replace(new, opened_at=known.opened_at):
        raise refusals.IdempotencyKeyReused()
    return known
