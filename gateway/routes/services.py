"""Services of a professional, and the slots that are free for them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, NewMoney, Version, new_id
from gateway.practice import AtClinic, WhichProfessional, professional_meant
from gateway.problems.description import documented
from shared.contracts.base import Day
from shared.contracts.requests import services, slots
from shared.contracts.requests.values import AppointmentMode, ServiceKind, ServiceName

router = APIRouter(prefix="/v1", tags=["hours"])

FirstDay = Annotated[Day, Field(alias="from", description="The first local date.")]


class Slots(slots.SlotFilter):
    from_date: FirstDay


class PracticeSlots(Slots):
    professional_id: WhichProfessional = None


class ClinicSlots(slots.ClinicSlotFilter):
    from_date: FirstDay


class _Settings(Body):
    name: ServiceName = Field(examples=["First visit"])
    price: NewMoney | None = None


class NewService(_Settings, services.NewServiceSettings, extra="forbid"):
    kind: ServiceKind = Field("consultation", description="What searches know of it, whatever it is called.")
    mode: AppointmentMode = "in_person"


class ChangedService(_Settings, services.ServiceSettings, extra="forbid"):
    version: Version


@router.post(
    "/services",
    status_code=201,
    responses=documented(services.AddService),
)
async def add_service(
    body: NewService,
    key: IdempotencyKey,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
    clinic_id: AtClinic = None,
) -> services.ServiceView:
    """Offer a service: a visit type with its length, its price, and who may ask for it.

    One of a clinic is offered there alone, and its front desk may change it; one that a professional offers
    without naming a clinic is theirs, wherever they work.
    """
    return await bus.call(
        services.AddService.of(
            body,
            service_id=new_id(caller.id, key),
            professional_id=professional_meant(caller, professional_id),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            settings=services.ServiceSettings.of(body),
        )
    )


@router.put(
    "/services/{service_id}",
    responses=documented(services.ChangeService),
)
async def change_service(
    service_id: UUID,
    body: ChangedService,
    caller: Practice,
    bus: Bus,
    professional_id: WhichProfessional = None,
) -> services.ServiceView:
    """Change a service, or offer it no longer. Visits that were asked for before stay as they are."""
    return await bus.call(
        services.ChangeService.of(
            body,
            service_id=service_id,
            professional_id=professional_meant(caller, professional_id),
            by=caller.id,
            role=caller.role,
            settings=services.ServiceSettings.of(body),
        )
    )


@router.get("/professionals/{professional_id}/services", responses=documented(services.ListServices))
async def list_services(professional_id: UUID, bus: Bus) -> services.ServicesView:
    """List the services of a professional."""
    return await bus.call(services.ListServices(professional_id=professional_id))


@router.get(
    "/professionals/{professional_id}/slots",
    responses=documented(slots.FindSlots),
)
async def list_slots(professional_id: UUID, bus: Bus, query: Annotated[Slots, Query()]) -> slots.SlotsView:
    """Free slots of a professional, each in the time zone of its place."""
    return await bus.call(slots.FindSlots.of(query, professional_id=professional_id))


@router.get(
    "/slots",
    responses=documented(slots.FindSlots),
)
async def list_practice_slots(
    caller: Practice, bus: Bus, query: Annotated[PracticeSlots, Query()]
) -> slots.SlotsView:
    """Free slots that the practice itself can ask for: at short notice, and where booking online is off."""
    return await bus.call(
        slots.FindSlots.of(
            query,
            professional_id=professional_meant(caller, query.professional_id),
            asked_by=slots.OfPractice(by=caller.id, role=caller.role),
        )
    )


@router.get("/clinics/{clinic_id}/slots", responses=documented(slots.FindClinicSlots))
async def list_clinic_slots(
    clinic_id: UUID, bus: Bus, query: Annotated[ClinicSlots, Query()]
) -> slots.ClinicSlotsView:
    """The first free slots at a clinic, of all of its professionals together."""
    return await bus.call(slots.FindClinicSlots.of(query, clinic_id=clinic_id))
