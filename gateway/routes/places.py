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
from shared.contracts.requests.places import (
    AddLocation,
    Address,
    ChangeLocation,
    Country,
    ListLocations,
    LocationName,
    LocationsView,
    LocationView,
    Subdivision,
)

router = APIRouter(prefix="/v1", tags=["hours"])


class _Place(Body):
    name: LocationName = Field(examples=["Studio Trastevere"])
    address: Address = Field("", examples=["Via Roma 1, 00184 Roma"])
    country: Country | None = Field(None, examples=["IT"], description="Whose public holidays may be kept.")
    subdivision: Subdivision | None = Field(None, examples=["BZ"])


class NewLocation(_Place):
    time_zone: TimeZone = Field(examples=["Europe/Rome"])


class ChangedLocation(_Place):
    version: Version


@router.post(
    "/locations",
    status_code=201,
    responses=documented(AddLocation),
)
async def add_location(
    body: NewLocation, key: IdempotencyKey, caller: Practice, bus: Bus, clinic_id: WhichClinic = None
) -> LocationView:
    """A place where a practice sees people. Its time zone stays for good."""
    return await bus.call(
        AddLocation(
            location_id=new_id(caller.id, key),
            clinic_id=clinic_id,
            by=caller.id,
            role=caller.role,
            name=body.name,
            postal_address=body.address,
            time_zone=body.time_zone,
            country=body.country,
            subdivision=body.subdivision,
        )
    )


@router.put(
    "/locations/{location_id}",
    responses=documented(ChangeLocation),
)
async def change_location(
    location_id: UUID, body: ChangedLocation, caller: Practice, bus: Bus
) -> LocationView:
    """Change the name, the address or the holiday region of a location."""
    return await bus.call(
        ChangeLocation(
            location_id=location_id,
            version=body.version,
            by=caller.id,
            role=caller.role,
            name=body.name,
            postal_address=body.address,
            country=body.country,
            subdivision=body.subdivision,
        )
    )


@router.get("/professionals/{professional_id}/locations", responses=documented(ListLocations))
async def list_professional_locations(professional_id: UUID, bus: Bus) -> LocationsView:
    """List the locations where a professional sees patients."""
    return await bus.call(ListLocations(professional_id=professional_id))


@router.get("/clinics/{clinic_id}/locations", responses=documented(ListLocations))
async def list_clinic_locations(clinic_id: UUID, bus: Bus) -> LocationsView:
    """List the locations of a clinic."""
    return await bus.call(ListLocations(clinic_id=clinic_id))
