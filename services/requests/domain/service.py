"""What a professional can be asked for: her services (visit types)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.requests import AddService, ServiceKind, ServiceOffered, VisitMode


@dataclass(frozen=True, kw_only=True)
class Service:
    """A visit type: what it is called, what sort of visit it is, where, and how long it takes.

    Services are added and never changed, so two that are equal were sent by the same demand.
    """

    id: UUID
    professional_id: UUID
    name: str
    kind: ServiceKind
    mode: VisitMode
    minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


def add(demand: AddService, *, now: datetime) -> tuple[Service, list[Event]]:
    """Whoever sent it is no part of the service: the desk may repeat what the professional sent."""
    service = Service(
        id=demand.service_id,
        professional_id=demand.professional_id,
        name=demand.name,
        kind=demand.kind,
        mode=demand.mode,
        minutes=demand.minutes,
    )
    offered = ServiceOffered(
        occurred_at=now,
        version=1,
        service_id=service.id,
        professional_id=service.professional_id,
        kind=service.kind,
        mode=service.mode,
    )
    return service, [offered]
