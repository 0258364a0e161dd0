"""Weekly hours and services."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.hours import Hours, Opening
from services.requests.domain.service import Service
from services.requests.store.tables import closings, erased, hours, services
from shared.db import Work


def put(work: Work, published: Hours) -> None:
    weekly = [
        {"weekday": each.weekday, "opens": str(each.opens), "closes": str(each.closes)}
        for each in published.weekly
    ]
    row = {"time_zone": published.time_zone, "weekly": weekly}
    query = insert(hours).values(professional_id=published.professional_id, **row)
    work.conn.execute(query.on_conflict_do_update(index_elements=["professional_id"], set_=row))


def find(work: Work, professional_id: UUID) -> Hours | None:
    return next(iter(find_all(work, [professional_id])), None)


def find_all(work: Work, professional_ids: Collection[UUID]) -> list[Hours]:
    """The hours of those who have published any and are not about to leave, in no order."""
    is_closed = sa.exists().where(closings.c.person_id == hours.c.professional_id, closings.c.closed)
    query = sa.select(hours).where(hours.c.professional_id.in_(professional_ids), ~is_closed)
    return [_hours(row) for row in work.conn.execute(query)]


def add_service(work: Work, service: Service) -> bool:
    """False, and nothing is changed, when there is one with this id."""
    row = insert(services).values(asdict(service)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find_service(work: Work, service_id: UUID) -> Service | None:
    query = sa.select(services).where(services.c.id == service_id)
    row = work.conn.execute(query).one_or_none()
    return Service(**row._mapping) if row else None


def services_of(work: Work, professional_id: UUID) -> list[Service]:
    """By name; a professional who has left, or is about to, has none."""
    is_erased = sa.exists().where(erased.c.person_id == services.c.professional_id)
    is_closed = sa.exists().where(closings.c.person_id == services.c.professional_id, closings.c.closed)
    query = sa.select(services).where(services.c.professional_id == professional_id, ~is_erased, ~is_closed)
    rows = work.conn.execute(query.order_by(services.c.name, services.c.id))
    return [Service(**row._mapping) for row in rows]


def services_of_all(
    work: Work, professional_ids: Collection[UUID], *, kind: str | None, mode: str | None
) -> dict[UUID, list[Service]]:
    """Their services of this kind and mode, if given; who has none is absent."""
    query = sa.select(services).where(services.c.professional_id.in_(professional_ids))
    if kind is not None:
        query = query.where(services.c.kind == kind)
    if mode is not None:
        query = query.where(services.c.mode == mode)
    found = defaultdict(list)
    for row in work.conn.execute(query):
        found[row.professional_id].append(Service(**row._mapping))
    return found


def _hours(row: sa.Row[Any]) -> Hours:
    weekly = tuple(
        Opening(
            weekday=each["weekday"],
            opens=time.fromisoformat(each["opens"]),
            closes=time.fromisoformat(each["closes"]),
        )
        for each in row.weekly
    )
    return Hours(professional_id=row.professional_id, time_zone=row.time_zone, weekly=weekly)
