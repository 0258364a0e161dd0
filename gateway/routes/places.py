"""Locations of a practice."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, Version, new_id
from gateway.practice import WhichClinic
from gateway.problems.description import documented
from shared.contracts.base import TimeZone
from shared.contracts.requests import places

router = APIRouter(prefix="/v1", tags=["hours"])


class _Place(places.LocationSettings, Body):
    address: places.Address = Field("", examples=["Via Roma 1, 00184 Roma"])


class NewLocation(_Place):
    time_zone: TimeZone = Field(examples=["Europe/Rome"])


class ChangedLocation(_Place):
    version: Version


@router.post(
    "/locations",
    status_code=201,
    responses=documented(places.AddLocation),
)
async def add_location(
    body: NewLocation, key: IdempotencyKey, caller: Practice, bus: Bus, clinic_id: WhichClinic = None
) -> places.LocationView:
    """A place where a practice sees people. Its time zone stays for good."""
    return await bus.call(
        places.AddLocation.of(
            body,
            location_id=new_id(caller.id, key),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            postal_address=body.address,
        )
    )


@router.put(
    "/locations/{location_id}",
    responses=documented(places.ChangeLocation),
)
async def change_location(
    location_id: UUID, body: ChangedLocation, caller: Practice, bus: Bus
) -> places.LocationView:
    """Change the name, the address or the holiday region of a location."""
    return await bus.call(
        places.ChangeLocation.of(
            body, location_id=location_id, by=caller.id, role=caller.role, postal_address=body.address
        )
    )


@router.get("/professionals/{professional_id}/locations", responses=documented(places.ListLocations))
async def list_professional_locations(professional_id: UUID, bus: Bus) -> places.LocationsView:
    """List the locations where a professional sees patients."""
    return await bus.call(places.ListLocations(professional_id=professional_id))


@router.get("/clinics/{clinic_id}/locations", responses=documented(places.ListLocations))
async def list_clinic_locations(clinic_id: UUID, bus: Bus) -> places.LocationsView:
    """List the locations of a clinic."""
    return await bus.call(places.ListLocations(clinic_id=clinic_id))
