"""The holds of requests: rows that keep others out of a professional's time."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, insert

from services.requests.domain.interval import Interval
from services.requests.domain.request import Request
from services.requests.domain.slots import Hold
from services.requests.store.tables import holds
from shared.db import Work


def held(
    work: Work, professional_ids: Collection[UUID], window: Interval, *, but: UUID | None = None
) -> defaultdict[UUID, list[Hold]]:
    """Return the holds that overlap `window`, by professional, without those of the request `but`."""
    columns = (holds.c.professional_id, holds.c.during, holds.c.visit_starts_at, holds.c.practice_id)
    query: sa.Select[Any] = sa.select(*columns)
    query = query.where(
        holds.c.professional_id.in_(professional_ids), holds.c.during.overlaps(as_range(window))
    )
    if but is not None:
        query = query.where(holds.c.request_id != but)
    found = defaultdict(list)
    for row in work.conn.execute(query):
        found[row.professional_id].append(_read(row))
    return found


def take(work: Work, request: Request, *, before: Request | None = None) -> bool:
    """Take the holds of a request, and release its others; False if another request has one of these times.

    Then it releases nothing. New holds are inserted before old ones are deleted: two requests for each
    other's time are both refused, and neither waits for the other.
    """
    # by the professional too: else PostgreSQL takes the exclusion index for its last column, and reads it all
    theirs = request.professionals | (before.professionals if before else set())
    of_request = sa.and_(holds.c.professional_id.in_(theirs), holds.c.request_id == request.id)
    known = work.conn.execute(sa.select(holds).where(of_request))
    held = {_read(row): row.id for row in known}
    rows = [
        {
            "id": uuid5(hold_id, f"{hold.interval.start}/{hold.interval.end}"),
            "request_id": request.id,
            "professional_id": hold.professional_id or request.professional_id,
            "practice_id": request.practice_id,
            "during": as_range(hold.interval),
            "visit_starts_at": hold.visit_starts_at,
        }
        for hold_id, hold in request.holds.items()
        if hold not in held
    ]
    if rows and work.conn.execute(insert(holds).values(rows).on_conflict_do_nothing()).rowcount < len(rows):
        return False
    given_up = [held[each] for each in held.keys() - request.holds.values()]
    if given_up:
        work.conn.execute(sa.delete(holds).where(holds.c.id.in_(given_up)))
    return True


def who_holds(professional_id: UUID, intervals: Collection[Interval]) -> sa.Select[tuple[UUID]]:
    """Select the ids of requests that hold a part of these intervals."""
    met = sa.or_(*(holds.c.during.overlaps(as_range(each)) for each in intervals))
    return sa.select(holds.c.request_id).where(holds.c.professional_id == professional_id, met)


def held_of_somebody(professional_id: UUID) -> sa.Select[tuple[UUID]]:
    """Select the ids of requests that hold time of this professional, also those of another."""
    return sa.select(holds.c.request_id).where(holds.c.professional_id == professional_id)


def as_range(interval: Interval) -> Range[Any]:
    return Range(interval.start, interval.end)


def as_interval(found: Range[Any]) -> Interval:
    assert found.lower is not None
    assert found.upper is not None
    return Interval(found.lower, found.upper)


def _read(row: sa.Row[Any]) -> Hold:
    return Hold(as_interval(row.during), row.visit_starts_at, row.practice_id)
