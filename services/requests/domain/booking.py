"""How a professional lets themself be booked, at one practice."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain.service import Service
from services.requests.domain.versions import settled
from shared.contracts.requests.hours import BookingOptions, SetBookingSettings
from shared.contracts.requests.values import BookingMode

SHORTEST_REVIEW = timedelta(minutes=30)
"""Whoever asks for a visit that is reviewed leaves the professional at least this long to decide."""


AS_USUAL = BookingOptions()


@dataclass(frozen=True, kw_only=True)
class BookingSettings:
    """`version` is 0 while everything is as usual."""

    professional_id: UUID
    practice_id: UUID
    version: int = 0
    settings: BookingOptions = AS_USUAL

    @property
    def lead(self) -> timedelta:
        """How long before its start a request expires that nobody decided on."""
        return timedelta(minutes=self.settings.lead_minutes)

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.settings.horizon_days)

    def step(self, service: Service) -> timedelta:
        """Between one start and the next."""
        grid = self.settings.grid_minutes
        return timedelta(minutes=grid) if grid else service.length

    def mode(self, service: Service) -> BookingMode:
        """How patients come to this service."""
        if self.settings.booking == "off" or not service.offered:
            return "off"
        return service.booking or self.settings.booking


@dataclass(frozen=True)
class Bookable:
    """The starts that can be asked for: from `earliest` to `latest`."""

    earliest: datetime
    latest: datetime


def bookable(booking: BookingSettings, service: Service, *, now: datetime) -> Bookable:
    """By patients. The practice itself books up to the last moment, see `bookable_by_practice`."""
    review = SHORTEST_REVIEW if booking.mode(service) == "request" else timedelta(0)
    return Bookable(now + booking.lead + review, now + booking.horizon)


def bookable_by_practice(booking: BookingSettings, *, now: datetime) -> Bookable:
    return Bookable(now, now + booking.horizon)


def for_everybody(booking: BookingSettings) -> BookingSettings:
    """Without the way into her video room."""
    return replace(booking, settings=booking.settings.model_copy(update={"video_url": None}))


def change(booking: BookingSettings, command: SetBookingSettings) -> BookingSettings:
    """Refuses `stale_version`; doing it again changes nothing."""
    after = replace(booking, version=command.version + 1, settings=command.settings)
    return settled(booking, after, seen=command.version, what="calendar")
