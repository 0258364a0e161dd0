"""Moving a request to another time: at once, or by a proposal to the other side.

Answers to proposals live in `answering`. A time that is proposed is held until it is answered, and a request
has at most one open proposal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid5

from services.requests.domain import policy, request
from services.requests.domain.booking import SHORTEST_REVIEW
from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.limits import DAY
from services.requests.domain.proposal import MOVES, HandedTo, Proposal
from services.requests.domain.request import LeftBehind, Request, Timing, event_of, now_at
from services.requests.domain.slots import Slot, Wanted
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.moves import ProposalMade, RequestRescheduled
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import RescheduleRequest
from shared.contracts.requests.values import Side

PROPOSAL_LASTS = timedelta(hours=48)
"""An unanswered proposal expires after this time, or a lead time before either start if that is earlier."""
MOST_PROPOSALS = 10
"""The most proposals that one side can make for one request."""


MOST_MOVES, MOST_MOVES_A_DAY = 10, 5
"""The most times that a patient can move one request without a review: in all, and within 24 hours."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The target of a move: a slot, the interval it holds, and the lead time there."""

    slot: Slot
    held: Interval
    lead: timedelta
    handed_to: HandedTo | None = None


def target(command: RescheduleRequest | ProposeTime, wanted: Wanted) -> Target:
    """Return the wanted slot as a target, with the professional that a proposal hands the request over to."""
    offer, visit = wanted.offer, wanted.slot.interval
    handed_to = None
    if isinstance(command, ProposeTime) and command.professional_id:
        service = offer.service
        handed_to = HandedTo(
            professional_id=service.professional_id,
            service_id=service.id,
            service_name=service.name,
            mode=service.mode,
        )
    held = offer.service.held(visit)
    return Target(slot=wanted.slot, held=held, lead=offer.booking.lead, handed_to=handed_to)


def is_done(found: Request, command: RescheduleRequest | ProposeTime, *, by: Side) -> bool:
    """Return whether that side has made this very move, or proposed it, on that version already."""
    professional_id = command.professional_id if isinstance(command, ProposeTime) else None
    open_one = found.open_proposal
    if found.version != command.version + 1 or found.status not in OPEN or (open_one and open_one.by != by):
        return False
    there = (open_one.starts_at, open_one.location_id) if open_one else (found.starts_at, found.location_id)
    handed_to = open_one.handed_to.professional_id if open_one and open_one.handed_to else None
    wanted = (command.starts_at, command.location_id or there[1])
    return there == wanted and handed_to == professional_id


def reschedule(
    before: Request, command: RescheduleRequest, target: Target, *, by: Side, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    """Move the request, or propose the move if the terms of a confirmed one require a review.

    A patient moves a pending request freely: it is reviewed anyway. The practice moves a confirmed one as
    agreed with the patient. Refuses `stale_version`, `request_expired`, `wrong_status`, `same_time`,
    `too_late`, `proposal_open`, `reschedule_off`, and as `policy.fee_for` and `policy.refuse_surprise` do; to
    a patient also `too_many`.
    """
    request.refuse_stale(before, version=command.version, now=now)
    if before.status not in OPEN or (by == "professional" and before.status == "pending"):
        detail = f"You can't reschedule a request that is {before.status}."
        raise refusals.WrongStatus(detail, **now_at(before))
    request.refuse_unstaffed(before)
    _refuse_same(before, target)
    if now >= before.starts_at:
        detail = "The visit has started. It can no longer be rescheduled."
        raise refusals.TooLate(detail, **now_at(before))
    before = _without_late(before, now=now)
    if before.open_proposal:
        detail = "Another time has already been proposed. Answer or withdraw it first."
        raise refusals.ProposalOpen(detail, **now_at(before))
    if by == "professional":
        return moved(before, target, by=by, fee=None, timing=timing, now=now)
    if before.status == "pending" or before.terms is None:
        return _moved_at_once(before, target, fee=None, timing=timing, now=now)
    if before.terms.reschedule == "off":
        raise refusals.RescheduleOff()
    fee = policy.fee_for(
        "reschedule",
        before.terms.reschedule_window,
        professional_id=before.professional_id,
        starts_at=before.starts_at,
        now=now,
    )
    if not command.preview:
        policy.refuse_surprise(fee, accepted=command.accept_fee)
    late = not fee and policy.is_late(before.terms.cancel, starts_at=before.starts_at, now=now)
    if before.terms.reschedule == "request":
        return _proposed(before, target, by="patient", fee=fee, late=late, now=now)
    after, events = _moved_at_once(before, target, fee=fee, timing=timing, now=now)
    return late_to_cancel(after) if late else after, events


def late_to_cancel(visit: Request) -> Request:
    """Return the request, moved for free at a time when cancelling was late: cancelling it stays late."""
    if visit.terms is None:
        return visit
    return replace(visit, terms=visit.terms.model_copy(update={"cancel": policy.closed(visit.terms.cancel)}))


def _moved_at_once(
    before: Request, target: Target, *, fee: Money | None, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    """Move the request for the patient without a review. Refuses `too_many`."""
    if len(before.left_behind) >= MOST_MOVES:
        detail = f"You can reschedule a visit at most {MOST_MOVES} times. Please call the practice."
        raise refusals.TooMany(detail, what="moves", most=MOST_MOVES)
    if sum(each.at > now - DAY for each in before.left_behind) >= MOST_MOVES_A_DAY:
        detail = (
            f"You can reschedule a visit at most {MOST_MOVES_A_DAY} times within 24 hours. "
            "Try again later, or call the practice."
        )
        raise refusals.TooMany(detail, what="moves", most=MOST_MOVES_A_DAY)
    left = LeftBehind(starts_at=before.starts_at, ends_at=before.ends_at, at=now)
    before = replace(before, left_behind=(*before.left_behind, left))
    return moved(before, target, by="patient", fee=fee, timing=timing, now=now)


def propose(
    before: Request, command: ProposeTime, target: Target, *, by: Side, now: datetime
) -> tuple[Request, list[Event]]:
    """Propose another time for the practice; a pending request waits at least as long as the proposal.

    Refuses `not_allowed`, `stale_version`, `request_expired`, `wrong_status`, `too_late`, `proposal_open`.
    """
    if by != "professional":
        raise refusals.NotAllowed("Only the practice can propose another time. Reschedule the visit instead.")
    request.refuse_stale(before, version=command.version, now=now)
    if before.status not in OPEN:
        detail = f"You can't propose another time for a request that is {before.status}."
        raise refusals.WrongStatus(detail, **now_at(before))
    if target.handed_to is None:
        request.refuse_unstaffed(before)
        _refuse_same(before, target)
    elif not before.unstaffed:
        raise refusals.NotAllowed("You can hand over a visit only if its professional has left.")
    if now >= before.starts_at - target.lead:
        raise refusals.TooLate("It's too close to the visit for this. Call the patient.", **now_at(before))
    before = _without_late(before, now=now)
    if before.open_proposal:
        detail = "Another time has already been proposed. Wait for the answer, or withdraw it."
        raise refusals.ProposalOpen(detail, **now_at(before))
    after, events = _proposed(before, target, by="professional", fee=None, now=now)
    made = after.open_proposal
    if after.status == "pending" and made:
        after = replace(after, expires_at=max(after.expires_at, made.expires_at))
    return after, events


def _without_late(before: Request, *, now: datetime) -> Request:
    """Return the request without a proposal whose time has passed, with or without a timer."""
    found = before.open_proposal
    if found is None or found.expires_at > now:
        return before
    return replace(before, proposal=replace(found, state=MOVES[found.state, "expire"]))


def _refuse_same(before: Request, target: Target) -> None:
    """Refuse a move to the interval and location it has already. Refuses `same_time`."""
    if (target.slot.interval.start, target.slot.location_id) == (before.starts_at, before.location_id):
        raise refusals.SameTime()


def moved(
    before: Request,
    target: Target,
    *,
    by: Side,
    fee: Money | None,
    timing: Timing,
    now: datetime,
) -> tuple[Request, list[Event]]:
    visit = target.slot.interval
    after = replace(
        before,
        version=before.version + 1,
        location_id=target.slot.location_id,
        starts_at=visit.start,
        ends_at=visit.end,
        held=target.held,
        time_zone=target.slot.time_zone,
        fee=policy.owed(before.fee, fee),
    )
    if before.status == "pending":
        longest = max(before.submitted_at + timing.review_lasts, before.expires_at)
        after = replace(after, expires_at=min(longest, visit.start - target.lead))
    moved = event_of(
        RequestRescheduled,
        after,
        by=by,
        now=now,
        old_starts_at=before.starts_at,
        old_ends_at=before.ends_at,
        fee=fee,
        handed_over=target.handed_to is not None,
    )
    return after, [moved]


def _proposed(
    before: Request, target: Target, *, by: Side, fee: Money | None, late: bool = False, now: datetime
) -> tuple[Request, list[Event]]:
    made = dict(before.proposal.made) if before.proposal else {}
    made[by] = made.get(by, 0) + 1
    if made[by] > MOST_PROPOSALS:
        detail = "Too many times have been proposed for this visit. Please call instead."
        raise refusals.TooMany(detail, what="proposals", most=MOST_PROPOSALS)
    visit = target.slot.interval
    earlier = min(visit.start, before.starts_at)
    proposal = Proposal(
        id=uuid5(before.id, f"proposal/{before.version}"),
        by=by,
        location_id=target.slot.location_id,
        starts_at=visit.start,
        ends_at=visit.end,
        held=target.held,
        time_zone=target.slot.time_zone,
        expires_at=max(min(now + PROPOSAL_LASTS, earlier - target.lead), min(now + SHORTEST_REVIEW, earlier)),
        fee=fee,
        late=late,
        handed_to=target.handed_to,
        made=made,
    )
    after = replace(before, version=before.version + 1, proposal=proposal)
    told = event_of(
        ProposalMade,
        after,
        by=by,
        now=now,
        proposal_id=proposal.id,
        proposed_at=proposal.starts_at,
        expires_at=proposal.expires_at,
        proposed_professional_id=target.handed_to and target.handed_to.professional_id,
    )
    return after, [told]
