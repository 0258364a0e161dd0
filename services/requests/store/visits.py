"""Requests, from `pending` to their end."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range, insert

from services.requests.domain.hours import Span
from services.requests.domain.request import HOLDS_ITS_SLOT, Request, Side
from services.requests.store.tables import requests
from shared.db import Work, newest_first

_WHO_IS: dict[Side, sa.Column[UUID]] = {
    "patient": requests.c.patient_id,
    "professional": requests.c.professional_id,
}


def busy(work: Work, professional_id: UUID, window: Span) -> list[Span]:
    """The times of one professional that requests hold, where they meet `window`."""
    query = sa.select(requests.c.starts_at, requests.c.ends_at)
    rows = work.conn.execute(query.where(requests.c.professional_id == professional_id, _held_in(window)))
    return [Span(row.starts_at, row.ends_at) for row in rows]


def busy_of_all(work: Work, professional_ids: Collection[UUID], window: Span) -> dict[UUID, list[Span]]:
    """The same for many professionals; who is not busy at all is absent."""
    query = sa.select(requests.c.professional_id, requests.c.starts_at, requests.c.ends_at)
    query = query.where(requests.c.professional_id.in_(professional_ids), _held_in(window))
    found = defaultdict(list)
    for row in work.conn.execute(query):
        found[row.professional_id].append(Span(row.starts_at, row.ends_at))
    return found


def overdue_in(work: Work, professional_id: UUID, span: Span, *, now: datetime) -> list[Request]:
    """Requests that hold a part of `span` though their time has passed, locked."""
    query = sa.select(requests).where(
        requests.c.professional_id == professional_id, _held_in(span), _overdue(now)
    )
    return _all(work, query.order_by(requests.c.id).with_for_update())


def overdue(work: Work, *, now: datetime, limit: int) -> list[Request]:
    """Requests whose time has passed, locked; those that another process has locked are left to it."""
    query = sa.select(requests).where(_overdue(now)).order_by(requests.c.expires_at).limit(limit)
    return _all(work, query.with_for_update(skip_locked=True))


def open_of(work: Work, person_id: UUID) -> list[Request]:
    """Requests of one person, in either role, that have not come to an end, locked.

    In the order of their ids, as `overdue_in`: two transactions never wait for each other's rows.
    """
    mine = sa.or_(requests.c.patient_id == person_id, requests.c.professional_id == person_id)
    query = sa.select(requests).where(mine, requests.c.status.in_(HOLDS_ITS_SLOT))
    return _all(work, query.order_by(requests.c.id).with_for_update())


def find(work: Work, request_id: UUID) -> Request | None:
    return _one(work, sa.select(requests).where(requests.c.id == request_id))


def find_to_change(work: Work, request_id: UUID) -> Request | None:
    """The request, locked until the end of the transaction."""
    return _one(work, sa.select(requests).where(requests.c.id == request_id).with_for_update())


def add(work: Work, request: Request) -> bool:
    """False, and nothing is changed, when the id or the time is taken."""
    row = insert(requests).values(asdict(request)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def save(work: Work, request: Request) -> None:
    changed = {"status": request.status, "version": request.version}
    work.conn.execute(sa.update(requests).where(requests.c.id == request.id).values(changed))


def page_of(
    work: Work, side: Side, person_id: UUID, *, status: str | None, after: str | None, limit: int
) -> list[Request]:
    """The requests that one person is on that side of, latest start first, past the cursor `after`."""
    query = sa.select(requests).where(_WHO_IS[side] == person_id)
    if status is not None:
        query = query.where(requests.c.status == status)
    return _all(work, newest_first(query, requests.c.starts_at, requests.c.id, after=after, limit=limit))


def _held_in(window: Span) -> sa.ColumnElement[bool]:
    """In the words of the exclusion constraint, so that its index answers."""
    time_held = sa.func.tstzrange(requests.c.starts_at, requests.c.ends_at, type_=TSTZRANGE)
    return sa.and_(time_held.overlaps(Range(window.start, window.end)), requests.c.status.in_(HOLDS_ITS_SLOT))


def _overdue(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(requests.c.status == "pending", requests.c.expires_at <= now)


def _one(work: Work, query: sa.Select[Any]) -> Request | None:
    row = work.conn.execute(query).one_or_none()
    return Request(**row._mapping) if row else None


def _all(work: Work, query: sa.Select[Any]) -> list[Request]:
    return [Request(**row._mapping) for row in work.conn.execute(query)]
