"""Submitting a request: the first status it has, its review, and the verification of guests.

Limits on patients live in `limits`, the choice of a slot in `slots`. A repeated command never makes a second
request, and an unverified one is seen by its guest alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain import limits, policy
from services.requests.domain.booking import SHORTEST_REVIEW
from services.requests.domain.limits import Bounds, History
from services.requests.domain.notes import Notes
from services.requests.domain.policy import Policy
from services.requests.domain.request import Request, Timing, confirmed, event_of, is_overdue, now_at
from services.requests.domain.slots import Wanted
from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.contracts.requests.moves import GuestAsked, RequestConfirmed, RequestSubmitted
from shared.contracts.requests.requests import SubmitRequest
from shared.contracts.requests.values import BookingMode, Side

BOUNDS, NOTHING = Bounds(), History()
VERIFY_WITHIN = timedelta(minutes=30)
"""The time in which a guest can verify a request; the slot is held until then."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One slot of an offer, as one side asks for it, under the policy of the practice."""

    side: Side
    wanted: Wanted
    rules: Policy
    history: History = NOTHING
    """The earlier requests of the patient; nothing where the practice asks, as that counts for nobody."""
    knows_patient: bool = True
    """False if the practice asks for a patient who has never asked it for an appointment."""

    @property
    def at_once(self) -> bool:
        """True if nobody has to review the request."""
        return (
            self.side == "professional"
            or self.wanted.offer.booking.mode(self.wanted.offer.service) == "instant"
        )


def refuse_for_others(command: SubmitRequest) -> None:
    """Refuse a patient who asks on behalf of another. Refuses `not_yours`."""
    if command.role == "patient" and command.by != command.patient_id:
        raise refusals.NotYours("Ask for yourself, or for one of your dependents.", field="patient_id")


def submit(
    command: SubmitRequest, asked: Asked, *, timing: Timing, bounds: Bounds = BOUNDS, now: datetime
) -> tuple[Request, list[Event]]:
    """Return a new request: confirmed if the practice asks or books instantly, unverified for a guest.

    Refuses `not_yours` to a practice that does not know the patient; to a patient `too_many_joiners`, and as
    `limits.refuse` does.
    """
    by, offer, slot = asked.side, asked.wanted.offer, asked.wanted.slot
    service, as_guest = offer.service, command.guest and by == "patient"
    if not asked.knows_patient:
        detail = "This works only for patients who have asked this practice for a visit before."
        raise refusals.NotYours(detail, field="patient_id")
    review_until = review_ends(slot.interval.start, lead=offer.booking.lead, timing=timing, asked_at=now)
    request = Request(
        id=command.request_id,
        version=1,
        status="pending",
        patient_id=command.patient_id,
        counts_as=command.counts_as if as_guest else None,
        dependent_id=command.dependent_id,
        professional_id=command.professional_id,
        practice_id=offer.practice_id,
        location_id=slot.location_id,
        service_id=service.id,
        service_name=service.name,
        mode=service.mode,
        starts_at=slot.interval.start,
        ends_at=slot.interval.end,
        held=service.held(slot.interval),
        time_zone=slot.time_zone,
        first_starts_at=slot.interval.start,
        submitted_at=now,
        submitted_by=by,
        verified=not as_guest,
        expires_at=min(now + VERIFY_WITHIN, slot.interval.start) if as_guest else review_until,
        price=service.price,
        notes=Notes(details=command.details, joiners=tuple(command.joiners)),
    )
    if by == "patient":
        limits.refuse(asked.history, request, settings=asked.rules.settings, bounds=bounds, now=now)
        policy.refuse_joiners(asked.rules.settings, len(command.joiners))
    if as_guest:
        return request, [event_of(GuestAsked, request, by=by, now=now, expires_at=request.expires_at)]
    return _asked_for(request, at_once=asked.at_once, rules=asked.rules, now=now)


def verify(
    request: Request, *, booking: BookingMode, rules: Policy, lead: timedelta, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    """Return the request as verified, with time to decide on it; a verified one stays as it is.

    Refuses `request_expired`.
    """
    if request.verified:
        return request, []
    if request.status != "pending" or is_overdue(request, now=now):
        detail = "This request was not confirmed in time, or was cancelled. Send a new one."
        raise refusals.RequestExpired(detail, **now_at(request))
    expires_at = max(
        review_ends(request.starts_at, lead=lead, timing=timing, asked_at=now),
        min(now + SHORTEST_REVIEW, request.starts_at),
    )
    seen = replace(
        request, verified=True, version=request.version + 1, submitted_at=now, expires_at=expires_at
    )
    return _asked_for(seen, at_once=booking == "instant", rules=rules, now=now)


def refuse_unverified(request: Request) -> None:
    """Refuse an action of a guest on a request that is not verified. Refuses `not_verified`."""
    if not request.verified:
        raise refusals.NotVerified()


def joined(request: Request, person_id: UUID) -> Request:
    """Return a guest's request as the one of an account."""
    return replace(request, patient_id=person_id, counts_as=None, version=request.version + 1)


def _asked_for(
    request: Request, *, at_once: bool, rules: Policy, now: datetime
) -> tuple[Request, list[Event]]:
    by = request.submitted_by
    submitted = event_of(RequestSubmitted, request, by=by, now=now, expires_at=request.expires_at)
    if not at_once:
        return request, [submitted]
    accepted = confirmed(replace(request, status="confirmed"), rules, by=by, now=now)
    return accepted, [submitted, event_of(RequestConfirmed, accepted, by=by, now=now)]


def review_ends(starts_at: datetime, *, lead: timedelta, timing: Timing, asked_at: datetime) -> datetime:
    """Return the instant at which an undecided request expires."""
    return min(asked_at + timing.review_lasts, starts_at - lead)


def is_repeat(known: Request, command: SubmitRequest) -> bool:
    """Return whether `command` made `known`, even if that was moved since.

    (Its first time is known only until it is moved. Its patient is another once a guest has joined.)
    """
    return (
        (command.guest or known.patient_id == command.patient_id)
        and known.dependent_id == command.dependent_id
        and known.professional_id == command.professional_id
        and known.service_id == command.service_id
        and known.first_starts_at == command.starts_at
        and (known.version > 1 or command.location_id in (None, known.location_id))
        and known.notes.details == command.details
        and known.notes.joiners == tuple(command.joiners)
    )
