"""Requests: asking for a visit, and looking at what was asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import Caller, ForOneVisit, ForVisits
from gateway.bus import Bus
from gateway.fields import Body, Cursor, Day, IdempotencyKey, Instant, Limit, Origin, new_id
from gateway.people import NewGuest, refuse_unknown_dependent, welcomed
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.base import TimeZone
from shared.contracts.requests.requests import (
    ChangesPage,
    GetRequest,
    ListRequests,
    RequestsPage,
    RequestView,
    SubmitRequest,
    SyncRequests,
)
from shared.contracts.requests.values import ActingRole, Joiners, Note, Shown, Status

router = APIRouter(prefix="/v1/requests", tags=["requests"])


class NewRequest(Body):
    """Not for emergencies: if it is urgent, contact local emergency services."""

    professional_id: UUID
    service_id: UUID
    location_id: UUID | None = Field(None, description="Where, if the slot is free at several locations.")
    starts_at: Instant = Field(examples=["2027-03-01T09:00:00+01:00"], description="Start of a free slot.")
    patient_id: UUID | None = Field(None, description="For the practice, which asks on her behalf.")
    new_client: NewGuest | None = Field(
        None, description="For the practice, in place of `patient_id`: somebody who has no account."
    )
    dependent_id: UUID | None = Field(None, description="Whom it is for, if not for you.")
    details: Note = Field(
        "",
        examples=["A cough that will not go."],
        description="What the professional should know before the visit.",
    )
    joiners: Joiners = Field(default_factory=list, description="Names of others who come along.")


@router.post(
    "",
    status_code=201,
    responses=documented(
        SubmitRequest,
        refusals.UnknownDependent,
        refusals.TooManyAttempts,
        refusals.InvalidEmail,
        refusals.InvalidPhone,
    ),
)
async def submit_request(
    body: NewRequest, key: IdempotencyKey, caller: ForVisits, origin: Origin, bus: Bus
) -> RequestView:
    """Ask for a visit. It is not confirmed before the practice accepts it, or lets it be booked at once.

    The practice asks on behalf of a patient, whom it names, or of a new client, to whom a link is mailed;
    that is confirmed. HealthConnect is not for emergencies: if you need urgent or emergency care, contact
    local emergency services or go to the nearest emergency department.
    """
    if body.dependent_id is not None:
        await refuse_unknown_dependent(bus, caller, body.dependent_id)
    async with _for_whom(body, key, caller, bus, origin=origin) as patient_id:
        return await bus.call(
            SubmitRequest(
                request_id=new_id(caller.id, key),
                by=caller.id,
                role=caller.role,
                patient_id=patient_id,
                guest=body.new_client is not None,
                dependent_id=body.dependent_id,
                professional_id=body.professional_id,
                service_id=body.service_id,
                location_id=body.location_id,
                starts_at=body.starts_at,
                details=body.details,
                joiners=body.joiners,
            )
        )


@router.get(
    "",
    responses=documented(ListRequests),
)
async def list_requests(
    caller: ForVisits,
    bus: Bus,
    professional_id: UUID | None = None,
    clinic_id: Annotated[UUID | None, Query(description="For the front desk: all at a clinic.")] = None,
    shown: Annotated[
        Shown | None,
        Query(description="Confirmed and not over; waiting for review, longest first; over or ended."),
    ] = None,
    unstaffed: Annotated[bool, Query(description="Only open ones whose professional has left.")] = False,
    status: Status | None = None,
    service_id: UUID | None = None,
    location_id: UUID | None = None,
    first: Annotated[Day | None, Query(alias="from", description="The first local date.")] = None,
    days: Annotated[int, Query(ge=1, le=35)] = 1,
    time_zone: Annotated[TimeZone | None, Query(description="Of these dates; else UTC.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RequestsPage:
    """Your requests: as a patient those you sent, as a professional those you received.

    Latest start first; upcoming and those of some days, soonest first. The front desk names a professional
    or a clinic.
    """
    return await bus.call(
        ListRequests(
            person_id=caller.id,
            role=caller.role,
            professional_id=professional_id,
            clinic_id=clinic_id,
            shown=shown,
            unstaffed=unstaffed,
            status=status,
            service_id=service_id,
            location_id=location_id,
            first_day=first,
            days=days,
            time_zone=time_zone,
            cursor=cursor,
            limit=limit,
        )
    )


@router.get("/sync", responses=documented(SyncRequests))
async def sync_requests(
    caller: ForVisits,
    bus: Bus,
    professional_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ChangesPage:
    """List what changed since the cursor, for a phone that was offline; without a cursor, everything.

    Keep `next_cursor` for the next call. Some requests may come again: ignore versions that you know.
    """
    return await bus.call(
        SyncRequests(
            person_id=caller.id,
            role=caller.role,
            professional_id=professional_id,
            cursor=cursor,
            limit=limit,
        )
    )


@router.get("/{request_id}", responses=documented(GetRequest))
async def get_request(request_id: UUID, caller: ForOneVisit, bus: Bus) -> RequestView:
    """One request, as it stands."""
    return await bus.call(GetRequest(request_id=request_id, by=caller.id, role=caller.role))


@asynccontextmanager
async def _for_whom(
    body: NewRequest, key: str, caller: Caller[ActingRole], bus: Bus, *, origin: str
) -> AsyncIterator[UUID]:
    """Yield the patient's id. Refuses as `_known_patient` and `welcomed` do."""
    known = _known_patient(body, caller)
    if known is not None or body.new_client is None:
        yield known or caller.id
        return
    guest_id = new_id(caller.id, f"{key}/client")
    request = GetRequest(request_id=new_id(caller.id, key), by=caller.id, role=caller.role)
    async with welcomed(bus, body.new_client, guest_id, request, origin=origin, by=caller.id):
        yield guest_id


def _known_patient(body: NewRequest, caller: Caller[ActingRole]) -> UUID | None:
    """Return the patient, or None for a new client. Refuses `missing_field` and `not_yours`."""
    if caller.role == "patient":
        if body.new_client:
            detail = "Ask for yourself. Only a practice can ask for people who have no account."
            raise refusals.NotYours(detail, field="new_client")
        return body.patient_id or caller.id
    if body.new_client is None:
        if body.patient_id is None:
            raise refusals.MissingField("Add patient_id to say for which patient.", field="patient_id")
        return body.patient_id
    if body.patient_id is not None:
        raise refusals.InvalidValue("Send patient_id or new_client, not both.", field="new_client")
    return None
