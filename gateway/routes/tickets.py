"""Writing to support, and what support answers."""

from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter

from gateway.auth import SignedIn, SignedInOrNot, Support
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, OpenRows, Origin, Rows, Version, new_id
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import tickets

router = APIRouter(prefix="/v1", tags=["support"])


class NewTicket(tickets.NewTicket, Body):
    """Not for emergencies, and not for medical or sensitive health information."""


class TicketAnswer(Body):
    version: Version
    text: tickets.Note


@router.post(
    "/tickets",
    status_code=201,
    responses=documented(tickets.OpenTicket, refusals.InvalidEmail),
)
async def open_ticket(
    body: NewTicket, key: IdempotencyKey, caller: SignedInOrNot, origin: Origin, bus: Bus
) -> tickets.TicketView:
    """Write to support, signed in or not: a question, or feedback.

    If it is an emergency, contact local emergency services. Do not send medical or sensitive health
    information here.
    """
    sender = caller.id if caller else uuid5(NAMESPACE_URL, f"mailto:{(body.email or '').casefold()}")
    return await bus.call(
        tickets.OpenTicket.of(
            body, ticket_id=new_id(sender, key), person_id=caller.id if caller else None, origin=origin
        )
    )


@router.get("/me/tickets", responses=documented(tickets.ListTickets))
async def list_my_tickets(caller: SignedIn, bus: Bus, page: Rows) -> tickets.TicketsPage:
    """List your messages to support with the answers, newest first."""
    return await bus.call(tickets.ListTickets.of(page, by=caller.id, mine=True))


@router.get("/tickets", responses=documented(tickets.ListTickets))
async def list_tickets(caller: Support, bus: Bus, page: OpenRows) -> tickets.TicketsPage:
    """For support: what people wrote, newest first."""
    return await bus.call(tickets.ListTickets.of(page, by=caller.id, mine=False))


@router.post(
    "/tickets/{ticket_id}/answer",
    responses=documented(tickets.AnswerTicket),
)
async def answer_ticket(ticket_id: UUID, body: TicketAnswer, caller: Support, bus: Bus) -> tickets.TicketView:
    """For support: the answer goes out by mail, and is shown in the app."""
    return await bus.call(tickets.AnswerTicket.of(body, ticket_id=ticket_id, by=caller.id))
