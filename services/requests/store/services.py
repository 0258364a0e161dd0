"""Services."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.service import Service
from services.requests.store.tables import closings, erased, services
from shared.contracts.requests.services import ServiceSettings
from shared.db import Work


def add(work: Work, service: Service) -> bool:
    """Store a service; False, and nothing is changed, if its id exists."""
    row = insert(services).values(_row(service)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def save(work: Work, service: Service) -> None:
    work.conn.execute(sa.update(services).where(services.c.id == service.id).values(_row(service)))


def find(work: Work, service_id: UUID, *, to_change: bool = False) -> Service | None:
    """Return the service; `to_change` locks it until the transaction ends."""
    query = sa.select(services).where(services.c.id == service_id)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return _service(row) if row else None


def count(work: Work, professional_id: UUID, practice_id: UUID | None) -> int:
    """Count all that the professional ever had at this practice, or wherever they work."""
    query = sa.select(sa.func.count()).where(
        services.c.professional_id == professional_id,
        services.c.practice_id.is_not_distinct_from(practice_id),
    )
    return work.conn.execute(query).scalar_one()


def of_practice(work: Work, professional_id: UUID, practice_id: UUID) -> list[Service]:
    """Return the professional's services at this practice alone, locked."""
    query = sa.select(services).where(
        services.c.professional_id == professional_id, services.c.practice_id == practice_id
    )
    return [_service(row) for row in work.conn.execute(query.order_by(services.c.id).with_for_update())]


def offered_by(work: Work, professional_id: UUID) -> list[Service]:
    """Return the offered services by name; a closed or erased professional has none."""
    is_erased = sa.exists().where(erased.c.person_id == services.c.professional_id)
    is_closed = sa.exists().where(closings.c.person_id == services.c.professional_id, closings.c.closed)
    query = sa.select(services).where(services.c.professional_id == professional_id, ~is_erased, ~is_closed)
    found = [each for each in map(_service, work.conn.execute(query)) if each.offered]
    return sorted(found, key=lambda each: (each.name, each.id))


def offered_by_all(
    work: Work, professional_ids: Collection[UUID], *, kind: str | None, mode: str | None
) -> dict[UUID, list[Service]]:
    """Return the offered services of this kind and mode, if given, by professional; one without any is
    absent."""
    query = sa.select(services).where(services.c.professional_id.in_(professional_ids))
    if kind is not None:
        query = query.where(services.c.kind == kind)
    if mode is not None:
        query = query.where(services.c.mode == mode)
    found = defaultdict(list)
    for each in map(_service, work.conn.execute(query)):
        if each.offered:
            found[each.professional_id].append(each)
    return found


def _row(service: Service) -> dict[str, Any]:
    return asdict(service) | {"settings": service.settings.model_dump(mode="json")}


def _service(row: sa.Row[Any]) -> Service:
    fields = dict(row._mapping)
    return Service(settings=ServiceSettings.model_validate(fields.pop("settings")), **fields)
