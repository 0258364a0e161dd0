"""Locations."""

from collections.abc import Collection
from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.location import Location
from services.requests.store.tables import hours, locations
from shared.db import Work

_MOST_LISTED = 100


def add(work: Work, location: Location) -> bool:
    """Store a location; False, and nothing is changed, if its id exists."""
    row = insert(locations).values(asdict(location)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def save(work: Work, location: Location) -> None:
    work.conn.execute(sa.update(locations).where(locations.c.id == location.id).values(asdict(location)))


def find(work: Work, location_id: UUID, *, to_change: bool = False) -> Location | None:
    """Return the location; `to_change` locks it until the transaction ends."""
    query = sa.select(locations).where(locations.c.id == location_id)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return Location(**row._mapping) if row else None


def by_id(work: Work, location_ids: Collection[UUID]) -> dict[UUID, Location]:
    query = sa.select(locations).where(locations.c.id.in_(location_ids))
    return {row.id: Location(**row._mapping) for row in work.conn.execute(query)}


def of_practice(work: Work, practice_id: UUID) -> list[Location]:
    return _by_name(work, locations.c.practice_id == practice_id)


def of_professional(work: Work, professional_id: UUID) -> list[Location]:
    """Return the professional's own locations, and those where they have hours."""
    has_hours = sa.exists().where(
        hours.c.location_id == locations.c.id, hours.c.professional_id == professional_id
    )
    return _by_name(work, sa.or_(locations.c.practice_id == professional_id, has_hours))


def _by_name(work: Work, those: sa.ColumnElement[bool]) -> list[Location]:
    query = sa.select(locations).where(those).order_by(locations.c.name, locations.c.id).limit(_MOST_LISTED)
    return [Location(**row._mapping) for row in work.conn.execute(query)]
