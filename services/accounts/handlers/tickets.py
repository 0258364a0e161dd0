"""Tickets: messages to support, and the answers of support."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain import limits, ticket
from services.accounts.domain.person import found
from services.accounts.domain.ticket import Ticket
from services.accounts.store import mails, people, support
from services.accounts.store.people import AccessEntry
from services.accounts.throttle import ORIGIN_SHARE
from services.accounts.tools import Tools
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.tickets import AnswerTicket, ListTickets, OpenTicket, TicketsPage, TicketView
from shared.db import Unit


@handles(OpenTicket)
def open_ticket(unit: Unit, command: OpenTicket, *, tools: Tools, now: datetime) -> TicketView:
    if command.person_id:
        tools.throttle.count("ticket", tools.settings.form_rate, str(command.person_id))
    else:
        tools.throttle.count("ticket", tools.settings.form_rate, command.origin, share=ORIGIN_SHARE)
    with unit() as work:
        sender = found(people.find(work, command.person_id, to_change=True)) if command.person_id else None
        if sender and support.find_ticket(work, command.ticket_id) is None:
            limits.check_limit("tickets", support.count_unanswered(work, sender.id))
        new = ticket.open_ticket(command, email=sender.email if sender else None, now=now)
        if not support.add_ticket(work, new):
            known = support.find_ticket(work, new.id)
            if known is None or not ticket.is_repeat(known, new):
                raise refusals.IdempotencyKeyReused()
            new = known
    return view(new)


@handles(ListTickets)
def list_all(unit: Unit, command: ListTickets, *, now: datetime) -> TicketsPage:
    """List tickets; support reading those of people with accounts is logged."""
    with unit() as work:
        rows = support.tickets_page(
            work,
            person_id=command.by if command.mine else None,
            open_only=command.open_only,
            after=command.cursor,
            limit=command.limit + 1,
        )
        shown, following = cursor.cut(rows, command.limit, lambda last: (last.opened_at, last.id))
        people.log_access(work, *_log_entries(shown, "ticket_read", by=command.by, now=now))
    return TicketsPage(tickets=[view(each) for each in shown], next_cursor=following)


@handles(AnswerTicket)
def answer(unit: Unit, command: AnswerTicket, *, now: datetime) -> TicketView:
    """The whole message is in the answer to this, so it is written down as well."""
    with unit() as work:
        before = support.find_ticket(work, command.ticket_id)
        if before is None:
            raise refusals.UnknownTicket()
        after = ticket.answer(before, command, now=now)
        people.log_access(work, *_log_entries([after], "ticket_answered", by=command.by, now=now))
        if after != before:
            support.save_ticket(work, after)
            mail_id = uuid5(after.id, "answer")
            mails.enqueue(work, mail_id, "answer", after.email, object_id=after.id, now=now)
    return view(after)


def view(each: Ticket) -> TicketView:
    return TicketView(
        ticket_id=each.id,
        version=each.version,
        person_id=each.person_id,
        topic=each.topic,
        role=each.role,
        device_type=each.device_type,
        app_version=each.app_version,
        description=each.description,
        email=each.email,
        opened_at=each.opened_at,
        answer=each.answer,
        answered_at=each.answered_at,
    )


def _log_entries(shown: Sequence[Ticket], action: str, *, by: UUID, now: datetime) -> list[AccessEntry]:
    return [
        AccessEntry(
            at=now,
            actor_id=by,
            actor_role="support",
            subject_id=each.person_id,
            action=action,
            object_id=each.id,
        )
        for each in shown
        if each.person_id is not None and each.person_id != by
    ]
