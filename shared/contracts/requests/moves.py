"""Every step in the life of a request, as the other services hear of it."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.base import Event, Money
from shared.contracts.requests.values import DeclineReason, Outcome


class _RequestMoved(Event):
    """`version` is the request's after the move; `by` is the role that moved it."""

    subject: ClassVar[str] = "request_id"

    request_id: UUID
    patient_id: UUID
    professional_id: UUID
    practice_id: UUID | None = None
    """The practice of the visit: a clinic, or a professional who works alone."""
    service_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by: Literal["patient", "professional", "system"]


class RequestSubmitted(_RequestMoved):
    expires_at: AwareDatetime


class GuestAsked(_RequestMoved):
    """A guest submits a request that nobody else sees until they verify their mail address.

    They have until `expires_at`; a verified request is published as RequestSubmitted.
    """

    expires_at: AwareDatetime


class RequestConfirmed(_RequestMoved):
    handed_over: bool = False
    """The same step hands the visit over, as RequestHandedOver tells."""


class RequestDeclined(_RequestMoved):
    reason: DeclineReason | None = None


class RequestCancelled(_RequestMoved):
    """`reason` is there where nobody decided it, as an account was closed or erased, and where the
    professional had left the clinic.

    `fee` is what the patient owes for cancelling late.
    """

    reason: Literal["account_closed", "account_erased", "professional_left"] | None = None
    fee: Money | None = None


class RequestRescheduled(_RequestMoved):
    """The visit has another time; `fee` is what the patient owes for moving it late."""

    old_starts_at: AwareDatetime
    old_ends_at: AwareDatetime
    fee: Money | None = None
    handed_over: bool = False
    """The same step hands the visit over, as RequestHandedOver tells; its time may be what it was."""


class RequestCompleted(_RequestMoved):
    outcome: Outcome = "attended"


class CompletionUndone(_RequestMoved):
    """The visit is confirmed again, as if it had not been completed."""


class RequestExpired(_RequestMoved):
    pass


class ProposalMade(_RequestMoved):
    """Somebody holds another time for the visit, from `proposed_at` on, until `expires_at`."""

    proposal_id: UUID
    proposed_at: AwareDatetime
    expires_at: AwareDatetime
    proposed_professional_id: UUID | None = None
    """The professional who would see the patient, if the visit is handed over with it."""


class ProposalClosed(_RequestMoved):
    """It was not taken. (One that was taken is told by RequestRescheduled.)"""

    proposal_id: UUID
    state: Literal["declined", "withdrawn", "expired"]


class FollowUpAsked(_RequestMoved):
    follow_up_id: UUID


class FollowUpAnswered(_RequestMoved):
    follow_up_id: UUID


class RequestUnstaffed(_RequestMoved):
    """The professional has left the clinic: the visit stays the clinic's, without a professional."""


class RequestHandedOver(_RequestMoved):
    """The patient accepted another professional of the clinic for a visit that was unstaffed."""

    old_professional_id: UUID


RequestMoved = (
    RequestSubmitted
    | RequestConfirmed
    | RequestDeclined
    | RequestCancelled
    | RequestRescheduled
    | RequestCompleted
    | CompletionUndone
    | RequestExpired
    | ProposalMade
    | ProposalClosed
    | FollowUpAsked
    | FollowUpAnswered
)
"""Every step in the life of a request."""


class RequestsRead(Event):
    """Somebody other than the patient saw requests: one event for each look at them."""

    subject: ClassVar[str] = "read_id"

    read_id: UUID
    by: UUID
    role: Literal["professional", "front_desk"]
    request_ids: list[UUID]
    patient_ids: list[UUID]


class VisitsErased(Event):
    """Open requests of a person are cancelled and their notes deleted; ids and times stay."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID
