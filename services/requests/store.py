"""Tables of requests, and how its values go in and come out."""

from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range, insert

from services.requests.domain.hours import Hours, Opening, Service, Span
from services.requests.domain.request import HOLDS_ITS_SLOT, MOVES, Request
from shared import cursor
from shared.db import Work, instant, new_metadata, outbox_table

metadata = new_metadata()
outbox_table(metadata)

hours = sa.Table(
    "hours",
    metadata,
    sa.Column("professional_id", sa.Uuid, primary_key=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("weekly", JSONB, nullable=False),
)

services = sa.Table(
    "services",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("professional_id", sa.Uuid, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.CheckConstraint("minutes > 0", name="minutes"),
)

_STATUSES = sorted({"pending", *MOVES.values()})

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("service_id", sa.Uuid, sa.ForeignKey("services.id"), nullable=False),
    sa.Column("service_name", sa.Text, nullable=False),
    sa.Column("starts_at", instant(), nullable=False),
    sa.Column("ends_at", instant(), nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("submitted_at", instant(), nullable=False),
    sa.Column("expires_at", instant(), nullable=False),
    sa.CheckConstraint(f"status in ({', '.join(map(repr, _STATUSES))})", name="status"),
    sa.CheckConstraint("starts_at < ends_at", name="times"),
    ExcludeConstraint(
        ("professional_id", "="),
        (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
        where=sa.text("status in ('pending', 'confirmed')"),
        using="gist",
        name="requests_one_visit_at_a_time_excl",
    ),
    sa.Index("requests_patient_ix", "patient_id", "starts_at", "id"),
    sa.Index("requests_professional_ix", "professional_id", "starts_at", "id"),
    sa.Index("requests_overdue_ix", "expires_at", postgresql_where="status = 'pending'"),
)


def put_hours(work: Work, published: Hours) -> None:
    weekly = [
        {"weekday": each.weekday, "opens": str(each.opens), "closes": str(each.closes)}
        for each in published.weekly
    ]
    row = {"time_zone": published.time_zone, "weekly": weekly}
    query = insert(hours).values(professional_id=published.professional_id, **row)
    work.conn.execute(query.on_conflict_do_update(index_elements=["professional_id"], set_=row))


def find_hours(work: Work, professional_id: UUID) -> Hours | None:
    query = sa.select(hours).where(hours.c.professional_id == professional_id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        return None
    weekly = tuple(
        Opening(
            weekday=each["weekday"],
            opens=time.fromisoformat(each["opens"]),
            closes=time.fromisoformat(each["closes"]),
        )
        for each in row.weekly
    )
    return Hours(professional_id=row.professional_id, time_zone=row.time_zone, weekly=weekly)


def add_service(work: Work, service: Service) -> bool:
    """False, and nothing is changed, when there is one with this id."""
    row = insert(services).values(asdict(service)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find_service(work: Work, service_id: UUID) -> Service | None:
    query = sa.select(services).where(services.c.id == service_id)
    row = work.conn.execute(query).one_or_none()
    return Service(**row._mapping) if row else None


def services_of(work: Work, professional_id: UUID) -> list[Service]:
    query = sa.select(services).where(services.c.professional_id == professional_id)
    rows = work.conn.execute(query.order_by(services.c.name, services.c.id))
    return [Service(**row._mapping) for row in rows]


def busy(work: Work, professional_id: UUID, window: Span) -> list[Span]:
    """The times of one professional that requests hold, where they meet `window`."""
    query = sa.select(requests.c.starts_at, requests.c.ends_at).where(_held_by(professional_id, window))
    return [Span(row.starts_at, row.ends_at) for row in work.conn.execute(query)]


def overdue_in(work: Work, professional_id: UUID, span: Span, *, now: datetime) -> list[Request]:
    """Requests that hold a part of `span` though their time has passed, locked."""
    query = sa.select(requests).where(_held_by(professional_id, span), _overdue(now))
    return _all(work, query.with_for_update())


def overdue(work: Work, *, now: datetime, limit: int) -> list[Request]:
    """Requests whose time has passed, locked; those that another process has locked are left to it."""
    query = sa.select(requests).where(_overdue(now)).order_by(requests.c.expires_at).limit(limit)
    return _all(work, query.with_for_update(skip_locked=True))


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


def page(work: Work, person_id: UUID, *, status: str | None, after: str | None, limit: int) -> list[Request]:
    """The requests of one person, in either role, latest start first, past the cursor `after`."""
    key = sa.tuple_(requests.c.starts_at, requests.c.id)

    def of(role: sa.ColumnElement[UUID]) -> sa.Select[Any]:
        query = sa.select(requests).where(role == person_id)
        if status is not None:
            query = query.where(requests.c.status == status)
        if after is not None:
            query = query.where(key < sa.tuple_(*cursor.decode(after, datetime, UUID)))
        return query.order_by(requests.c.starts_at.desc(), requests.c.id.desc()).limit(limit)

    both = sa.union_all(of(requests.c.patient_id), of(requests.c.professional_id)).subquery()
    query = sa.select(both).order_by(both.c.starts_at.desc(), both.c.id.desc()).limit(limit)
    return _all(work, query)


def _held_by(professional_id: UUID, window: Span) -> sa.ColumnElement[bool]:
    """In the words of the exclusion constraint, so that its index answers."""
    time_held = sa.func.tstzrange(requests.c.starts_at, requests.c.ends_at, type_=TSTZRANGE)
    return sa.and_(
        requests.c.professional_id == professional_id,
        time_held.overlaps(Range(window.start, window.end)),
        requests.c.status.in_(HOLDS_ITS_SLOT),
    )


def _overdue(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(requests.c.status == "pending", requests.c.expires_at <= now)


def _one(work: Work, query: sa.Select[Any]) -> Request | None:
    row = work.conn.execute(query).one_or_none()
    return Request(**row._mapping) if row else None


def _all(work: Work, query: sa.Select[Any]) -> list[Request]:
    return [Request(**row._mapping) for row in work.conn.execute(query)]
