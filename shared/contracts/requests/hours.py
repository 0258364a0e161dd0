"""Hours, overrides and booking settings of professionals.

Rules live in `services/requests/domain`. Times of hours are local wall times, never instants.
"""

from datetime import date, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt, PositiveInt, StrictBool, StrictInt, WithJsonSchema

from shared.contracts.base import Command, Day, Message, TimeZone
from shared.contracts.requests.refusals import OF_PROFESSIONAL
from shared.contracts.requests.values import ActingRole, BookingMode, Status, VideoUrl, Weekday

ExceptionKind = Literal["closed", "extra", "changed"]
"""No hours at all; hours beside the usual ones; these hours in place of the usual ones."""
MOST_OVERRIDES = 200
"""Of one professional, that are not over yet."""


LocalTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3])(:[0-5][0-9]){2}$"})
]
"""A wall time; the format `time` of JSON schemas would be one with an offset."""


class DayHours(Message):
    """From `opens` to before `closes`, in local wall time; 00:00 closes at the end of the day."""

    opens: LocalTime
    closes: LocalTime


class OpeningHours(DayHours):
    weekday: Weekday


class OutsideRequest(Message):
    """A request that stands outside the hours as they are now. Nothing happens to it by itself."""

    request_id: UUID
    version: PositiveInt
    status: Status
    location_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class HoursView(Message):
    """`version` is 0 where none were published; `outside` are the requests that do not fit in."""

    professional_id: UUID
    location_id: UUID
    version: NonNegativeInt
    time_zone: TimeZone
    weekly: list[OpeningHours]
    outside: list[OutsideRequest] = Field(default_factory=list)


class AllHoursView(Message):
    """The weekly hours of a professional, at each location."""

    professional_id: UUID
    hours: list[HoursView]


class PublishHours(Command[HoursView]):
    """Replace the weekly hours of a professional at one location; requests made before stay as they are."""

    refuses = f"{OF_PROFESSIONAL} unknown_location stale_version invalid_hours overlapping_hours"
    professional_id: UUID
    location_id: UUID
    by: UUID
    role: ActingRole
    version: NonNegativeInt
    weekly: list[OpeningHours]


class GetHours(Command[AllHoursView]):
    refuses = "unknown_professional"
    professional_id: UUID


class OverrideView(Message):
    """Hours on local dates from `first_day` to `last_day`.

    At one location, at all of one practice, or wherever the professional works.
    """

    exception_id: UUID
    professional_id: UUID
    practice_id: UUID | None = None
    location_id: UUID | None
    kind: ExceptionKind
    first_day: date
    last_day: date
    hours: list[DayHours]
    outside: list[OutsideRequest] = Field(default_factory=list)


class OverrideDraft(Message):
    kind: ExceptionKind = Field(description="No hours; hours beside the usual ones; hours in their place.")
    first_day: Day
    last_day: Day
    location_id: UUID | None = Field(None, description="At one location; at all of them if left out.")
    clinic_id: UUID | None = Field(
        None, description="At all locations of this clinic; a professional who names none means everywhere."
    )


class AddOverride(OverrideDraft, Command[OverrideView]):
    """Add an exception at a location or a clinic; one of a professional who names neither holds anywhere."""

    refuses = (
        f"{OF_PROFESSIONAL} unknown_location invalid_days in_the_past invalid_hours overlapping_hours "
        "too_many idempotency_key_reused"
    )
    exception_id: UUID
    professional_id: UUID
    by: UUID
    role: ActingRole
    hours: list[DayHours] = Field(default_factory=list)


class OverridesView(Message):
    """Those that are not over, first day first.

    After one was removed, `outside` are the requests that do not fit the hours any more.
    """

    exceptions: list[OverrideView]
    outside: list[OutsideRequest] = Field(default_factory=list)


class RemoveOverride(Command[OverridesView]):
    """Repeating it changes nothing."""

    refuses = OF_PROFESSIONAL
    exception_id: UUID
    professional_id: UUID
    by: UUID
    role: ActingRole


class ListOverrides(Command[OverridesView]):
    refuses = OF_PROFESSIONAL
    professional_id: UUID
    by: UUID
    role: ActingRole


class BookingOptions(Message):
    """The booking settings of a professional at one practice."""

    booking: BookingMode = Field(
        "request", description="Not online; reviewed by the practice; confirmed at once."
    )
    lead_minutes: StrictInt = Field(120, ge=0, le=14 * 24 * 60)
    """Nobody can ask for a time that starts sooner; a request nobody decided on expires then."""
    horizon_days: StrictInt = Field(180, ge=1, le=365)
    """Nobody can ask for a time that starts later."""
    grid_minutes: Annotated[StrictInt, Field(ge=5, le=240)] | None = Field(
        None, description="Visits may start every so many minutes; else one right after the other."
    )
    daily_maximum: Annotated[StrictInt, Field(ge=1, le=200)] | None = None
    """Visits on one local date."""
    keeps_holidays: StrictBool = Field(False, description="Closed on public holidays.")
    """Each location keeps the public holidays of its region."""
    video_url: VideoUrl | None = Field(
        None,
        examples=["https://video.example.org/dr-rossi"],
        description="A video room of their own, for those who have a visit there; told to nobody else.",
    )


class BookingSettingsView(BookingOptions):
    """`version` is 0 where nothing was ever set."""

    professional_id: UUID
    practice_id: UUID
    version: NonNegativeInt
    outside: list[OutsideRequest] = Field(default_factory=list)


class SetBookingSettings(Command[BookingSettingsView]):
    """Change the booking settings at a clinic, or in the professional's own practice if they name none."""

    refuses = f"{OF_PROFESSIONAL} stale_version"
    professional_id: UUID
    clinic_id: UUID | None = None
    by: UUID
    role: ActingRole
    version: NonNegativeInt
    settings: BookingOptions


class GetBookingSettings(Command[BookingSettingsView]):
    """Read the public booking settings."""

    professional_id: UUID
    clinic_id: UUID | None = None


class ReadBookingSettings(Command[BookingSettingsView]):
    """Read all booking settings, as a caller who may change them."""

    refuses = OF_PROFESSIONAL
    professional_id: UUID
    clinic_id: UUID | None = None
    by: UUID
    role: ActingRole
