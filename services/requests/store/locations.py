"""Locations."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.location import Location
from services.requests.store.tables import hours, locations
from shared.db import Work
from shared.rows import Rows

_MOST_LISTED = 100


_rows = Rows(locations, Location)
add, save, find = _rows.add, _rows.save, _rows.find


def by_id(work: Work, location_ids: Collection[UUID]) -> dict[UUID, Location]:
    return {each.id: each for each in _rows.many(work, locations.c.id.in_(location_ids))}


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
    return _rows.read_all(work.conn.execute(query))
