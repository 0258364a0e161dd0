"""Weekly hours and their overrides, as rows.

Rules about hours live in the domain. Hours are replaced only by the version that follows the stored one.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.hours import Hours, Opening, Override, Timetable
from services.requests.domain.location import Location
from services.requests.store.tables import booking_settings, closings, hours, locations, overrides
from shared.contracts.requests.values import Weekday
from shared.db import Work
from shared.rows import Rows

_rows = Rows(hours, Hours)
_WEEKLY = TypeAdapter(tuple[tuple[Weekday, Opening], ...])
_OPENINGS = TypeAdapter(tuple[Opening, ...])


def find(work: Work, professional_id: UUID, location_id: UUID) -> Hours:
    """Return the hours, with version 0 if none were ever published."""
    query = sa.select(hours).where(
        hours.c.professional_id == professional_id, hours.c.location_id == location_id
    )
    row = work.conn.execute(query).one_or_none()
    return Hours(
        professional_id=professional_id,
        location_id=location_id,
        version=row.version if row else 0,
        weekly=_WEEKLY.validate_python(row.weekly) if row else (),
    )


def put(work: Work, published: Hours) -> bool:
    """Store the hours; False, and nothing is changed, if this version or a later one is stored."""
    return _rows.put_next(work, published, weekly=_WEEKLY.dump_python(published.weekly, mode="json"))


def versions(work: Work, professional_id: UUID) -> dict[UUID, int]:
    """Return the version of the professional's hours, by location."""
    query = sa.select(hours.c.location_id, hours.c.version).where(hours.c.professional_id == professional_id)
    return {row.location_id: row.version for row in work.conn.execute(query)}


def timetables(work: Work, professional_ids: Collection[UUID], *, first: date) -> dict[UUID, list[Timetable]]:
    """Return the timetables of these people from the local date `first` on, without holidays.

    A person without hours, or whose account is closed or erased, is absent.
    """
    said = _overrides_by_person(work, professional_ids, first=first)
    is_closed = sa.exists().where(closings.c.person_id == hours.c.professional_id, closings.c.closed)
    query = sa.select(hours.c.professional_id, hours.c.weekly, *locations.c)
    query = query.join(locations, locations.c.id == hours.c.location_id)
    query = query.where(hours.c.professional_id.in_(professional_ids), ~is_closed).order_by(locations.c.id)
    found = defaultdict(list)
    for row in work.conn.execute(query):
        professional_id, weekly, *place = row
        location = Location(**dict(zip(locations.c.keys(), place, strict=True)))
        there = tuple(each for each in said[professional_id] if each.is_at(location))
        found[professional_id].append(
            Timetable(
                professional_id=professional_id,
                location=location,
                weekly=_WEEKLY.validate_python(weekly),
                exceptions=there,
            )
        )
    return found


def remove_at_practice(work: Work, professional_id: UUID, practice_id: UUID) -> None:
    """Remove the hours, exceptions and booking settings of a professional who no longer works there."""
    places = sa.select(locations.c.id).where(locations.c.practice_id == practice_id)
    work.conn.execute(
        sa.delete(hours).where(hours.c.professional_id == professional_id, hours.c.location_id.in_(places))
    )
    for table in (overrides, booking_settings):
        there = sa.and_(table.c.professional_id == professional_id, table.c.practice_id == practice_id)
        work.conn.execute(sa.delete(table).where(there))


def add_override(work: Work, override: Override) -> bool:
    """Store an override; False, and nothing is changed, if its id exists."""
    row = asdict(override) | {"hours": _OPENINGS.dump_python(override.hours, mode="json")}
    return work.conn.execute(insert(overrides).values(row).on_conflict_do_nothing()).rowcount == 1


def find_override(work: Work, exception_id: UUID) -> Override | None:
    row = work.conn.execute(sa.select(overrides).where(overrides.c.id == exception_id)).one_or_none()
    return _override(row) if row else None


def remove_override(work: Work, professional_id: UUID, exception_id: UUID) -> None:
    those = sa.and_(overrides.c.id == exception_id, overrides.c.professional_id == professional_id)
    work.conn.execute(sa.delete(overrides).where(those))


def overrides_of(work: Work, professional_id: UUID, *, first: date) -> list[Override]:
    """Return the overrides that last until the local date `first` or beyond, first day first."""
    found = _overrides_by_person(work, [professional_id], first=first)[professional_id]
    return sorted(found, key=lambda each: (each.first_day, each.id))


def _overrides_by_person(
    work: Work, professional_ids: Collection[UUID], *, first: date
) -> dict[UUID, list[Override]]:
    query = sa.select(overrides).where(overrides.c.professional_id.in_(professional_ids))
    found = defaultdict(list)
    for row in work.conn.execute(query.where(overrides.c.last_day >= first)):
        found[row.professional_id].append(_override(row))
    return found


def _override(row: sa.Row[Any]) -> Override:
    fields = dict(row._mapping)
    return Override(hours=_OPENINGS.validate_python(fields.pop("hours")), **fields)
