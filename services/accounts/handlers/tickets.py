"""Tickets: messages to support, and the answers of support."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain import limits, ticket
from services.accounts.operations import access_log, lookups
from services.accounts.store import mails, tickets
from services.accounts.tools import Tools
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts import tickets as api
from shared.db import Unit, Work


@handles(api.OpenTicket)
def open_ticket(unit: Unit, command: api.OpenTicket, *, tools: Tools, now: datetime) -> api.TicketView:
    count, rate, sender = tools.throttle.count, tools.settings.form_rate, None
    if command.person_id:
        count("ticket", rate, str(command.person_id))
    else:
        count("ticket", rate, command.origin, share=limits.ORIGIN_SHARE)
    with unit() as work:
        if command.person_id:
            sender = lookups.find_person(work, command.person_id, to_change=True)
            if tickets.find(work, command.ticket_id, to_change=True) is None:
                limits.check_limit("tickets", tickets.count_unanswered(work, sender.id))
        new = ticket.open_ticket(command, email=sender.email if sender else None, now=now)
        if not tickets.add(work, new):
            new = ticket.check_repeat(tickets.find(work, new.id, to_change=True), new)
    return _view(new)


@handles(api.ListTickets)
def list_all(unit: Unit, command: api.ListTickets, *, now: datetime) -> api.TicketsPage:
    """List tickets; support reading those of people with accounts is logged."""
    with unit() as work:
        rows = tickets.page(
            work,
            person_id=command.by if command.mine else None,
            open_only=command.open_only,
            after=command.cursor,
            limit=command.limit + 1,
        )
        shown, following = cursor.cut(rows, command.limit, lambda last: (last.opened_at, last.id))
        _log(work, shown, "ticket_read", by=command.by, now=now)
    return api.TicketsPage(tickets=[_view(each) for each in shown], next_cursor=following)


@handles(api.AnswerTicket)
def answer(unit: Unit, command: api.AnswerTicket, *, now: datetime) -> api.TicketView:
    """Answer a ticket and have the answer mailed; as the view shows the message, that is logged."""
    with unit() as work:
        before = tickets.find(work, command.ticket_id, to_change=True)
        after = ticket.answer(before, command, now=now)
        _log(work, [after], "ticket_answered", by=command.by, now=now)
        if after != before:
            tickets.save(work, after)
            mail_id = uuid5(after.id, "answer")
            mails.enqueue(work, mail_id, "answer", after.email, object_id=after.id, now=now)
    return _view(after)


def _view(of: ticket.Ticket) -> api.TicketView:
    return api.TicketView.of(of, ticket_id=of.id)


def _log(work: Work, shown: Iterable[ticket.Ticket], action: str, *, by: UUID, now: datetime) -> None:
    """Log that support has seen tickets of other people."""
    seen = [(each.person_id, each.id) for each in shown if each.person_id != by]
    access_log.log(work, seen, action, by=by, role="support", now=now)
