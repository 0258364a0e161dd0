"""Requests: from submission to the end, and their lists.

Proposals live in `proposals`, events in `moves`. A command that changes a request names the version that the
caller has seen.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.base import Command, Instant, Message, Money, Page, Prose, TimeZone
from shared.contracts.requests import values
from shared.contracts.requests.policies import AppointmentTerms
from shared.contracts.requests.refusals import DECIDED, NOT_THERE, SEEN


class ProposalView(Message):
    """Another time for a visit, held until it is answered; `fee` is owed if it is accepted."""

    proposal_id: UUID
    by: values.Side
    state: values.ProposalState
    location_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    expires_at: AwareDatetime
    fee: Money | None
    professional_id: UUID | None = None
    """With a visit that is handed over: the professional who would see the patient."""
    service_id: UUID | None = None


class FollowUpView(Message):
    """A question of the practice, and the patient's answer."""

    follow_up_id: UUID
    question: values.Note
    asked_at: AwareDatetime
    answer: Annotated[Prose | None, Field(repr=False)]
    answered_at: AwareDatetime | None


class RequestView(Message):
    """A request as its patient, its professional and the front desk see it."""

    request_id: UUID
    version: PositiveInt
    status: values.Status
    outcome: values.Outcome | None = None
    patient_id: UUID
    dependent_id: UUID | None = None
    """The patient's dependent that the request is for; None: the patient."""
    professional_id: UUID
    practice_id: UUID
    location_id: UUID
    service_id: UUID
    service_name: values.StoredServiceName
    mode: values.AppointmentMode
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    details: values.Note
    joiners: values.StoredJoiners
    submitted_at: AwareDatetime
    submitted_by: values.Side
    expires_at: AwareDatetime
    """The instant at which it expires; it counts only while the request is pending."""
    confirmed_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    price: Money | None
    terms: AppointmentTerms | None
    """The terms promised at the confirmation."""
    fee: Money | None
    """The fee that the patient owes for cancelling or moving it late."""
    costs: Money | None = None
    """Of a preview: what is owed for this beside that, and has to be accepted."""
    decline_reason: values.DeclineReason | None
    decline_words: values.Note
    verified: bool = True
    """False until a guest has opened the link that was mailed to them; the practice sees it after that."""
    unstaffed: bool = False
    """True once its professional has left the clinic, which then hands it over or cancels it."""
    proposal: ProposalView | None
    """The newest one, in whatever state."""
    follow_ups: list[FollowUpView]


class RequestDraft(Message):
    """The visit that somebody asks for."""

    professional_id: UUID
    service_id: UUID
    location_id: UUID | None = Field(None, description="Where, if the slot is free at several locations.")
    starts_at: Instant = Field(examples=["2027-03-01T09:00:00+01:00"], description="Start of a free slot.")
    details: values.Note = Field(
        "",
        examples=["A cough that will not go."],
        description="What the professional should know before the visit.",
    )
    joiners: values.Joiners = Field(default_factory=list, description="Names of others who come along.")


class SubmitRequest(RequestDraft, Command[RequestView]):
    """Submit a request; repeated with the same id and content it returns that request as it stands.

    `role` is the role the caller is signed in with: a caller on the professional's side submits on behalf of
    the patient, and so confirms it. A `guest` is a patient without an account: they have to verify their own
    request, and it counts for the limits of `counts_as`.
    """

    refuses = (
        f"{NOT_THERE} unknown_account unknown_service booking_off existing_patients_only "
        "too_many_joiners too_many_open too_many_today given_up_just_now idempotency_key_reused "
        "not_yours"
    )
    request_id: UUID
    by: UUID
    role: values.ActingRole
    patient_id: UUID
    dependent_id: UUID | None = None
    guest: bool = False
    counts_as: UUID | None = None


class VerifyRequest(Command[RequestView]):
    """Verify a guest's request, as they have opened its link. Repeating it changes nothing."""

    refuses = f"{SEEN} request_expired too_many_open too_many_today given_up_just_now"
    request_id: UUID
    by: UUID


class _Decision(Command[RequestView]):
    """A change of one request, decided on the `version` the caller has seen."""

    request_id: UUID
    by: UUID
    role: values.ActingRole
    version: PositiveInt


class ConfirmRequest(_Decision):
    refuses = f"{DECIDED} unstaffed"


class Decline(Message):
    reason: values.DeclineReason = "other"
    words: values.Note = Field("", description="To the patient.")


class DeclineRequest(Decline, _Decision):
    refuses = DECIDED


class CancelRequest(_Decision):
    """Cancel a request; with `preview` it returns the result and changes nothing.

    `accept_fee` must be the fee that the patient owes for it.
    """

    refuses = f"{DECIDED} too_late call_to_cancel cancel_forbidden fee_not_accepted"
    preview: bool = False
    accept_fee: Money | None = None


class OtherTime(Message):
    starts_at: Instant = Field(description="Start of a free slot.")
    location_id: UUID | None = None


class RescheduleRequest(OtherTime, _Decision):
    """Move a visit to another free time, or ask for that where the practice reviews it.

    `preview` and `accept_fee` as in CancelRequest. Repeating it changes nothing.
    """

    refuses = (
        f"{NOT_THERE} {DECIDED} same_time too_late proposal_open unstaffed too_many reschedule_off "
        "not_verified call_to_reschedule reschedule_forbidden fee_not_accepted given_up_just_now"
    )
    preview: bool = False
    accept_fee: Money | None = None


class CompleteRequest(_Decision):
    refuses = f"{DECIDED} too_early unstaffed"
    outcome: values.Outcome = "attended"


class UndoCompletion(_Decision):
    """For ten minutes a visit that was completed can be as it was."""

    refuses = f"{DECIDED} too_late"


class GetRequest(Command[RequestView]):
    refuses = SEEN
    request_id: UUID
    by: UUID
    role: values.ActingRole


class RequestsPage(Message):
    requests: list[RequestView]
    next_cursor: str | None


class ChangesFilter(Page):
    professional_id: UUID | None = None


class RequestFilter(ChangesFilter):
    """The filters of a list of requests; those of some days are in start order."""

    clinic_id: UUID | None = Field(None, description="For the front desk: all at a clinic.")
    shown: values.Shown | None = Field(
        None, description="Confirmed and not over; waiting for review, longest first; over or ended."
    )
    unstaffed: bool = Field(False, description="Only open ones whose professional has left.")
    status: values.Status | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None
    first_day: date | None = Field(None, description="The first local date.")
    days: Annotated[int, Field(ge=1, le=35)] = 1
    time_zone: TimeZone | None = Field(None, description="Of these dates; else UTC.")


class ListRequests(RequestFilter, Command[RequestsPage]):
    """List requests: a patient lists those they made, a professional those made to them.

    `professional_id` names the professional, which a front desk must and a professional need not; `clinic_id`
    lists those at a clinic instead. `shown` narrows the list: `upcoming` are confirmed and not over, soonest
    first; `requested` are pending, the longest waiting first; `past` are over or ended, latest start first.
    `first_day` and `days` restrict it to local dates, in start order.
    """

    refuses = "not_yours unknown_time_zone too_far_ahead bad_cursor"
    person_id: UUID
    role: values.ActingRole


class BatchDecision(Decline):
    request_id: UUID
    version: PositiveInt
    decision: Literal["confirm", "decline"]


class BatchResult(Message):
    """The request as it is now, or the code and words of the refusal."""

    request_id: UUID
    request: RequestView | None = None
    code: str | None = None
    detail: str | None = None


class BatchResults(Message):
    results: list[BatchResult]


class DecideBatch(Command[BatchResults]):
    """Each decision stands for itself: one that is refused stops no other."""

    by: UUID
    role: values.ActingRole
    decisions: Annotated[list[BatchDecision], Field(min_length=1, max_length=50)]


class ChangesPage(Message):
    """`more` says whether there are further changes now; `next_cursor` is there always, for the next time."""

    requests: list[RequestView]
    next_cursor: str
    more: bool


class SyncRequests(ChangesFilter, Command[ChangesPage]):
    """Requests that changed since the cursor, or all of them, for a phone that was offline.

    Some may come again: what is known in that version already can be ignored.
    """

    refuses = "not_yours bad_cursor"
    person_id: UUID
    role: values.ActingRole
