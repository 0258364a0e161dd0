"""Schedules: weekly hours, overrides, and booking settings of a professional."""

from datetime import time
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StrictBool, StrictInt

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, Day, IdempotencyKey, Seen, WallTime, new_id
from gateway.practice import AtClinic, WhichProfessional, professional_meant
from gateway.problems.description import documented
from shared.contracts.requests.hours import (
    AddOverride,
    AllHoursView,
    BookingOptions,
    BookingSettingsView,
    ExceptionKind,
    GetBookingSettings,
    GetHours,
    Hours,
    HoursView,
    ListOverrides,
    OpeningHours,
    OverridesView,
    OverrideView,
    PublishHours,
    ReadBookingSettings,
    RemoveOverride,
    SetBookingSettings,
)
from shared.contracts.requests.values import VideoUrl, Weekday

router = APIRouter(prefix="/v1", tags=["hours"])


class WallHours(Body):
    opens: WallTime
    closes: WallTime = Field(description="00:00 is the end of the day.")

    def hours(self) -> Hours:
        return Hours(opens=time.fromisoformat(self.opens), closes=time.fromisoformat(self.closes))


class NewOpening(WallHours):
    weekday: Weekday


class NewHours(Body):
    version: Seen
    weekly: Annotated[list[NewOpening], Field(max_length=50)]


class NewOverride(Body):
    kind: ExceptionKind = Field(description="No hours; hours beside the usual ones; hours in their place.")
    first_day: Day
    last_day: Day
    hours: Annotated[list[WallHours], Field(max_length=10)] = Field(default_factory=list)
    location_id: UUID | None = Field(None, description="At one location; at all of them if left out.")
    clinic_id: UUID | None = Field(
        None, description="At all locations of this clinic; a professional who names none means everywhere."
    )


class NewBookingSettings(Body):
    """The booking settings of a professional at one practice."""

    version: Seen
    booking: Literal["off", "request", "instant"] = Field(
        "request", description="Not online; reviewed by the practice; confirmed at once."
    )
    lead_minutes: Annotated[StrictInt, Field(ge=0, le=20160)] = 120
    horizon_days: Annotated[StrictInt, Field(ge=1, le=365)] = 180
    grid_minutes: Annotated[StrictInt, Field(ge=5, le=240)] | None = Field(
        None, description="Visits may start every so many minutes; else one right after the other."
    )
    daily_maximum: Annotated[StrictInt, Field(ge=1, le=200)] | None = None
    keeps_holidays: StrictBool = Field(False, description="Closed on public holidays.")
    video_url: VideoUrl | None = Field(
        None,
        examples=["https://video.example.org/dr-rossi"],
        description="A video room of her own, for those who have a visit there; told to nobody else.",
    )


@router.put(
    "/locations/{location_id}/hours",
    responses=documented(PublishHours),
)
async def publish_hours(
    location_id: UUID, body: NewHours, caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> HoursView:
    """Publish the weekly hours of a professional at one location, in the place of those before.

    Requests that stand outside the new hours are listed in `outside`, and stay as they are.
    """
    return await bus.call(
        PublishHours(
            professional_id=professional_meant(caller, professional_id),
            location_id=location_id,
            by=caller.id,
            role=caller.role,
            version=body.version,
            weekly=[OpeningHours(weekday=each.weekday, **dict(each.hours())) for each in body.weekly],
        )
    )


@router.get("/professionals/{professional_id}/hours", responses=documented(GetHours))
async def list_hours(professional_id: UUID, bus: Bus) -> AllHoursView:
    """Show the weekly hours of a professional at each of their locations."""
    return await bus.call(GetHours(professional_id=professional_id))


@router.post(
    "/exceptions",
    status_code=201,
    responses=documented(AddOverride),
)
async def add_exception(
    body: NewOverride,
    key: IdempotencyKey,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
) -> OverrideView:
    """Other hours on some days: a holiday, a Saturday more, a shorter afternoon."""
    return await bus.call(
        AddOverride(
            exception_id=new_id(caller.id, key),
            professional_id=professional_meant(caller, professional_id),
            location_id=body.location_id,
            clinic_id=body.clinic_id,
            by=caller.id,
            role=caller.role,
            kind=body.kind,
            first_day=body.first_day,
            last_day=body.last_day,
            hours=[each.hours() for each in body.hours],
        )
    )


@router.get("/exceptions", responses=documented(ListOverrides))
async def list_exceptions(
    caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> OverridesView:
    """Exceptions that are not over, first day first."""
    return await bus.call(
        ListOverrides(
            professional_id=professional_meant(caller, professional_id), by=caller.id, role=caller.role
        )
    )


@router.delete("/exceptions/{exception_id}", responses=documented(RemoveOverride))
async def remove_exception(
    exception_id: UUID, caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> OverridesView:
    """Take an exception back; those that are left, and the requests that stand outside the hours then."""
    return await bus.call(
        RemoveOverride(
            exception_id=exception_id,
            professional_id=professional_meant(caller, professional_id),
            by=caller.id,
            role=caller.role,
        )
    )


@router.put("/calendar", responses=documented(SetBookingSettings))
async def set_booking_settings(
    body: NewBookingSettings,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
    clinic_id: AtClinic = None,
) -> BookingSettingsView:
    """Change a professional's booking settings at one practice: a clinic, or their own."""
    settings = BookingOptions(
        booking=body.booking,
        lead_minutes=body.lead_minutes,
        horizon_days=body.horizon_days,
        grid_minutes=body.grid_minutes,
        daily_maximum=body.daily_maximum,
        keeps_holidays=body.keeps_holidays,
        video_url=body.video_url,
    )
    return await bus.call(
        SetBookingSettings(
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            version=body.version,
            settings=settings,
        )
    )


@router.get("/calendar", responses=documented(ReadBookingSettings))
async def get_my_booking_settings(
    caller: Practice, bus: Bus, professional_id: WhichProfessional = None, clinic_id: AtClinic = None
) -> BookingSettingsView:
    """The same with all that only those know who may change it, and the requests that stand outside."""
    return await bus.call(
        ReadBookingSettings(
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
        )
    )


@router.get("/professionals/{professional_id}/calendar", responses=documented(GetBookingSettings))
async def get_booking_settings(
    professional_id: UUID,
    bus: Bus,
    clinic_id: Annotated[
        UUID | None, Query(description="At this clinic; else in their own practice.")
    ] = None,
) -> BookingSettingsView:
    """Read the booking settings of a professional at one practice. Their video room is left out."""
    return await bus.call(GetBookingSettings(professional_id=professional_id, clinic_id=clinic_id))
