"""The rules of a practice: what cancelling and moving a visit takes."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StrictBool, StrictInt

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.fields import Body, NewMoney, Seen, money
from gateway.practice import WhichClinic
from gateway.problems.description import documented
from shared.contracts.requests.policies import GetPolicy, Late, PolicySettings, PolicyView, SetPolicy, Window
from shared.contracts.requests.values import MOST_JOINERS

router = APIRouter(prefix="/v1", tags=["hours"])


class NewWindow(Body):
    """Up to `hours` before the start it is free; after that `then` holds."""

    hours: Annotated[StrictInt, Field(ge=0, le=8760)] = 24
    then: Late = Field("call_to_cancel", description="Numbers to call; a fee; or it cannot be done online.")
    fee: NewMoney | None = Field(None, description="Where `then` is fee.")

    def window(self) -> Window:
        return Window(hours=self.hours, then=self.then, fee=money(self.fee))


class NewPolicy(Body):
    version: Seen
    cancel: NewWindow = Field(default_factory=NewWindow)
    reschedule: Literal["off", "request", "instant"] = Field(
        "request", description="Whether patients move a confirmed visit, and whether that is reviewed."
    )
    reschedule_window: NewWindow = Field(default_factory=NewWindow)
    card_required: StrictBool = Field(False, description="Patients see it; nothing asks for a card yet.")
    joiners: Annotated[StrictInt, Field(ge=0, le=MOST_JOINERS, description="Others who may come along.")] = 1
    open_per_patient: Annotated[StrictInt, Field(ge=1, le=50)] | None = Field(
        None, description="Open requests and visits to come that one patient can have here."
    )
    asked_per_day: Annotated[StrictInt, Field(ge=1, le=50)] | None = Field(
        None, description="Requests that one patient can send here within 24 hours."
    )


@router.put(
    "/policy",
    responses=documented(SetPolicy),
)
async def set_policy(
    body: NewPolicy, caller: Practice, bus: Bus, clinic_id: WhichClinic = None
) -> PolicyView:
    """Set the policy for appointments confirmed from now on; earlier ones keep their terms."""
    settings = PolicySettings(
        cancel=body.cancel.window(),
        reschedule=body.reschedule,
        reschedule_window=body.reschedule_window.window(),
        card_required=body.card_required,
        joiners=body.joiners,
        open_per_patient=body.open_per_patient,
        asked_per_day=body.asked_per_day,
    )
    return await bus.call(
        SetPolicy(
            clinic_id=clinic_id, by=caller.id, role=caller.role, version=body.version, settings=settings
        )
    )


@router.get("/practices/{practice_id}/policy", responses=documented(GetPolicy))
async def get_policy(practice_id: UUID, bus: Bus) -> PolicyView:
    """The rules of a clinic, or of a professional who works alone."""
    return await bus.call(GetPolicy(practice_id=practice_id))
