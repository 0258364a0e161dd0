"""The rules of a practice: what cancelling and moving a visit takes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt

from shared.contracts.base import Command, Message, Money
from shared.contracts.requests.values import MOST_JOINERS, ActingRole

Late = Literal["call_to_cancel", "fee", "forbid"]
"""The consequence of a late change: the patient calls, owes a fee, or is refused."""


class Window(Message):
    """Up to `hours` before the start it is free; after that `then` holds, with the `fee` where it is one."""

    hours: Annotated[int, Field(ge=0, le=8760)] = 24
    then: Late = "call_to_cancel"
    fee: Money | None = None


class Promises(Message):
    """The terms of a practice; a confirmed request keeps those that were in force."""

    cancel: Window = Window()
    reschedule: Literal["off", "request", "instant"] = "request"
    """The mode in which patients may move a confirmed appointment; `request` is reviewed by the practice."""
    reschedule_window: Window = Window()
    card_required: bool = False
    joiners: Annotated[int, Field(ge=0, le=MOST_JOINERS)] = 1
    """The most companions that may come along."""


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

    refuses = "not_yours unknown_account stale_version fee_missing two_currencies"
    clinic_id: UUID | None = None
    by: UUID
    role: ActingRole
    version: NonNegativeInt
    settings: PolicySettings


class GetPolicy(Command[PolicyView]):
    """Of a clinic, or of a professional who works alone."""

    practice_id: UUID


class Terms(Promises):
    """The terms promised when a request was confirmed."""

    policy_version: NonNegativeInt
    price: Money | None
