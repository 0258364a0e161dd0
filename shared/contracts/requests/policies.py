"""The rules of a practice: what cancelling and moving a visit takes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt

from shared.contracts.base import Command, Message, Money
from shared.contracts.requests.values import MOST_JOINERS, ActingRole

Late = Literal["call_to_cancel", "fee", "forbid"]
"""What a patient meets who comes after the window: numbers to call, a fee, or a no."""


class Window(Message):
    """Up to `hours` before the start it is free; after that `then` holds, with the `fee` where it is one."""

    hours: Annotated[int, Field(ge=0, le=8760)] = 24
    then: Late = "call_to_cancel"
    fee: Money | None = None


class Promises(Message):
    """What a practice promises and asks; a visit keeps what was in force when it was confirmed."""

    cancel: Window = Window()
    reschedule: Literal["off", "request", "instant"] = "request"
    """Whether patients may move a confirmed visit, and whether somebody reviews that."""
    reschedule_window: Window = Window()
    card_required: bool = False
    joiners: Annotated[int, Field(ge=0, le=MOST_JOINERS)] = 1
    """How many others may come along."""


class PolicySettings(Promises):
    """The promises of a practice, and its limits on the requests of one patient."""

    open_per_patient: Annotated[int, Field(ge=1, le=50)] | None = None
    """Open requests and visits to come that one patient may have; None: only the platform limits count."""
    asked_per_day: Annotated[int, Field(ge=1, le=50)] | None = None
    """Requests that one patient may make within 24 hours; None: only the platform limits count."""


class PolicyView(PolicySettings):
    """`version` is 0 where nothing was ever set."""

    practice_id: UUID
    version: NonNegativeInt


class SetPolicy(Command[PolicyView]):
    """Of a clinic, by its owner, or of the professional who sets it where no clinic is named."""

    clinic_id: UUID | None = None
    by: UUID
    role: ActingRole
    version: NonNegativeInt
    settings: PolicySettings


class GetPolicy(Command[PolicyView]):
    """Of a clinic, or of a professional who works alone."""

    practice_id: UUID


class Terms(Promises):
    """What was promised when a visit was confirmed."""

    policy_version: NonNegativeInt
    price: Money | None
