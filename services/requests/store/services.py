"""Services."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.service import Service
from services.requests.store.tables import closings, erased, services
from shared.contracts.requests.services import ServiceSettings
from shared.db import Work
from shared.rows import Rows

_rows = Rows(services, Service, settings=ServiceSettings.model_validate)
add, save, find = _rows.add, _rows.save, _rows.find


def count(work: Work, professional_id: UUID, practice_id: UUID | None) -> int:
    """Count all that the professional ever had at this practice, or wherever they work."""
    query = sa.select(sa.func.count()).where(
        services.c.professional_id == professional_id,
        services.c.practice_id.is_not_distinct_from(practice_id),
    )
    return work.conn.execute(query).scalar_one()


def of_practice(work: Work, professional_id: UUID, practice_id: UUID) -> list[Service]:
    """Return the professional's services at this practice alone, locked."""
    there = (services.c.professional_id == professional_id, services.c.practice_id == practice_id)
    return _rows.many(work, *there, order=[services.c.id], to_change=True)


def offered_by(work: Work, professional_id: UUID) -> list[Service]:
    """Return the offered services by name; a closed or erased professional has none."""
    is_erased = sa.exists().where(erased.c.person_id == services.c.professional_id)
    is_closed = sa.exists().where(closings.c.person_id == services.c.professional_id, closings.c.closed)
    found = _rows.many(work, services.c.professional_id == professional_id, ~is_erased, ~is_closed)
    return sorted((each for each in found if each.offered), key=lambda each: (each.name, each.id))


def offered_by_all(
    work: Work, professional_ids: Collection[UUID], *, kind: str | None, mode: str | None
) -> dict[UUID, list[Service]]:
    """Return the offered services of this kind and mode, if given, by professional; one without any is
    absent."""
    where: list[sa.ColumnElement[bool]] = [services.c.professional_id.in_(professional_ids)]
    if kind is not None:
        where.append(services.c.kind == kind)
    if mode is not None:
        where.append(services.c.mode == mode)
    found = defaultdict(list)
    for each in _rows.many(work, *where):
        if each.offered:
            found[each.professional_id].append(each)
    return found
