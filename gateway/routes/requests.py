"""Requests: asking for a visit, and looking at what was asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import Caller, ForOneVisit, ForVisits
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, Origin, new_id
from gateway.people import NewGuest, refuse_unknown_dependent, welcomed
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.base import Day
from shared.contracts.requests import requests
from shared.contracts.requests.values import ActingRole

router = APIRouter(prefix="/v1/requests", tags=["requests"])


class NewRequest(requests.RequestDraft, Body):
    """Not for emergencies: if it is urgent, contact local emergency services."""

    patient_id: UUID | None = Field(None, description="For the practice, which asks on their behalf.")
    new_client: NewGuest | None = Field(
        None, description="For the practice, in place of `patient_id`: somebody who has no account."
    )
    dependent_id: UUID | None = Field(None, description="Whom it is for, if not for you.")


class Filter(requests.RequestFilter):
    first_day: Day | None = Field(None, alias="from", description="The first local date.")


@router.post(
    "",
    status_code=201,
    responses=documented(
        requests.SubmitRequest,
        refusals.UnknownDependent,
        refusals.TooManyAttempts,
        refusals.InvalidEmail,
        refusals.InvalidPhone,
    ),
)
async def submit_request(
    body: NewRequest, key: IdempotencyKey, caller: ForVisits, origin: Origin, bus: Bus
) -> requests.RequestView:
    """Ask for a visit. It is not confirmed before the practice accepts it, or lets it be booked at once.

    The practice asks on behalf of a patient, whom it names, or of a new client, to whom a link is mailed;
    that is confirmed. HealthConnect is not for emergencies: if you need urgent or emergency care, contact
    local emergency services or go to the nearest emergency department.
    """
    if body.dependent_id is not None:
        await refuse_unknown_dependent(bus, caller, body.dependent_id)
    async with _for_whom(body, key, caller, bus, origin=origin) as patient_id:
        return await bus.call(
            requests.SubmitRequest.of(
                body,
                request_id=new_id(caller.id, key),
                by=caller.id,
                role=caller.role,
                patient_id=patient_id,
                guest=body.new_client is not None,
            )
        )


@router.get(
    "",
    responses=documented(requests.ListRequests),
)
async def list_requests(
    caller: ForVisits, bus: Bus, query: Annotated[Filter, Query()]
) -> requests.RequestsPage:
    """Your requests: as a patient those you sent, as a professional those you received.

    Latest start first; upcoming and those of some days, soonest first. The front desk names a professional
    or a clinic.
    """
    return await bus.call(requests.ListRequests.of(query, person_id=caller.id, role=caller.role))


@router.get("/sync", responses=documented(requests.SyncRequests))
async def sync_requests(
    caller: ForVisits, bus: Bus, query: Annotated[requests.ChangesFilter, Query()]
) -> requests.ChangesPage:
    """List what changed since the cursor, for a phone that was offline; without a cursor, everything.

    Keep `next_cursor` for the next call. Some requests may come again: ignore versions that you know.
    """
    return await bus.call(requests.SyncRequests.of(query, person_id=caller.id, role=caller.role))


@router.get("/{request_id}", responses=documented(requests.GetRequest))
async def get_request(request_id: UUID, caller: ForOneVisit, bus: Bus) -> requests.RequestView:
    """One request, as it stands."""
    return await bus.call(requests.GetRequest(request_id=request_id, by=caller.id, role=caller.role))


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
    request = requests.GetRequest(request_id=new_id(caller.id, key), by=caller.id, role=caller.role)
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
