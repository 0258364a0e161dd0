"""Services of a professional, and the slots that are free for them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StrictBool, StrictInt

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, Day, IdempotencyKey, Limit, NewMoney, Version, money, new_id
from gateway.practice import AtClinic, WhichProfessional, professional_meant
from gateway.problems.description import documented
from shared.contracts.requests.services import (
    AddService,
    ChangeService,
    ListServices,
    ServiceSettings,
    ServicesView,
    ServiceView,
)
from shared.contracts.requests.slots import ClinicSlotsView, FindClinicSlots, FindSlots, OfPractice, SlotsView
from shared.contracts.requests.values import AppointmentMode, BookingMode, ServiceKind, ServiceName

router = APIRouter(prefix="/v1", tags=["hours"])

FirstDay = Annotated[Day, Query(alias="from", description="The first local date.")]


class _Settings(Body):
    name: ServiceName = Field(examples=["First visit"])
    minutes: Annotated[StrictInt, Field(ge=5, le=480)]
    price: NewMoney | None = None
    booking: BookingMode | None = Field(None, description="In place of the professional's own.")
    new_patients: StrictBool = Field(True, description="Whether people may ask who were not seen before.")
    buffer_before: Annotated[StrictInt, Field(ge=0, le=240, description="Minutes.")] = 0
    buffer_after: Annotated[StrictInt, Field(ge=0, le=240, description="Minutes.")] = 0
    location_id: UUID | None = Field(None, description="The only location where it is offered.")

    def settings(self, *, offered: bool = True) -> ServiceSettings:
        return ServiceSettings(
            name=self.name,
            minutes=self.minutes,
            price=money(self.price),
            booking=self.booking,
            new_patients=self.new_patients,
            buffer_before=self.buffer_before,
            buffer_after=self.buffer_after,
            location_id=self.location_id,
            offered=offered,
        )


class NewService(_Settings):
    kind: ServiceKind = Field("consultation", description="What searches know of it, whatever it is called.")
    mode: AppointmentMode = "in_person"


class ChangedService(_Settings):
    version: Version
    offered: StrictBool = Field(True, description="False: it can no longer be asked for.")


@router.post(
    "/services",
    status_code=201,
    responses=documented(AddService),
)
async def add_service(
    body: NewService,
    key: IdempotencyKey,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
    clinic_id: AtClinic = None,
) -> ServiceView:
    """Offer a service: a visit type with its length, its price, and who may ask for it.

    One of a clinic is offered there alone, and its front desk may change it; one that a professional offers
    without naming a clinic is theirs, wherever they work.
    """
    return await bus.call(
        AddService(
            service_id=new_id(caller.id, key),
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            kind=body.kind,
            mode=body.mode,
            settings=body.settings(),
        )
    )


@router.put(
    "/services/{service_id}",
    responses=documented(ChangeService),
)
async def change_service(
    service_id: UUID,
    body: ChangedService,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
) -> ServiceView:
    """Change a service, or offer it no longer. Visits that were asked for before stay as they are."""
    return await bus.call(
        ChangeService(
            service_id=service_id,
            professional_id=professional_meant(caller, professional_id),
            by=caller.id,
            role=caller.role,
            version=body.version,
            settings=body.settings(offered=body.offered),
        )
    )


@router.get("/professionals/{professional_id}/services", responses=documented(ListServices))
async def list_services(professional_id: UUID, bus: Bus) -> ServicesView:
    """List the services of a professional."""
    return await bus.call(ListServices(professional_id=professional_id))


@router.get(
    "/professionals/{professional_id}/slots",
    responses=documented(FindSlots),
)
async def list_slots(
    professional_id: UUID,
    service_id: UUID,
    bus: Bus,
    first: FirstDay,
    days: Annotated[int, Query(ge=1, le=35)] = 7,
    location_id: UUID | None = None,
) -> SlotsView:
    """Free slots of a professional, each in the time zone of its place."""
    return await bus.call(
        FindSlots(
            professional_id=professional_id,
            service_id=service_id,
            location_id=location_id,
            from_date=first,
            days=days,
        )
    )


@router.get(
    "/slots",
    responses=documented(FindSlots),
)
async def list_practice_slots(
    service_id: UUID,
    caller: Practice,
    bus: Bus,
    first: FirstDay,
    days: Annotated[int, Query(ge=1, le=35)] = 7,
    location_id: UUID | None = None,
    professional_id: WhichProfessional = None,
) -> SlotsView:
    """Free slots that the practice itself can ask for: at short notice, and where booking online is off."""
    return await bus.call(
        FindSlots(
            professional_id=professional_meant(caller, professional_id),
            service_id=service_id,
            location_id=location_id,
            from_date=first,
            days=days,
            asked_by=OfPractice(by=caller.id, role=caller.role),
        )
    )


@router.get("/clinics/{clinic_id}/slots", responses=documented(FindClinicSlots))
async def list_clinic_slots(
    clinic_id: UUID,
    bus: Bus,
    first: FirstDay,
    days: Annotated[int, Query(ge=1, le=35)] = 7,
    kind: ServiceKind | None = None,
    mode: AppointmentMode | None = None,
    location_id: UUID | None = None,
    limit: Limit = 20,
) -> ClinicSlotsView:
    """The first free slots at a clinic, of all of its professionals together."""
    return await bus.call(
        FindClinicSlots(
            clinic_id=clinic_id,
            location_id=location_id,
            kind=kind,
            mode=mode,
            from_date=first,
            days=days,
            limit=limit,
        )
    )
