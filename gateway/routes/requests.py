"""Requests: a patient asks, a professional decides."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import ForVisits, Patient, Practice
from gateway.bus import Bus
from gateway.description import documented
from gateway.fields import Body, Cursor, IdempotencyKey, Instant, Limit, Version, new_id
from shared.contracts.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    Details,
    GetRequest,
    ListRequests,
    RequestsPage,
    RequestView,
    Status,
    SubmitRequest,
)

router = APIRouter(prefix="/v1/requests", tags=["requests"])


class NewRequest(Body):
    """Not for emergencies: if it is urgent, contact local emergency services."""

    professional_id: UUID
    service_id: UUID
    starts_at: Instant = Field(examples=["2027-03-01T09:00:00+01:00"], description="Start of a free slot.")
    details: Details = Field(
        "",
        examples=["A cough that will not go."],
        description="What the professional should know before the visit.",
    )


class Decision(Body):
    version: Version


_SEEN = ("not_signed_in", "wrong_role", "not_yours", "unknown_request")
_DECIDED = (*_SEEN, "stale_version", "wrong_status", "request_expired")


@router.post(
    "",
    status_code=201,
    responses=documented(
        "idempotency_key_missing",
        "not_signed_in",
        "wrong_role",
        "unknown_account",
        "unknown_professional",
        "unknown_service",
        "slot_taken",
        "idempotency_key_reused",
        "in_the_past",
        "too_soon",
        "too_far_ahead",
        "outside_hours",
        "not_a_slot",
        body=True,
    ),
)
async def submit(body: NewRequest, key: IdempotencyKey, caller: Patient, bus: Bus) -> RequestView:
    """Ask for a visit. It is not confirmed before the professional accepts it.

    HealthConnect is not for emergencies: if you need urgent or emergency care, contact local emergency
    services or go to the nearest emergency department.
    """
    return await bus.call(
        SubmitRequest(
            request_id=new_id(caller.id, key),
            patient_id=caller.id,
            professional_id=body.professional_id,
            service_id=body.service_id,
            starts_at=body.starts_at,
            details=body.details,
        )
    )


@router.get("", responses=documented("not_signed_in", "wrong_role", "not_yours", "bad_cursor"))
async def my_requests(
    caller: ForVisits,
    bus: Bus,
    professional_id: UUID | None = None,
    status: Status | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RequestsPage:
    """Your requests: as a patient those you sent, as a professional those you received; latest start first.

    The front desk of a clinic names the professional whose requests it wants.
    """
    return await bus.call(
        ListRequests(
            person_id=caller.id,
            role=caller.role,
            professional_id=professional_id,
            status=status,
            cursor=cursor,
            limit=limit,
        )
    )


@router.get("/{request_id}", responses=documented(*_SEEN))
async def one_request(request_id: UUID, caller: ForVisits, bus: Bus) -> RequestView:
    """One request, as it stands."""
    return await bus.call(GetRequest(request_id=request_id, by=caller.id, role=caller.role))


@router.post("/{request_id}/confirm", responses=documented(*_DECIDED, body=True))
async def confirm(request_id: UUID, body: Decision, caller: Practice, bus: Bus) -> RequestView:
    """Accept a request: only now the visit is confirmed."""
    return await bus.call(
        ConfirmRequest(request_id=request_id, by=caller.id, role=caller.role, version=body.version)
    )


@router.post("/{request_id}/decline", responses=documented(*_DECIDED, body=True))
async def decline(request_id: UUID, body: Decision, caller: Practice, bus: Bus) -> RequestView:
    """Turn a request down; its time is free again."""
    return await bus.call(
        DeclineRequest(request_id=request_id, by=caller.id, role=caller.role, version=body.version)
    )


@router.post("/{request_id}/cancel", responses=documented(*_DECIDED, "too_late", body=True))
async def cancel(request_id: UUID, body: Decision, caller: ForVisits, bus: Bus) -> RequestView:
    """Call a visit off, as patient or as professional; its time is free again."""
    return await bus.call(
        CancelRequest(request_id=request_id, by=caller.id, role=caller.role, version=body.version)
    )


@router.post(
    "/{request_id}/complete",
    responses=documented(*_DECIDED, "too_early", body=True),
)
async def complete(request_id: UUID, body: Decision, caller: Practice, bus: Bus) -> RequestView:
    """Mark a visit complete, once it has started."""
    return await bus.call(
        CompleteRequest(request_id=request_id, by=caller.id, role=caller.role, version=body.version)
    )
