"""The rules of a practice: what cancelling and moving a visit takes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt, StrictBool, StrictInt

from shared.contracts.base import Command, Message, Money
from shared.contracts.requests.values import MOST_JOINERS, ActingRole, BookingMode

Late = Literal["call_to_cancel", "fee", "forbid"]
"""The consequence of a late change: the patient calls, owes a fee, or is refused."""


class LateChangeRule(Message):
    """Up to `hours` before the start it is free; after that `then` holds, with the `fee` where it is one."""

    hours: StrictInt = Field(24, ge=0, le=8760)
    then: Late = Field("call_to_cancel", description="Numbers to call; a fee; or it cannot be done online.")
    fee: Money | None = None


class Promises(Message):
    """The terms of a practice; a confirmed request keeps those that were in force."""

    cancel: LateChangeRule = LateChangeRule()
    reschedule: BookingMode = Field(
        "request", description="Whether patients move a confirmed visit, and whether that is reviewed."
    )
    reschedule_window: LateChangeRule = LateChangeRule()
    card_required: StrictBool = Field(False, description="Patients see it; nothing asks for a card yet.")
    joiners: StrictInt = Field(1, ge=0, le=MOST_JOINERS, description="Others who may come along.")


class PolicySettings(Promises):
    """The promises of a practice, and its limits on the requests of one patient."""

    open_per_patient: Annotated[StrictInt, Field(ge=1, le=50)] | None = Field(
        None, description="Open requests and visits to come that one patient can have here."
    )
    """None: only the limits of the platform count, here and below."""
    asked_per_day: Annotated[StrictInt, Field(ge=1, le=50)] | None = Field(
        None, description="Requests that one patient can send here within 24 hours."
    )


class AppointmentPolicy(PolicySettings):
    """`version` is 0 where nothing was ever set."""

    practice_id: UUID
    version: NonNegativeInt


class SetPolicy(Command[AppointmentPolicy]):
    """Of a clinic, by its owner, or of the professional who sets it where no clinic is named."""

    refuses = "not_yours unknown_account stale_version fee_missing two_currencies"
    clinic_id: UUID | None = None
    by: UUID
    role: ActingRole
    version: NonNegativeInt
    settings: PolicySettings


class GetPolicy(Command[AppointmentPolicy]):
    """Of a clinic, or of a professional who works alone."""

    practice_id: UUID


class AppointmentTerms(Promises):
    """The terms promised when a request was confirmed."""

    policy_version: NonNegativeInt
    price: Money | None
