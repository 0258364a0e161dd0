"""The directory: search for professionals, and the page of each."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StrictBool

from gateway.auth import Professional
from gateway.bus import Bus
from gateway.fields import Body, Cursor, Instant, Limit, NewContact, NewPlace, Version
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.directory import (
    DirectoryEntryView,
    FindProfessionals,
    GetDirectoryEntry,
    ProfessionalView,
    PublishDirectoryEntry,
    Specialties,
    Specialty,
)
from shared.contracts.accounts.values import Language, Point
from shared.contracts.base import Line
from shared.contracts.requests.slots import FindNextFree, OfferedSlot
from shared.contracts.requests.values import AppointmentMode, ServiceKind
from shared.errors import Unavailable

router = APIRouter(prefix="/v1", tags=["directory"])


class FoundProfessional(ProfessionalView):
    next_free: OfferedSlot | None = Field(description="The next free slot in 35 days.")


class FoundProfessionals(BaseModel):
    """`next_free_known` is false while it cannot be asked: then no one's is told."""

    professionals: list[FoundProfessional]
    next_free_known: bool
    next_cursor: str | None


class NewListing(Body):
    version: Version
    listed: StrictBool = Field(True, description="Whether searches find you.")
    specialties: Specialties = Field([], examples=[["cardiology"]])
    accepting_new_patients: StrictBool = True
    contact: NewContact = NewContact()
    place: NewPlace | None = None


Latitude = Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False, description="WGS 84, degrees.")]
Longitude = Annotated[
    float | None, Query(ge=-180, le=180, allow_inf_nan=False, description="WGS 84, degrees.")
]


@router.get("/professionals", responses=documented(FindProfessionals))
async def find_professionals(
    bus: Bus,
    name: Annotated[
        Line | None,
        Query(min_length=1, max_length=100, description="With or without accents, and almost right."),
    ] = None,
    specialty: Specialty | None = None,
    service: ServiceKind | None = None,
    mode: AppointmentMode | None = None,
    language: Language | None = None,
    accepting_new_patients: bool | None = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    within_km: Annotated[float, Query(gt=0, le=500, allow_inf_nan=False)] = 25,
    free_before: Annotated[
        Instant | None,
        Query(description="Only those whose next free slot starts before; a page may then hold fewer."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> FoundProfessionals:
    """Find a professional: nearest first if a point is given, else best match of the name, else by name."""
    if (latitude is None) != (longitude is None):
        field = "latitude" if latitude is None else "longitude"
        raise refusals.MissingField(f"Add {field}. A point needs both coordinates.", field=field)
    near = None
    if latitude is not None and longitude is not None:
        near = Point(latitude=latitude, longitude=longitude)
    page = await bus.call(
        FindProfessionals(
            name=name,
            specialty=specialty,
            service=service,
            mode=mode,
            language=language,
            accepting_new_patients=accepting_new_patients,
            near=near,
            within_km=within_km,
            cursor=cursor,
            limit=limit,
        )
    )
    times: dict[UUID, OfferedSlot] | None = None
    if page.professionals:
        ids = [each.professional_id for each in page.professionals]
        times = await _next_free(bus, FindNextFree(professional_ids=ids, kind=service, mode=mode))
    found = [
        FoundProfessional(**dict(each), next_free=(times or {}).get(each.professional_id))
        for each in page.professionals
    ]
    if free_before is not None and times is not None:
        found = [each for each in found if each.next_free and each.next_free.starts_at < free_before]
    return FoundProfessionals(
        professionals=found,
        next_free_known=times is not None or not page.professionals,
        next_cursor=page.next_cursor,
    )


@router.get("/professionals/{professional_id}", responses=documented(GetDirectoryEntry))
async def get_professional(professional_id: UUID, bus: Bus) -> DirectoryEntryView:
    """Show the page of a professional, with their contact card and those of their clinics."""
    return await bus.call(GetDirectoryEntry(professional_id=professional_id))


_MINE = ("not_signed_in", "wrong_role", "unknown_professional")


@router.get("/listing", responses=documented(GetDirectoryEntry))
async def get_my_listing(caller: Professional, bus: Bus) -> DirectoryEntryView:
    """Your page in the directory."""
    return await bus.call(GetDirectoryEntry(professional_id=caller.id))


@router.put(
    "/listing",
    responses=documented(PublishDirectoryEntry, refusals.InvalidEmail, refusals.InvalidPhone),
)
async def publish_listing(body: NewListing, caller: Professional, bus: Bus) -> DirectoryEntryView:
    """Change your page. Its contact card shows what you set there, and nothing else of yours."""
    return await bus.call(
        PublishDirectoryEntry(
            professional_id=caller.id,
            version=body.version,
            listed=body.listed,
            specialties=body.specialties,
            accepting_new_patients=body.accepting_new_patients,
            contact=body.contact.card(),
            place=body.place.place() if body.place else None,
        )
    )


async def _next_free(bus: Bus, command: FindNextFree) -> dict[UUID, OfferedSlot] | None:
    """None where it cannot be asked: whom there is can be told all the same."""
    try:
        answer = await bus.call(command)
    except Unavailable as reason:
        structlog.get_logger().warning("next_free_unknown", reason=str(reason))
        return None
    return {each.professional_id: each for each in answer.times}
