"""The life of a visit, from the patient's request to its end. Time and identity are arguments."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from services.requests.domain import desk
from services.requests.domain.hours import LEAD_TIME, Span
from services.requests.domain.service import Service
from shared.contracts.base import Event
from shared.contracts.requests import (
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
    RequestSubmitted,
    SubmitRequest,
    VisitRole,
)
from shared.errors import Refused

REVIEW_LASTS = timedelta(hours=72)
"""A request nobody decided on expires after this, or a lead time before its start if that is earlier."""

Side = Literal["patient", "professional"]
"""The two sides of a visit; the front desk is on its professional's."""
Actor = Side | Literal["system"]

Leaving = Literal["account_closed", "account_erased"]
"""Why a visit ends that nobody ended."""

MOVES = {
    ("pending", "confirm"): "confirmed",
    ("pending", "decline"): "declined",
    ("pending", "cancel"): "cancelled",
    ("pending", "expire"): "expired",
    ("confirmed", "cancel"): "cancelled",
    ("confirmed", "complete"): "completed",
}
"""(status, verb) → status after it. Whatever is not here is refused; no way leads out of an end."""

WHO = {
    "confirm": {"professional"},
    "decline": {"professional"},
    "complete": {"professional"},
    "cancel": {"patient", "professional", "system"},
    "expire": {"system"},
}

ANNOUNCED = {
    "confirm": RequestConfirmed,
    "decline": RequestDeclined,
    "cancel": RequestCancelled,
    "complete": RequestCompleted,
    "expire": RequestExpired,
}

HOLDS_ITS_SLOT = ("pending", "confirmed")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A visit. `time_zone`, `service_name` and the times stay as they were when it was asked for."""

    id: UUID
    version: int
    status: str
    patient_id: UUID
    professional_id: UUID
    service_id: UUID
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    details: str
    submitted_at: datetime
    expires_at: datetime


def submit(
    demand: SubmitRequest, *, service: Service, span: Span, time_zone: str, now: datetime
) -> tuple[Request, list[Event]]:
    """`span` is the slot asked for, as `hours.slot_at` found it."""
    request = Request(
        id=demand.request_id,
        version=1,
        status="pending",
        patient_id=demand.patient_id,
        professional_id=demand.professional_id,
        service_id=service.id,
        service_name=service.name,
        starts_at=span.start,
        ends_at=span.end,
        time_zone=time_zone,
        details=demand.details,
        submitted_at=now,
        expires_at=min(now + REVIEW_LASTS, span.start - LEAD_TIME),
    )
    submitted = RequestSubmitted(
        occurred_at=now,
        version=request.version,
        request_id=request.id,
        patient_id=request.patient_id,
        professional_id=request.professional_id,
        service_id=request.service_id,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        by="patient",
        expires_at=request.expires_at,
    )
    return request, [submitted]


def is_repeat(known: Request, demand: SubmitRequest) -> bool:
    """Whether `demand` is the very one that made `known`."""
    return (
        known.patient_id == demand.patient_id
        and known.professional_id == demand.professional_id
        and known.service_id == demand.service_id
        and known.starts_at == demand.starts_at
        and known.details == demand.details
    )


def side_of(request: Request, *, by: UUID, role: VisitRole, front_desk: bool) -> Side:
    """The side she is on in the role she is signed in with; `front_desk` as in `desk.acts_for`.

    Refuses `not_yours`, also to whoever would be let in by another role of hers.
    """
    if role == "patient" and by == request.patient_id:
        return "patient"
    if desk.acts_for(request.professional_id, by=by, role=role, front_desk=front_desk):
        return "professional"
    raise Refused("not_yours", "This request belongs to other people.")


def decide(
    request: Request, verb: str, *, by: Side, version: int, now: datetime
) -> tuple[Request, list[Event]]:
    """What one side does to a request, on the `version` it has seen; doing it again changes nothing.

    Refuses `not_allowed`, `stale_version`, `request_expired`, `too_early`, `too_late` and `wrong_status`.
    """
    if by not in WHO[verb]:
        [other] = WHO[verb]
        raise Refused("not_allowed", f"Only the {other} can {verb} this request.")
    if request.version == version + 1 and request.status in _ends_of(verb):
        return request, []
    if request.version != version:
        detail = "The request has changed since: look at it again, then decide."
        raise Refused("stale_version", detail, field="version", **_now_at(request))
    if is_overdue(request, now=now):
        detail = "Nobody decided on this request in time, so it has expired."
        raise Refused("request_expired", detail, **_now_at(request))
    if (request.status, verb) not in MOVES:
        detail = f"You cannot {verb} a request that is {request.status}."
        raise Refused("wrong_status", detail, **_now_at(request))
    if verb == "complete" and now < request.starts_at:
        raise Refused("too_early", "A visit can be completed once it has started.")
    if verb == "cancel" and request.status == "confirmed" and now >= request.starts_at:
        raise Refused("too_late", "The visit has started: it can no longer be cancelled.", **_now_at(request))
    return _move(request, verb, by=by, now=now)


def is_overdue(request: Request, *, now: datetime) -> bool:
    """Whether the time to decide has passed, whatever the timers have done about it."""
    return request.status == "pending" and request.expires_at <= now


def expire(request: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """End an overdue request; any other stays as it is."""
    if not is_overdue(request, now=now):
        return request, []
    return _move(request, "expire", by="system", now=now)


def end_of_leaving(request: Request, *, reason: Leaving, now: datetime) -> tuple[Request, list[Event]]:
    """End what is still open between two people of whom one leaves; what is over stays as it is.

    A confirmed visit that has begun is cancelled too, as long as it lasts: no person decides this, so
    `too_late` is nobody's mistake.
    """
    if is_overdue(request, now=now):
        return expire(request, now=now)
    if request.status in HOLDS_ITS_SLOT and now < request.ends_at:
        return _move(request, "cancel", by="system", now=now, reason=reason)
    return request, []


def _move(
    request: Request, verb: str, *, by: Actor, now: datetime, **also: Any
) -> tuple[Request, list[Event]]:
    after = replace(request, status=MOVES[request.status, verb], version=request.version + 1)
    moved = ANNOUNCED[verb](
        occurred_at=now,
        version=after.version,
        request_id=after.id,
        patient_id=after.patient_id,
        professional_id=after.professional_id,
        service_id=after.service_id,
        starts_at=after.starts_at,
        ends_at=after.ends_at,
        by=by,
        **also,
    )
    return after, [moved]


def _ends_of(verb: str) -> set[str]:
    return {status for (_, each), status in MOVES.items() if each == verb}


def _now_at(request: Request) -> dict[str, Any]:
    return {"request": {"status": request.status, "version": request.version}}
