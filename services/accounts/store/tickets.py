"""Rows of tickets: messages to support."""

from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.ticket import Ticket
from services.accounts.store.tables import mails, tickets
from shared.db import Work
from shared.rows import Rows

_rows = Rows(tickets, Ticket)
add, find, save = _rows.add, _rows.find, _rows.save


def count_unanswered(work: Work, person_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(tickets)
    query = query.where(tickets.c.person_id == person_id, tickets.c.answered_at.is_(None))
    return work.conn.execute(query).scalar_one()


def page(
    work: Work, *, person_id: UUID | None, open_only: bool, after: str | None, limit: int
) -> list[Ticket]:
    """Return tickets, newest first, past the cursor `after`; of one person if `person_id` is given."""
    mine = [tickets.c.person_id == person_id] * (person_id is not None)
    unanswered = [tickets.c.answer.is_(None)] * open_only
    return _rows.page(work, *mine, *unanswered, at=tickets.c.opened_at, after=after, limit=limit)


def forget(work: Work, person_id: UUID, email: str) -> None:
    """Delete those of an account, those written from its address, and answers that were not sent yet."""
    theirs = sa.or_(tickets.c.person_id == person_id, tickets.c.email == email)
    work.conn.execute(sa.delete(mails).where(mails.c.object_id.in_(sa.select(tickets.c.id).where(theirs))))
    work.conn.execute(sa.delete(tickets).where(theirs))
