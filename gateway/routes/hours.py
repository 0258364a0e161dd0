"""When a professional can be seen, and for what."""

from datetime import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StrictInt

from gateway.auth import Caller, Practice
from gateway.bus import Bus
from gateway.description import documented
from gateway.fields import Body, Day, IdempotencyKey, WallTime, new_id
from shared.contracts.base import TimeZone
from shared.contracts.requests import (
    AddService,
    FindSlots,
    GetHours,
    HoursView,
    ListServices,
    OpeningHours,
    PublishHours,
    ServiceKind,
    ServiceName,
    ServicesView,
    ServiceView,
    SlotsView,
    VisitMode,
    VisitRole,
    Weekday,
)
from shared.errors import Refused

router = APIRouter(prefix="/v1", tags=["hours"])


class NewOpening(Body):
    weekday: Weekday
    opens: WallTime
    closes: WallTime


class NewHours(Body):
    time_zone: TimeZone = Field(examples=["Europe/Rome"])
    weekly: Annotated[list[NewOpening], Field(max_length=50)]


class NewService(Body):
    name: ServiceName = Field(examples=["First visit"])
    kind: ServiceKind = Field("consultation", description="What searches know of it, whatever it is called.")
    mode: VisitMode = "in_person"
    minutes: Annotated[StrictInt, Field(ge=5, le=480)]


Whose = Annotated[
    UUID | None,
    Query(description="For the front desk of a clinic: which of its professionals. Else it is you."),
]


def _whose(caller: Caller[VisitRole], professional_id: UUID | None) -> UUID:
    if professional_id is None and caller.role == "clinic":
        detail = "Add professional_id: of which of your professionals?"
        raise Refused("missing_field", detail, field="professional_id")
    return professional_id or caller.id


@router.put(
    "/hours",
    responses=documented(
        "not_signed_in",
        "wrong_role",
        "not_yours",
        "unknown_account",
        "unknown_professional",
        "unknown_time_zone",
        "invalid_hours",
        "overlapping_hours",
        body=True,
    ),
)
async def publish(body: NewHours, caller: Practice, bus: Bus, professional_id: Whose = None) -> HoursView:
    """Publish the weekly hours of a professional in local wall time, in place of those before."""
    return await bus.call(
        PublishHours(
            professional_id=_whose(caller, professional_id),
            by=caller.id,
            role=caller.role,
            time_zone=body.time_zone,
            weekly=[
                OpeningHours(
                    weekday=each.weekday,
                    opens=time.fromisoformat(each.opens),
                    closes=time.fromisoformat(each.closes),
                )
                for each in body.weekly
            ],
        )
    )


@router.post(
    "/services",
    status_code=201,
    responses=documented(
        "idempotency_key_missing",
        "not_signed_in",
        "wrong_role",
        "not_yours",
        "unknown_account",
        "unknown_professional",
        "idempotency_key_reused",
        body=True,
    ),
)
async def add_service(
    body: NewService, key: IdempotencyKey, caller: Practice, bus: Bus, professional_id: Whose = None
) -> ServiceView:
    """Offer a service: a visit type with its length."""
    return await bus.call(
        AddService(
            service_id=new_id(caller.id, key),
            professional_id=_whose(caller, professional_id),
            by=caller.id,
            role=caller.role,
            name=body.name,
            kind=body.kind,
            mode=body.mode,
            minutes=body.minutes,
        )
    )


@router.get("/professionals/{professional_id}/hours", responses=documented("unknown_professional"))
async def hours(professional_id: UUID, bus: Bus) -> HoursView:
    """The weekly hours of a professional."""
    return await bus.call(GetHours(professional_id=professional_id))


@router.get(
    "/professionals/{professional_id}/services",
    responses=documented("unknown_professional"),
)
async def services(professional_id: UUID, bus: Bus) -> ServicesView:
    """What a professional can be seen for."""
    return await bus.call(ListServices(professional_id=professional_id))


@router.get(
    "/professionals/{professional_id}/slots",
    responses=documented("unknown_professional", "unknown_service", "too_far_ahead"),
)
async def slots(
    professional_id: UUID,
    service_id: UUID,
    bus: Bus,
    first: Annotated[Day, Query(alias="from", description="The first local date.")],
    days: Annotated[int, Query(ge=1, le=35)] = 7,
) -> SlotsView:
    """Free slots, in the time zone of the place."""
    return await bus.call(
        FindSlots(professional_id=professional_id, service_id=service_id, from_date=first, days=days)
    )
