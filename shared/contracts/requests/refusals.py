"""The refusals of requests. Those that other services share stand in `shared.contracts.refusals`."""

from typing import ClassVar

from shared.contracts.base import Message, Money
from shared.contracts.refusals import *  # noqa: F403
from shared.contracts.refusals import (
    Conflict,
    Fact,
    Invalid,
    TooOften,
    Unknown,
)
from shared.contracts.requests.values import ProposalState, Slot, Status


class RequestStanding(Message):
    """The state and the version of a request."""

    status: Status
    version: int


class ProposalStanding(Message):
    """The state of a proposal."""

    state: ProposalState


_AGAIN_AT = Fact("again_at", str, "The time from which it works again.", "2027-03-01T09:00:00+00:00")
_FREE = {
    "starts_at": "2027-03-01T09:30:00+01:00",
    "ends_at": "2027-03-01T10:00:00+01:00",
    "location_id": "6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11",
    "time_zone": "Europe/Rome",
}


class OutOfStep(Conflict):
    """The request stands otherwise than the caller expects; the refusal tells how."""

    tells: ClassVar[tuple[Fact, ...]] = (
        Fact("request", RequestStanding, "The request as it stands.", {"status": "confirmed", "version": 2}),
    )


class PleaseCall(Conflict):
    """The practice must be called for this. The gateway adds whom to call."""

    tells = (
        Fact(
            "professional_id", str, "The professional of the visit.", "7d9f3a52-2b5e-4f0c-9d3e-0c1b5a7e4f10"
        ),
    )


class UnknownService(Unknown, title="Service not found", field="service_id"):
    detail = "This professional has no service with this id."


class UnknownLocation(Unknown, title="Location not found", field="location_id"):
    detail = "There is no such location. Use one from the list."


class UnknownProposal(Unknown, title="Proposal not found", field="proposal_id"):
    detail = "This proposal no longer exists."


class UnknownFollowUp(Unknown, title="Question not found", field="follow_up_id"):
    detail = "There is no such question."


class SlotTaken(Conflict, title="This time is taken"):
    detail = "This time has just been taken. Choose another."
    tells = (Fact("next_free", list[Slot], "The next free times.", [_FREE]),)


class DayFull(Conflict, title="This day is full", field="starts_at"):
    detail = "The professional's day is full. Choose another day."


class BookingOff(Conflict, title="This service can't be booked online", field="service_id"):
    detail = "This service can't be booked online. Please call the practice."


class ExistingPatientsOnly(Conflict, title="This service is for existing patients only", field="service_id"):
    detail = "This service is for existing patients only. Choose another, or call the practice."


class NotVerified(Conflict, title="Your e-mail address is not confirmed"):
    detail = "Open the link we mailed you, and confirm your request first."


class WrongStatus(OutOfStep, title="The status doesn't allow this"): ...


class RequestExpired(OutOfStep, title="This request has expired"): ...


class TooEarly(Conflict, title="It's too early for this"):
    tells = (
        Fact("opens_at", str, "The time from which the video call can be joined.", "2027-03-01T09:20:00Z"),
    )


class TooLate(OutOfStep, title="It's too late for this"): ...


class NotVideo(Conflict, title="This visit is not by video"):
    detail = "This visit is in person, not by video."


class VideoNotSetUp(Conflict, title="No video call is set up"):
    detail = "No video call is set up for this visit. Please call the practice."


class CallToCancel(PleaseCall, title="Please call to cancel"): ...


class CallToReschedule(PleaseCall, title="Please call to reschedule"): ...


class CancelForbidden(Conflict, title="This visit can no longer be cancelled online"): ...


class RescheduleForbidden(Conflict, title="This visit can no longer be rescheduled online"): ...


class RescheduleOff(Conflict, title="This practice doesn't reschedule visits online"):
    detail = "This practice doesn't reschedule visits online. Please call."


class FeeNotAccepted(Conflict, title="You have to accept a fee", field="accept_fee"):
    detail = "This costs a fee now. To go on, send the fee as accept_fee."
    tells = (Fact("fee", Money, "The cost now.", {"amount_minor": 2500, "currency": "EUR"}),)


class Unstaffed(OutOfStep, title="The professional has left the clinic"):
    detail = "The professional has left the clinic. The clinic can hand the visit over, or cancel it."


class ProposalOpen(OutOfStep, title="Another time has already been proposed"): ...


class ProposalClosed(OutOfStep, title="This proposal is closed"):
    tells = (Fact("proposal", ProposalStanding, "The proposal as it stands.", {"state": "withdrawn"}),)


class TooManyFollowUps(Conflict, title="Too many questions"):
    detail = "This request already has ten questions. Decide on it, or call the patient."


class TooManyOpen(Conflict, title="Too many open requests"):
    tells = (
        Fact("per", str, "The limit that is met.", "professional"),
        Fact("limit", int, "The most requests.", 6),
    )


class UnknownRegion(Invalid, title="No holidays are known for this region"): ...


class InvalidDays(Invalid, title="Invalid days", field="last_day"):
    detail = "The last day can't be before the first, or more than a year after it."


class FeeMissing(Invalid, title="The fee is missing or not allowed here"):
    detail = "Give a fee if `then` is fee, and only then."


class TwoCurrencies(Invalid, title="All fees must have the same currency", field="reschedule_window.fee"):
    detail = "Give all fees of a practice in the same currency."


class TooManyJoiners(Invalid, title="Too many companions", field="joiners"):
    tells = (Fact("most", int, "The most companions.", 1),)


class InvalidHours(Invalid, title="Invalid hours"): ...


class OverlappingHours(Invalid, title="Hours overlap"): ...


class InThePast(Invalid, title="This time is in the past"): ...


class TooSoon(Invalid, title="This time is too soon"): ...


class TooFarAhead(Invalid, title="This time is too far ahead"): ...


class OutsideHours(Invalid, title="This time is outside the professional's hours"): ...


class NotASlot(Invalid, title="No slot starts at this time"): ...


class SameTime(Invalid, title="The visit is already at this time", field="starts_at"):
    detail = "The visit is already at this time."


class TooManyToday(TooOften, title="Too many requests today"):
    tells = (
        Fact("per", str, "The limit that is met.", "patient"),
        Fact("limit", int, "The most requests.", 30),
        _AGAIN_AT,
    )


class GivenUpJustNow(TooOften, title="You gave up this time recently", field="starts_at"):
    detail = "You gave up this time more than once. Choose another time, or ask again later."
    tells = (_AGAIN_AT,)


SEEN = "not_yours joined_account unknown_request"
"""The refusals of everything about one request."""
DECIDED = f"{SEEN} not_allowed stale_version wrong_status request_expired"
"""The refusals of every decision."""
ANSWERED = f"{SEEN} not_allowed unknown_proposal proposal_closed stale_version request_expired"
"""The refusals of every answer to a proposal."""
NOT_THEN = "in_the_past too_soon too_far_ahead outside_hours not_a_slot"
"""The refusals of a time."""
NOT_THERE = f"{NOT_THEN} unknown_professional unknown_location slot_taken day_full"
"""The refusals of a slot."""
OF_PROFESSIONAL = "not_yours unknown_account unknown_professional"
"""The refusals of everything about a professional's calendar."""
