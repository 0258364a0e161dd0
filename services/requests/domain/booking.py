"""Booking settings: how a professional can be booked at one practice."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain.service import Service
from services.requests.domain.versions import settled
from shared.contracts.requests.hours import BookingOptions, SetBookingSettings
from shared.contracts.requests.values import BookingMode, Side

SHORTEST_REVIEW = timedelta(minutes=30)
"""The shortest time to decide that a patient leaves the practice when it reviews requests."""
LONGEST_HORIZON = timedelta(days=366)
"""The farthest horizon of any booking settings."""
LONGEST_AHEAD = LONGEST_HORIZON + timedelta(days=40)
"""The farthest date that is looked at: the horizon, and the number of days that are asked for in one go."""
AS_USUAL = BookingOptions()


@dataclass(frozen=True, kw_only=True)
class BookingSettings:
    """Settings with their version; version 0 has the defaults."""

    professional_id: UUID
    practice_id: UUID
    version: int = 0
    settings: BookingOptions = AS_USUAL

    @property
    def lead(self) -> timedelta:
        """Return the lead time: an undecided request expires this long before its start."""
        return timedelta(minutes=self.settings.lead_minutes)

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.settings.horizon_days)

    def step(self, service: Service) -> timedelta:
        """Return the time between one possible start and the next."""
        grid = self.settings.grid_minutes
        return timedelta(minutes=grid) if grid else service.length

    def mode(self, service: Service) -> BookingMode:
        """Return the booking mode of this service for patients."""
        if self.settings.booking == "off" or not service.offered:
            return "off"
        return service.booking or self.settings.booking


@dataclass(frozen=True)
class Bookable:
    """The range of starts that can be asked for: from `earliest` to `latest`, both included."""

    earliest: datetime
    latest: datetime


def bookable(booking: BookingSettings, service: Service, *, by: Side = "patient", now: datetime) -> Bookable:
    """Return the starts that this side can ask for; the practice can book from now on."""
    if by == "professional":
        return Bookable(now, now + booking.horizon)
    review = SHORTEST_REVIEW if booking.mode(service) == "request" else timedelta(0)
    return Bookable(now + booking.lead + review, now + booking.horizon)


def for_everybody(booking: BookingSettings) -> BookingSettings:
    """Return the settings that everybody may see: the link to the professional's own video call is left
    out."""
    return replace(booking, settings=booking.settings.model_copy(update={"video_url": None}))


def change(booking: BookingSettings, command: SetBookingSettings) -> BookingSettings:
    """Return the settings after the command; repeating it changes nothing. Refuses `stale_version`."""
    after = replace(booking, version=command.version + 1, settings=command.settings)
    return settled(booking, after, seen=command.version, what="booking settings")
