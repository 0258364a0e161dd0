"""Rows of deletions and tickets: what support works with."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.deletion import ERASED_AT_ONCE, Deletion
from services.accounts.domain.ticket import Ticket
from services.accounts.store.tables import deletions, mails, tickets
from shared.db import Work, newest_first


def add_deletion(work: Work, deletion: Deletion) -> None:
    work.conn.execute(sa.insert(deletions).values(_deletion_row(deletion)))


def save_deletion(work: Work, deletion: Deletion) -> None:
    query = sa.update(deletions).where(deletions.c.id == deletion.id)
    work.conn.execute(query.values(_deletion_row(deletion)))


def find_closing(work: Work, person_id: UUID) -> Deletion | None:
    """The deletion under way of a person's account, locked."""
    query = sa.select(deletions).where(deletions.c.person_id == person_id, deletions.c.state == "closing")
    row = work.conn.execute(query.with_for_update()).one_or_none()
    return _read_deletion(row) if row else None


def was_erased(work: Work, person_id: UUID) -> bool:
    """Return whether an account with this id was erased: no other account ever gets the id."""
    erased = sa.and_(deletions.c.person_id == person_id, deletions.c.state == "erased")
    return bool(work.conn.scalar(sa.select(sa.exists().where(erased))))


def due_deletions(work: Work, *, now: datetime) -> list[UUID]:
    """Return the due deletions, longest overdue first."""
    query = sa.select(deletions.c.person_id).where(
        deletions.c.state == "closing", deletions.c.erases_at <= now
    )
    return list(work.conn.scalars(query.order_by(deletions.c.erases_at).limit(ERASED_AT_ONCE)))


def note_done_by(work: Work, person_id: UUID, service: str) -> None:
    """Note that `service` has erased its part."""
    query = sa.update(deletions).where(
        deletions.c.person_id == person_id,
        deletions.c.state == "erased",
        ~deletions.c.done_by.contains([service]),
    )
    work.conn.execute(query.values(done_by=sa.func.array_append(deletions.c.done_by, service)))


def deletions_page(work: Work, *, after: str | None, limit: int) -> list[Deletion]:
    """Newest first, past the cursor `after`."""
    query = sa.select(deletions)
    query = newest_first(query, deletions.c.confirmed_at, deletions.c.id, after=after, limit=limit)
    return [_read_deletion(row) for row in work.conn.execute(query)]


def add_ticket(work: Work, ticket: Ticket) -> bool:
    """False, and nothing is changed, when there is one with this id."""
    row = insert(tickets).values(asdict(ticket)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def count_unanswered(work: Work, person_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(tickets)
    query = query.where(tickets.c.person_id == person_id, tickets.c.answered_at.is_(None))
    return work.conn.execute(query).scalar_one()


def find_ticket(work: Work, ticket_id: UUID) -> Ticket | None:
    """Locked until the end of the transaction."""
    query = sa.select(tickets).where(tickets.c.id == ticket_id).with_for_update()
    row = work.conn.execute(query).one_or_none()
    return Ticket(**row._mapping) if row else None


def save_ticket(work: Work, ticket: Ticket) -> None:
    work.conn.execute(sa.update(tickets).where(tickets.c.id == ticket.id).values(asdict(ticket)))


def tickets_page(
    work: Work, *, person_id: UUID | None, open_only: bool, after: str | None, limit: int
) -> list[Ticket]:
    """Newest first, past the cursor `after`."""
    query = sa.select(tickets)
    if person_id is not None:
        query = query.where(tickets.c.person_id == person_id)
    if open_only:
        query = query.where(tickets.c.answer.is_(None))
    query = newest_first(query, tickets.c.opened_at, tickets.c.id, after=after, limit=limit)
    return [Ticket(**row._mapping) for row in work.conn.execute(query)]


def forget_tickets(work: Work, person_id: UUID, email: str) -> None:
    """Those of an account, those written from its address, and answers that were not posted yet."""
    hers = sa.or_(tickets.c.person_id == person_id, tickets.c.email == email)
    work.conn.execute(sa.delete(mails).where(mails.c.object_id.in_(sa.select(tickets.c.id).where(hers))))
    work.conn.execute(sa.delete(tickets).where(hers))


def _deletion_row(deletion: Deletion) -> dict[str, Any]:
    return asdict(deletion) | {"done_by": list(deletion.done_by)}


def _read_deletion(row: sa.Row[Any]) -> Deletion:
    return Deletion(**dict(row._mapping) | {"done_by": tuple(row.done_by)})
