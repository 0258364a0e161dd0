"""The directory: search for professionals, and the page of each."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gateway.auth import Professional
from gateway.bus import Bus
from gateway.fields import Body, NewContactCard, NewPlace, Version
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import directory
from shared.contracts.accounts.values import Point
from shared.contracts.base import Instant
from shared.contracts.requests import slots
from shared.errors import Unavailable

router = APIRouter(prefix="/v1", tags=["directory"])


class FoundProfessional(directory.ProfessionalView):
    next_free: slots.OfferedSlot | None = Field(description="The next free slot in 35 days.")


class FoundProfessionals(BaseModel):
    """`next_free_known` is false while it cannot be asked: then no one's is told."""

    professionals: list[FoundProfessional]
    next_free_known: bool
    next_cursor: str | None


class NewDirectoryEntry(directory.DirectoryEntrySettings, Body):
    version: Version
    contact: NewContactCard = NewContactCard()
    place: NewPlace | None = None


class Filter(directory.Search):
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False, description="WGS 84, degrees.")
    longitude: float | None = Field(
        None, ge=-180, le=180, allow_inf_nan=False, description="WGS 84, degrees."
    )
    free_before: Instant | None = Field(
        None, description="Only those whose next free slot starts before; a page may then hold fewer."
    )


@router.get("/professionals", responses=documented(directory.FindProfessionals))
async def find_professionals(bus: Bus, query: Annotated[Filter, Query()]) -> FoundProfessionals:
    """Find a professional: nearest first if a point is given, else best match of the name, else by name."""
    latitude, longitude, free_before = query.latitude, query.longitude, query.free_before
    if (latitude is None) != (longitude is None):
        field = "latitude" if latitude is None else "longitude"
        raise refusals.MissingField(f"Add {field}. A point needs both coordinates.", field=field)
    near = None
    if latitude is not None and longitude is not None:
        near = Point(latitude=latitude, longitude=longitude)
    page = await bus.call(directory.FindProfessionals.of(query, near=near))
    times: dict[UUID, slots.OfferedSlot] | None = None
    if page.professionals:
        ids = [each.professional_id for each in page.professionals]
        times = await _next_free(
            bus, slots.FindNextFree(professional_ids=ids, kind=query.service, mode=query.mode)
        )
    found = [
        FoundProfessional.of(each, next_free=(times or {}).get(each.professional_id))
        for each in page.professionals
    ]
    if free_before is not None and times is not None:
        found = [each for each in found if each.next_free and each.next_free.starts_at < free_before]
    return FoundProfessionals(
        professionals=found,
        next_free_known=times is not None or not page.professionals,
        next_cursor=page.next_cursor,
    )


@router.get("/professionals/{professional_id}", responses=documented(directory.GetDirectoryEntry))
async def get_professional(professional_id: UUID, bus: Bus) -> directory.DirectoryEntryView:
    """Show the page of a professional, with their contact card and those of their clinics."""
    return await bus.call(directory.GetDirectoryEntry(professional_id=professional_id))


@router.get("/listing", responses=documented(directory.GetDirectoryEntry))
async def get_my_listing(caller: Professional, bus: Bus) -> directory.DirectoryEntryView:
    """Your page in the directory."""
    return await bus.call(directory.GetDirectoryEntry(professional_id=caller.id))


@router.put(
    "/listing",
    responses=documented(directory.PublishDirectoryEntry, refusals.InvalidEmail, refusals.InvalidPhone),
)
async def publish_listing(
    body: NewDirectoryEntry, caller: Professional, bus: Bus
) -> directory.DirectoryEntryView:
    """Change your page. Its contact card shows what you set there, and nothing else of yours."""
    return await bus.call(directory.PublishDirectoryEntry.of(body, professional_id=caller.id))


async def _next_free(bus: Bus, command: slots.FindNextFree) -> dict[UUID, slots.OfferedSlot] | None:
    """None where it cannot be asked: whom there is can be told all the same."""
    try:
        answer = await bus.call(command)
    except Unavailable as reason:
        structlog.get_logger().warning("next_free_unknown", reason=str(reason))
        return None
    return {each.professional_id: each for each in answer.times}
