"""Rows of deletions: accounts that are closed, and how far their erasure has come."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.deletion import ERASED_AT_ONCE, Deletion
from services.accounts.store.tables import deletions
from shared.db import Work
from shared.rows import Rows

_rows = Rows(deletions, Deletion)
add, save = _rows.insert, _rows.save


def find_closing(work: Work, person_id: UUID) -> Deletion | None:
    """Return the deletion under way of a person's account, locked."""
    closing = (deletions.c.person_id == person_id, deletions.c.state == "closing")
    return _rows.one(work, *closing, to_change=True)


def was_erased(work: Work, person_id: UUID) -> bool:
    """Return whether an account with this id was erased: no other account ever gets the id."""
    erased = sa.and_(deletions.c.person_id == person_id, deletions.c.state == "erased")
    return bool(work.conn.scalar(sa.select(sa.exists().where(erased))))


def find_due(work: Work, *, now: datetime) -> list[UUID]:
    """Return the people whose deletions are due, longest overdue first."""
    due = sa.and_(deletions.c.state == "closing", deletions.c.erases_at <= now)
    query = sa.select(deletions.c.person_id).where(due).order_by(deletions.c.erases_at)
    return list(work.conn.scalars(query.limit(ERASED_AT_ONCE)))


def note_done_by(work: Work, person_id: UUID, service: str) -> None:
    """Note that `service` has erased its part."""
    query = sa.update(deletions).where(
        deletions.c.person_id == person_id,
        deletions.c.state == "erased",
        ~deletions.c.done_by.contains([service]),
    )
    work.conn.execute(query.values(done_by=sa.func.array_append(deletions.c.done_by, service)))


def page(work: Work, *, after: str | None, limit: int) -> list[Deletion]:
    return _rows.page(work, at=deletions.c.confirmed_at, after=after, limit=limit)
