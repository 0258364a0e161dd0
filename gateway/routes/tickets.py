"""Writing to support, and what support answers."""

from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn, SignedInOrNot, Support
from gateway.bus import Bus
from gateway.fields import Body, Cursor, IdempotencyKey, Limit, Origin, Version, new_id
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.tickets import (
    AnswerTicket,
    DeviceType,
    ListTickets,
    Note,
    OpenTicket,
    TicketRole,
    TicketsPage,
    TicketView,
    Topic,
)
from shared.contracts.accounts.values import Email
from shared.contracts.base import Line

router = APIRouter(prefix="/v1", tags=["support"])


class NewTicket(Body):
    """Not for emergencies, and not for medical or sensitive health information."""

    topic: Topic
    role: TicketRole
    device_type: DeviceType
    app_version: Annotated[Line, Field(max_length=40, examples=["1.4.0"])]
    description: Note = Field(
        examples=["The app closes when I open a request."],
        description="Please no emergency, medical or sensitive health information.",
    )
    email: Email | None = Field(None, description="Where to answer, if you are not signed in.")


class Answer(Body):
    version: Version
    text: Note


@router.post(
    "/tickets",
    status_code=201,
    responses=documented(OpenTicket, refusals.InvalidEmail),
)
async def open_ticket(
    body: NewTicket, key: IdempotencyKey, caller: SignedInOrNot, origin: Origin, bus: Bus
) -> TicketView:
    """Write to support, signed in or not: a question, or feedback.

    If it is an emergency, contact local emergency services. Do not send medical or sensitive health
    information here.
    """
    sender = caller.id if caller else uuid5(NAMESPACE_URL, f"mailto:{(body.email or '').casefold()}")
    return await bus.call(
        OpenTicket(
            ticket_id=new_id(sender, key),
            person_id=caller.id if caller else None,
            email=body.email,
            topic=body.topic,
            role=body.role,
            device_type=body.device_type,
            app_version=body.app_version,
            description=body.description,
            origin=origin,
        )
    )


@router.get("/me/tickets", responses=documented(ListTickets))
async def list_my_tickets(
    caller: SignedIn, bus: Bus, cursor: Cursor = None, limit: Limit = 50
) -> TicketsPage:
    """List your messages to support with the answers, newest first."""
    return await bus.call(ListTickets(by=caller.id, mine=True, cursor=cursor, limit=limit))


@router.get("/tickets", responses=documented(ListTickets))
async def list_tickets(
    caller: Support, bus: Bus, open_only: bool = False, cursor: Cursor = None, limit: Limit = 50
) -> TicketsPage:
    """For support: what people wrote, newest first."""
    return await bus.call(
        ListTickets(by=caller.id, mine=False, open_only=open_only, cursor=cursor, limit=limit)
    )


@router.post(
    "/tickets/{ticket_id}/answer",
    responses=documented(AnswerTicket),
)
async def answer_ticket(ticket_id: UUID, body: Answer, caller: Support, bus: Bus) -> TicketView:
    """For support: the answer goes out by mail, and is shown in the app."""
    return await bus.call(
        AnswerTicket(ticket_id=ticket_id, by=caller.id, version=body.version, text=body.text)
    )
