"""Rows of removals: second factors that support removes after a wait."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.factor_removal import REMIND_EVERY, Removal
from services.accounts.store.tables import factor_removals
from shared.db import Work, newest_first

_AT_ONCE = 100


def add(work: Work, removal: Removal) -> bool:
    """Return False, and change nothing, if there is one with this id, or one that waits for the person."""
    row = insert(factor_removals).values(asdict(removal)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find(work: Work, removal_id: UUID) -> Removal | None:
    row = work.conn.execute(_with(factor_removals.c.id == removal_id)).one_or_none()
    return Removal(**row._mapping) if row else None


def find_waiting(work: Work, person_id: UUID) -> Removal | None:
    """Return the removal that waits for the person, locked."""
    query = _with(factor_removals.c.person_id == person_id, factor_removals.c.state == "waiting")
    row = work.conn.execute(query.with_for_update()).one_or_none()
    return Removal(**row._mapping) if row else None


def save(work: Work, removal: Removal) -> None:
    mine = factor_removals.c.id == removal.id
    work.conn.execute(sa.update(factor_removals).where(mine).values(asdict(removal)))


def find_due(work: Work, *, now: datetime) -> list[UUID]:
    """Return the ids of people whose removal is due, or who are to be mailed about it again."""
    query = sa.select(factor_removals.c.person_id).where(
        factor_removals.c.state == "waiting",
        sa.or_(factor_removals.c.due_at <= now, factor_removals.c.told_at <= now - REMIND_EVERY),
    )
    return list(work.conn.scalars(query.order_by(factor_removals.c.due_at).limit(_AT_ONCE)))


def page(work: Work, *, after: str | None, limit: int) -> list[Removal]:
    """Return removals, newest first, past the cursor `after`."""
    table = factor_removals.c
    query = newest_first(sa.select(factor_removals), table.asked_at, table.id, after=after, limit=limit)
    return [Removal(**row._mapping) for row in work.conn.execute(query)]


def _with(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(factor_removals).where(*conditions)
