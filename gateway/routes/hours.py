"""Schedules: weekly hours, overrides, and booking settings of a professional."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, Seen, WallTime, new_id
from gateway.practice import AtClinic, WhichProfessional, professional_meant
from gateway.problems.description import documented
from shared.contracts.requests import hours
from shared.contracts.requests.values import Weekday

router = APIRouter(prefix="/v1", tags=["hours"])


class NewDayHours(Body):
    opens: WallTime
    closes: WallTime = Field(description="00:00 is the end of the day.")


class NewOpeningHours(NewDayHours):
    weekday: Weekday


class NewHours(Body):
    version: Seen
    weekly: Annotated[list[NewOpeningHours], Field(max_length=50)]


class NewOverride(hours.OverrideDraft, Body):
    hours: Annotated[list[NewDayHours], Field(max_length=10)] = Field(default_factory=list)


class NewBookingSettings(hours.BookingOptions, Body):
    """The booking settings of a professional at one practice."""

    version: Seen


@router.put(
    "/locations/{location_id}/hours",
    responses=documented(hours.PublishHours),
)
async def publish_hours(
    location_id: UUID, body: NewHours, caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> hours.HoursView:
    """Publish the weekly hours of a professional at one location, in the place of those before.

    Requests that stand outside the new hours are listed in `outside`, and stay as they are.
    """
    return await bus.call(
        hours.PublishHours.of(
            body,
            professional_id=professional_meant(caller, professional_id),
            location_id=location_id,
            by=caller.id,
            role=caller.role,
        )
    )


@router.get("/professionals/{professional_id}/hours", responses=documented(hours.GetHours))
async def list_hours(professional_id: UUID, bus: Bus) -> hours.AllHoursView:
    """Show the weekly hours of a professional at each of their locations."""
    return await bus.call(hours.GetHours(professional_id=professional_id))


@router.post(
    "/exceptions",
    status_code=201,
    responses=documented(hours.AddOverride),
)
async def add_exception(
    body: NewOverride,
    key: IdempotencyKey,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
) -> hours.OverrideView:
    """Other hours on some days: a holiday, a Saturday more, a shorter afternoon."""
    return await bus.call(
        hours.AddOverride.of(
            body,
            exception_id=new_id(caller.id, key),
            professional_id=professional_meant(caller, professional_id),
            by=caller.id,
            role=caller.role,
        )
    )


@router.get("/exceptions", responses=documented(hours.ListOverrides))
async def list_exceptions(
    caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> hours.OverridesView:
    """Exceptions that are not over, first day first."""
    return await bus.call(
        hours.ListOverrides(
            professional_id=professional_meant(caller, professional_id), by=caller.id, role=caller.role
        )
    )


@router.delete("/exceptions/{exception_id}", responses=documented(hours.RemoveOverride))
async def remove_exception(
    exception_id: UUID, caller: Practice, bus: Bus, professional_id: WhichProfessional = None
) -> hours.OverridesView:
    """Take an exception back; those that are left, and the requests that stand outside the hours then."""
    return await bus.call(
        hours.RemoveOverride(
            exception_id=exception_id,
            professional_id=professional_meant(caller, professional_id),
            by=caller.id,
            role=caller.role,
        )
    )


@router.put("/calendar", responses=documented(hours.SetBookingSettings))
async def set_booking_settings(
    body: NewBookingSettings,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
    clinic_id: AtClinic = None,
) -> hours.BookingSettingsView:
    """Change a professional's booking settings at one practice: a clinic, or their own."""
    return await bus.call(
        hours.SetBookingSettings.of(
            body,
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            settings=body,
        )
    )


@router.get("/calendar", responses=documented(hours.ReadBookingSettings))
async def get_my_booking_settings(
    caller: Practice, bus: Bus, professional_id: WhichProfessional = None, clinic_id: AtClinic = None
) -> hours.BookingSettingsView:
    """The same with all that only those know who may change it, and the requests that stand outside."""
    return await bus.call(
        hours.ReadBookingSettings(
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
        )
    )


@router.get("/professionals/{professional_id}/calendar", responses=documented(hours.GetBookingSettings))
async def get_booking_settings(
    professional_id: UUID,
    bus: Bus,
    clinic_id: Annotated[
        UUID | None, Query(description="At this clinic; else in their own practice.")
    ] = None,
) -> hours.BookingSettingsView:
    """Read the booking settings of a professional at one practice. Their video room is left out."""
    return await bus.call(hours.GetBookingSettings(professional_id=professional_id, clinic_id=clinic_id))
