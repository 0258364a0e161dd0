"""The request: one patient, one professional, one interval, from `pending` to its end.

Time and ids are arguments. The table of moves lives in `life_cycle`, and one module for each kind of move
builds on `check` and `move`. Every move raises the version by one and makes one event, and a status that ends
a request is never left.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.requests.domain import membership
from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import EVENTS, HOLDS_ITS_TIME, MOVES, OPEN, WHO, Actor, ends_of
from services.requests.domain.notes import Notes
from services.requests.domain.policy import Policy
from services.requests.domain.proposal import Proposal
from services.requests.domain.slots import Hold
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.policies import AppointmentTerms
from shared.contracts.requests.values import ActingRole, AppointmentMode, DeclineReason, Outcome, Side, Status


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """A time that a patient held, and gave up at the instant `at` by moving the request."""

    starts_at: datetime
    ends_at: datetime
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it stands; names, times and time zone stay as they were asked for or agreed.

    `held` is the interval of the appointment with the buffers around it.
    """

    id: UUID
    version: int
    status: Status
    outcome: Outcome | None = None
    patient_id: UUID
    counts_as: UUID | None = None
    """The key by which a guest's requests are counted until they belong to an account."""
    dependent_id: UUID | None
    professional_id: UUID
    practice_id: UUID
    location_id: UUID
    service_id: UUID
    service_name: str
    mode: AppointmentMode
    starts_at: datetime
    ends_at: datetime
    held: Interval
    time_zone: str
    first_starts_at: datetime
    submitted_at: datetime
    submitted_by: Side
    verified: bool = True
    """False until a guest has opened the link that was mailed to them: nobody else sees it before."""
    expires_at: datetime
    confirmed_at: datetime | None = None
    confirmed_version: int | None = None
    confirmed_by: Side | None = None
    """The side that confirmed it; None if it was confirmed before this was recorded."""
    ended_at: datetime | None = None
    unstaffed: bool = False
    """True once the professional has left the clinic: it no longer takes their time or shows to them."""
    reopened_at: datetime | None = None
    """The instant at which its completion was undone."""
    price: Money | None
    terms: AppointmentTerms | None = None
    fee: Money | None = None
    decline_reason: DeclineReason | None = None
    notes: Notes
    proposal: Proposal | None = None
    """The newest proposal, in any state."""
    left_behind: tuple[LeftBehind, ...] = ()
    """The times that the patient gave up by moving the request without a review, oldest first."""

    @property
    def counted_by(self) -> UUID:
        """Return the id whose limits the request counts for."""
        return self.counts_as or self.patient_id

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)

    @property
    def holds(self) -> dict[UUID, Hold]:
        """Return the intervals that no other request can take: the appointment, and an open proposal."""
        holds = {}
        if self.status in HOLDS_ITS_TIME and not self.unstaffed:
            holds[self.id] = Hold(self.held, self.starts_at, self.practice_id)
        if proposed := self.open_proposal:
            to = proposed.handed_to.professional_id if proposed.handed_to else None
            holds[proposed.id] = Hold(proposed.held, proposed.starts_at, self.practice_id, to)
        return holds

    @property
    def professionals(self) -> set[UUID]:
        """Return the ids of the professionals whose time it may hold."""
        to = self.proposal and self.proposal.handed_to
        return {self.professional_id, to.professional_id} if to else {self.professional_id}

    @property
    def open_proposal(self) -> Proposal | None:
        return self.proposal if self.proposal and self.proposal.state == "open" else None


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The durations that the operator sets: of a review, and until automatic completion."""

    review_lasts: timedelta = timedelta(hours=72)
    complete_after: timedelta = timedelta(hours=24)
    """Counted from the end of the appointment."""


def side_of(
    request: Request, *, by: UUID, role: ActingRole, member_as: Collection[str] = (), to_read: bool = False
) -> Side:
    """Return the side of the caller, in the role they are signed in with and as the member they are.

    `to_read` admits the professional wherever the appointment is, as its history is theirs too. Refuses
    `not_yours`, also to callers whom another role of theirs would admit.
    """
    if role == "patient" and by == request.patient_id:
        return "patient"
    theirs = role == "professional" and by == request.professional_id
    acts = membership.acts_at(
        request.practice_id,
        professional_id=request.professional_id,
        by=by,
        role=role,
        member_as=member_as,
    )
    if request.verified and (acts or (to_read and theirs)) and not (theirs and request.unstaffed):
        return "professional"
    raise refusals.NotYours("You don't have access to this request.")


def check(request: Request, verb: str, *, by: Side, version: int, now: datetime) -> bool:
    """Return whether `verb` is still to be done; False if the same side did it on that `version`.

    Refuses `not_allowed`, `stale_version`, `request_expired` and `wrong_status`.
    """
    if by not in WHO[verb]:
        [other] = WHO[verb] - {"system"}
        raise refusals.NotAllowed(f"Only the {other} can {verb} this request.")
    if request.version == version + 1 and request.status in ends_of(verb):
        return False
    refuse_stale(request, version=version, now=now)
    if (request.status, verb) not in MOVES:
        detail = f"You can't {verb} a request that is {request.status}."
        raise refusals.WrongStatus(detail, **now_at(request))
    return True


def refuse_stale(request: Request, *, version: int, now: datetime) -> None:
    """Refuse a decision on an old version, and on an overdue request.

    Refuses `stale_version` and `request_expired`.
    """
    if request.version != version:
        raise stale(request)
    if is_overdue(request, now=now):
        detail = "This request has expired: nobody decided on it in time."
        raise refusals.RequestExpired(detail, **now_at(request))


def refuse_unstaffed(request: Request) -> None:
    """Refuse a move of a request whose professional has left the clinic. Refuses `unstaffed`."""
    if request.unstaffed:
        raise refusals.Unstaffed(**now_at(request))


def is_overdue(request: Request, *, now: datetime) -> bool:
    """Return whether the time to decide has passed, with or without a timer."""
    return request.status == "pending" and request.expires_at <= now


def event_of(kind: type[Event], request: Request, *, by: Actor, now: datetime, **also: Any) -> Event:
    """Return the event of this kind about the request as it is now."""
    return kind(
        occurred_at=now,
        version=request.version,
        request_id=request.id,
        patient_id=request.patient_id,
        professional_id=request.professional_id,
        practice_id=request.practice_id,
        service_id=request.service_id,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        by=by,
        **also,
    )


def confirmed(request: Request, rules: Policy, *, by: Side, now: datetime) -> Request:
    """Return the request as confirmed, with the terms of `rules`."""
    return replace(
        request,
        confirmed_at=now,
        confirmed_version=request.version,
        confirmed_by=by,
        terms=rules.terms(request.price),
    )


def now_at(request: Request) -> dict[str, Any]:
    """Return the details of a refusal that tell the caller the current status and version."""
    return {"request": {"status": request.status, "version": request.version}}


def stale(request: Request) -> refusals.Refused:
    detail = "The request has changed since you loaded it. Load it again, then decide."
    return refusals.StaleVersion(detail, **now_at(request))


def completed(request: Request, *, by: Actor, outcome: Outcome, now: datetime) -> tuple[Request, list[Event]]:
    after, events = move(request, "complete", by=by, now=now, outcome=outcome)
    return replace(after, outcome=outcome), events


def move(
    request: Request, verb: str, *, by: Actor, now: datetime, **also: Any
) -> tuple[Request, list[Event]]:
    """Return the request after `verb`, and its event.

    Every move closes an open proposal. An unverified request ends without an event, as nobody was told of it.
    """
    status = MOVES[request.status, verb]
    after = replace(request, status=status, version=request.version + 1)
    if status not in OPEN:
        after = replace(after, ended_at=now)
    if after.open_proposal:
        after = replace(after, proposal=replace(after.open_proposal, state="withdrawn"))
    if not after.verified:
        return after, []
    return after, [event_of(EVENTS[verb], after, by=by, now=now, **also)]
