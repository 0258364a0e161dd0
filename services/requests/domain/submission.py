"""Asking for a visit."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain import policy
from services.requests.domain.policy import Policy
from services.requests.domain.request import Request, Timing, announce, confirmed
from services.requests.domain.service import Service
from services.requests.domain.slots import Slot
from services.requests.domain.words import Words
from shared.contracts.base import Event
from shared.contracts.requests.moves import RequestConfirmed, RequestSubmitted
from shared.contracts.requests.values import BookingMode, Side
from shared.contracts.requests.visits import SubmitRequest


def submit(
    demand: SubmitRequest,
    *,
    by: Side,
    booking: BookingMode,
    service: Service,
    slot: Slot,
    practice_id: UUID,
    rules: Policy,
    lead: timedelta,
    timing: Timing,
    now: datetime,
) -> tuple[Request, list[Event]]:
    """What the practice asks for itself, or lets be booked at once, is confirmed.

    Refuses `too_many_joiners`.
    """
    if by == "patient":
        policy.refuse_joiners(rules.settings, len(demand.joiners))
    request = Request(
        id=demand.request_id,
        version=1,
        status="pending",
        patient_id=demand.patient_id,
        dependent_id=demand.dependent_id,
        professional_id=demand.professional_id,
        practice_id=practice_id,
        location_id=slot.location_id,
        service_id=service.id,
        service_name=service.name,
        mode=service.mode,
        starts_at=slot.visit.start,
        ends_at=slot.visit.end,
        held=service.held(slot.visit),
        time_zone=slot.time_zone,
        first_starts_at=slot.visit.start,
        submitted_at=now,
        submitted_by=by,
        expires_at=review_ends(slot.visit.start, lead=lead, timing=timing, asked_at=now),
        price=service.price,
        words=Words(details=demand.details, joiners=tuple(demand.joiners)),
    )
    submitted = announce(RequestSubmitted, request, by=by, now=now, expires_at=request.expires_at)
    if by == "patient" and booking == "request":
        return request, [submitted]
    accepted = confirmed(replace(request, status="confirmed"), rules, now=now)
    return accepted, [submitted, announce(RequestConfirmed, accepted, by=by, now=now)]


def review_ends(starts_at: datetime, *, lead: timedelta, timing: Timing, asked_at: datetime) -> datetime:
    """When a request expires that nobody decided on."""
    return min(asked_at + timing.review_lasts, starts_at - lead)


def is_repeat(known: Request, demand: SubmitRequest) -> bool:
    """Whether `demand` is the very one that made `known`, wherever that has moved since.

    (Where it was first is known only until it is changed.)
    """
    return (
        known.patient_id == demand.patient_id
        and known.dependent_id == demand.dependent_id
        and known.professional_id == demand.professional_id
        and known.service_id == demand.service_id
        and known.first_starts_at == demand.starts_at
        and (known.version > 1 or demand.location_id in (None, known.location_id))
        and known.words.details == demand.details
        and known.words.joiners == tuple(demand.joiners)
    )
