"""The rules of a practice: what cancelling and moving a visit takes."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, NewMoney, Seen
from gateway.practice import WhichClinic
from gateway.problems.description import documented
from shared.contracts.requests import policies

router = APIRouter(prefix="/v1", tags=["hours"])


class NewLateChangeRule(policies.LateChangeRule, Body):
    """Up to `hours` before the start it is free; after that `then` holds."""

    fee: NewMoney | None = Field(None, description="Where `then` is fee.")


class NewAppointmentPolicy(policies.PolicySettings, Body):
    version: Seen
    cancel: NewLateChangeRule = Field(default_factory=NewLateChangeRule)
    reschedule_window: NewLateChangeRule = Field(default_factory=NewLateChangeRule)


@router.put(
    "/policy",
    responses=documented(policies.SetPolicy),
)
async def set_policy(
    body: NewAppointmentPolicy, caller: Practice, bus: Bus, clinic_id: WhichClinic = None
) -> policies.AppointmentPolicy:
    """Set the policy for appointments confirmed from now on; earlier ones keep their terms."""
    return await bus.call(
        policies.SetPolicy.of(body, clinic_id=clinic_id, by=caller.id, role=caller.role, settings=body)
    )


@router.get("/practices/{practice_id}/policy", responses=documented(policies.GetPolicy))
async def get_policy(practice_id: UUID, bus: Bus) -> policies.AppointmentPolicy:
    """The rules of a clinic, or of a professional who works alone."""
    return await bus.call(policies.GetPolicy(practice_id=practice_id))
