"""Care relations: whose patient a person is, by the events of requests, and the effects on their data.

Events arrive in any order and more than once; the result is the same. Nothing here says what was asked for.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from shared.contracts.accounts import refusals
from shared.contracts.requests import moves

CareEvent = moves.RequestMoved | moves.GuestAsked | moves.RequestHandedOver | moves.RequestUnstaffed

MAY_SEE = ("pending", "confirmed", "completed")
"""A visit in one of these makes its patient one whose name and numbers the professional may see."""
MAY_SEND_RESET = ("confirmed", "completed")
"""Statuses of a request that let the professional mail a reset link to the patient as well."""

STATUS_AFTER: dict[type[CareEvent], str] = {
    moves.GuestAsked: "asked",
    moves.RequestSubmitted: "pending",
    moves.RequestConfirmed: "confirmed",
    moves.RequestDeclined: "declined",
    moves.RequestCancelled: "cancelled",
    moves.RequestCompleted: "completed",
    moves.RequestExpired: "expired",
    moves.RequestHandedOver: "confirmed",
    moves.CompletionUndone: "confirmed",
}
"""The status of a request after an event; any other event leaves it."""
MAILED_TO_GUESTS = (
    moves.RequestConfirmed,
    moves.RequestDeclined,
    moves.RequestCancelled,
    moves.RequestRescheduled,
    moves.RequestExpired,
    moves.ProposalMade,
    moves.FollowUpAsked,
)
"""Events that a guest is mailed about, unless they caused them: a guest has no inbox."""


@dataclass(frozen=True, kw_only=True)
class CareRelation:
    """A care relation is a visit, as far as accounts needs to know of it.

    `ends_at` is the latest end it ever had, or that was ever proposed for it.
    """

    request_id: UUID
    version: int
    patient_id: UUID
    professional_id: UUID
    practice_id: UUID | None
    status: str
    ends_at: datetime | None


def from_event(event: CareEvent, *, patient_id: UUID) -> CareRelation | None:
    """Return the visit after an event, with its patient by now; None where the event changes no status."""
    if type(event) not in STATUS_AFTER:
        return None
    return CareRelation(
        request_id=event.request_id,
        version=event.version,
        patient_id=patient_id,
        professional_id=event.professional_id,
        practice_id=event.practice_id,
        status=STATUS_AFTER[type(event)],
        ends_at=event.ends_at,
    )


def initial(event: CareEvent, *, patient_id: UUID) -> CareRelation:
    """Return a visit about which no event has arrived yet that gives anybody a right."""
    return CareRelation(
        request_id=event.request_id,
        version=0,
        patient_id=patient_id,
        professional_id=event.professional_id,
        practice_id=event.practice_id,
        status="asked",
        ends_at=latest_end(event),
    )


def latest_end(event: CareEvent) -> datetime:
    """Return the end of the visit, or the proposed end if that is later."""
    if not isinstance(event, moves.ProposalMade):
        return event.ends_at
    return max(event.ends_at, event.proposed_at + (event.ends_at - event.starts_at))


def mail_to_guest(event: CareEvent, *, before: datetime | None) -> str | None:
    """Return the mail that a guest gets about an event, if any; `before` is the latest end that was known.

    Every mail holds a link that stays valid past the latest end, so each later end needs a mail.
    """
    if isinstance(event, moves.GuestAsked):
        return "guest_asked"
    if isinstance(event, MAILED_TO_GUESTS) and event.by != "patient":
        return "guest_news"
    return "guest_link" if before is not None and latest_end(event) > before else None


def front_desk_mail_id(clinic_id: UUID, event: moves.RequestUnstaffed) -> UUID:
    """Return one id for all appointments that a professional leaves at a clinic on one day (UTC)."""
    return uuid5(clinic_id, f"{event.professional_id}/{event.occurred_at:%Y-%m-%d}")


def no_patient() -> refusals.Refused:
    return refusals.NotYours("This person is not your patient.")
