"""Services: the appointment types that a professional offers.

The booking settings of a practice may close a service; they live elsewhere. A service keeps its kind and mode
for good, and is withdrawn rather than deleted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain.interval import Interval
from services.requests.domain.versions import settled
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.services import AddService, ChangeService, ServiceOffered, ServiceSettings
from shared.contracts.requests.values import AppointmentMode, BookingMode, ServiceKind

MOST_SERVICES = 200
"""The most services that one professional can ever have had at one practice."""
LONGEST_BUFFER = timedelta(hours=4)
"""The longest buffer that a service may have, before or after."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """An appointment type: its kind and mode, and the settings of its practice."""

    id: UUID
    version: int
    professional_id: UUID
    practice_id: UUID | None = None
    """The only practice that offers it, whose front desk may change it; None: everywhere they work."""
    kind: ServiceKind
    mode: AppointmentMode
    settings: ServiceSettings

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.settings.minutes)

    @property
    def price(self) -> Money | None:
        return self.settings.price

    @property
    def booking(self) -> BookingMode | None:
        return self.settings.booking

    @property
    def offered(self) -> bool:
        return self.settings.offered

    def is_offered_at(self, location_id: UUID) -> bool:
        return self.settings.location_id in (None, location_id)

    def interval(self, start: datetime) -> Interval:
        return Interval(start, start + self.length)

    def held(self, visit: Interval) -> Interval:
        """Return the interval with its buffers, in which the professional sees nobody else."""
        before, after = self.settings.buffer_before, self.settings.buffer_after
        return Interval(visit.start - timedelta(minutes=before), visit.end + timedelta(minutes=after))


def add(
    command: AddService, *, practice_id: UUID | None = None, now: datetime
) -> tuple[Service, list[Event]]:
    """Return the service of the command; its sender is no part of it, so the front desk may repeat it."""
    service = Service(
        id=command.service_id,
        version=1,
        professional_id=command.professional_id,
        practice_id=practice_id,
        kind=command.kind,
        mode=command.mode,
        settings=command.settings,
    )
    return service, [_offered(service, now=now)]


def refuse_too_many(known: int) -> None:
    """Refuse one more than `MOST_SERVICES`. Refuses `too_many`."""
    if known >= MOST_SERVICES:
        detail = f"You have {MOST_SERVICES} services. Change one of them instead."
        raise refusals.TooMany(detail, what="services", most=MOST_SERVICES)


def is_repeat(known: Service, added: Service) -> bool:
    """Return whether `known` was added by the same command as `added`, as far as later changes let it
    tell."""
    first = added if known.version > 1 else known
    return first == added and known.professional_id == added.professional_id


def change(service: Service, command: ChangeService, *, now: datetime) -> tuple[Service, list[Event]]:
    """Return the service after the command; repeating it changes nothing. Refuses `stale_version`."""
    wanted = replace(service, version=command.version + 1, settings=command.settings)
    after = settled(service, wanted, seen=command.version, what="service")
    return after, [_offered(after, now=now)] if after.offered != service.offered else []


def end(service: Service, *, now: datetime) -> tuple[Service, list[Event]]:
    """Return the service as withdrawn."""
    if not service.offered:
        return service, []
    settings = service.settings.model_copy(update={"offered": False})
    after = replace(service, version=service.version + 1, settings=settings)
    return after, [_offered(after, now=now)]


def _offered(service: Service, *, now: datetime) -> Event:
    return ServiceOffered(
        occurred_at=now,
        version=service.version,
        service_id=service.id,
        professional_id=service.professional_id,
        kind=service.kind,
        mode=service.mode,
        offered=service.offered,
    )
