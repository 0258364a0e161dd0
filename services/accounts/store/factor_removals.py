"""Rows of removals: second factors that support removes after a wait."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.factor_removal import PROCESSED_AT_ONCE, REMIND_EVERY, Removal
from services.accounts.store.tables import factor_removals
from shared.db import Work
from shared.rows import Rows

_rows = Rows(factor_removals, Removal)
add, find, save = _rows.add, _rows.find, _rows.save


def find_waiting(work: Work, person_id: UUID) -> Removal | None:
    """Return the removal that waits for the person, locked."""
    waiting = (factor_removals.c.person_id == person_id, factor_removals.c.state == "waiting")
    return _rows.one(work, *waiting, to_change=True)


def find_due(work: Work, *, now: datetime) -> list[UUID]:
    """Return the ids of people whose removal is due, or who are to be mailed about it again."""
    query = sa.select(factor_removals.c.person_id).where(
        factor_removals.c.state == "waiting",
        sa.or_(factor_removals.c.due_at <= now, factor_removals.c.told_at <= now - REMIND_EVERY),
    )
    return list(work.conn.scalars(query.order_by(factor_removals.c.due_at).limit(PROCESSED_AT_ONCE)))


def page(work: Work, *, after: str | None, limit: int) -> list[Removal]:
    return _rows.page(work, at=factor_removals.c.asked_at, after=after, limit=limit)
