"""Another time for a visit: moved at once, or proposed by one side and taken by the other."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from services.requests.domain import policy, request
from services.requests.domain.calendar import SHORTEST_REVIEW
from services.requests.domain.policy import Policy
from services.requests.domain.proposal import MOST_PROPOSALS, MOVES, PROPOSAL_LASTS, Proposal
from services.requests.domain.request import OPEN, Request, Timing, announce, now_at
from services.requests.domain.slots import Slot
from services.requests.domain.span import Span
from shared.contracts.base import Event, Money
from shared.contracts.requests.moves import (
    ProposalClosed,
    ProposalMade,
    RequestConfirmed,
    RequestRescheduled,
)
from shared.contracts.requests.values import Side
from shared.errors import Refused, too_many


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a visit shall go: a slot, what it holds, and the lead time there."""

    slot: Slot
    held: Span
    lead: timedelta


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants who moves a visit, on the version she has seen."""

    by: Side
    version: int
    accepted: Money | None = None
    preview: bool = False


def is_done(found: Request, *, by: Side, version: int, starts_at: datetime, location_id: UUID | None) -> bool:
    """Whether that side, deciding on that version, has moved it there already, or proposed to."""
    open_one = found.open_proposal
    if found.version != version + 1 or found.status not in OPEN or (open_one and open_one.by != by):
        return False
    there = (open_one.starts_at, open_one.location_id) if open_one else (found.starts_at, found.location_id)
    return there == (starts_at, location_id or there[1])


def reschedule(
    before: Request, wish: Wish, target: Target, *, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    """Move it, or propose that where the terms of a confirmed visit want a review.

    A patient moves a pending request freely: it is reviewed anyway. The practice moves a confirmed visit
    as it has agreed with the patient. Refuses `stale_version`, `request_expired`, `wrong_status`,
    `same_time`, `too_late`, `proposal_open`, `reschedule_off`, and as `policy.fee_for` and
    `policy.refuse_surprise` do.
    """
    request.refuse_stale(before, version=wish.version, now=now)
    if before.status not in OPEN or (wish.by == "professional" and before.status == "pending"):
        detail = f"You cannot reschedule a request that is {before.status}."
        raise Refused("wrong_status", detail, **now_at(before))
    _refuse_same(before, target)
    if now >= before.starts_at:
        detail = "The visit has started: it can no longer be moved."
        raise Refused("too_late", detail, **now_at(before))
    before = _without_late(before, now=now)
    if before.open_proposal:
        detail = "Another time is proposed already: answer that first, or take it back."
        raise Refused("proposal_open", detail, **now_at(before))
    if wish.by == "professional" or before.status == "pending" or before.terms is None:
        return _moved(before, target, by=wish.by, fee=None, timing=timing, now=now)
    if before.terms.reschedule == "off":
        raise Refused("reschedule_off", "The practice does not let visits be moved online: please call.")
    fee = policy.fee_for(
        "reschedule",
        before.terms.reschedule_window,
        professional_id=before.professional_id,
        starts_at=before.starts_at,
        now=now,
    )
    if not wish.preview:
        policy.refuse_surprise(fee, accepted=wish.accepted)
    if before.terms.reschedule == "request":
        return _proposed(before, target, by="patient", fee=fee, now=now)
    after, events = _moved(before, target, by="patient", fee=fee, timing=timing, now=now)
    return _still_late(before, after, fee=fee, now=now), events


def _still_late(before: Request, after: Request, *, fee: Money | None, now: datetime) -> Request:
    """The moved visit, late to cancel if it was before and nothing was paid for the move."""
    terms = before.terms
    if fee or terms is None or not policy.is_late(terms.cancel, starts_at=before.starts_at, now=now):
        return after
    return replace(after, terms=terms.model_copy(update={"cancel": policy.closed(terms.cancel)}))


def propose(
    before: Request, target: Target, *, by: Side, version: int, now: datetime
) -> tuple[Request, list[Event]]:
    """The practice offers another time. A pending request waits at least as long as the proposal does.

    Refuses `not_allowed`, `stale_version`, `request_expired`, `wrong_status`, `too_late`, `proposal_open`.
    """
    if by != "professional":
        raise Refused("not_allowed", "Only the practice proposes: reschedule the visit instead.")
    request.refuse_stale(before, version=version, now=now)
    if before.status not in OPEN:
        detail = f"You cannot propose another time for a request that is {before.status}."
        raise Refused("wrong_status", detail, **now_at(before))
    _refuse_same(before, target)
    if now >= before.starts_at - target.lead:
        raise Refused("too_late", "It is too near to the visit for this: call the patient.", **now_at(before))
    before = _without_late(before, now=now)
    if before.open_proposal:
        detail = "Another time is proposed already: wait for the answer, or take it back."
        raise Refused("proposal_open", detail, **now_at(before))
    after, events = _proposed(before, target, by="professional", fee=None, now=now)
    made = after.open_proposal
    if after.status == "pending" and made:
        after = replace(after, expires_at=max(after.expires_at, made.expires_at))
    return after, events


def answer(
    before: Request,
    verb: Literal["accept", "decline", "withdraw"],
    *,
    proposal_id: UUID,
    by: Side,
    version: int,
    rules: Policy,
    timing: Timing,
    now: datetime,
) -> tuple[Request, list[Event]]:
    """What the other side, or whoever made it, does to a proposal; doing it again changes nothing.

    Refuses `unknown_proposal`, `not_allowed`, `proposal_closed`, `stale_version` and `request_expired`.
    """
    found = before.proposal
    if found is None or found.id != proposal_id:
        raise Refused("unknown_proposal", "There is no such proposal any more.", field="proposal_id")
    if (by == found.by) != (verb == "withdraw"):
        detail = "The other side answers a proposal; who made it can take it back."
        raise Refused("not_allowed", detail)
    if before.version == version + 1 and found.state == MOVES["open", verb]:
        return before, []
    if found.state != "open" or found.expires_at <= now:
        detail = "The proposal is no longer open."
        state = found.state if found.state != "open" else "expired"
        raise Refused("proposal_closed", detail, proposal={"state": state}, **now_at(before))
    request.refuse_stale(before, version=version, now=now)
    if verb != "accept":
        return _closed(before, found, verb=verb, by=by, now=now)
    return _accepted(before, found, by=by, rules=rules, timing=timing, now=now)


def expire_proposal(before: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Close a proposal nobody answered in time; a request that is over with it is left to `expire`."""
    found = before.open_proposal
    if found is None or found.expires_at > now or request.is_overdue(before, now=now):
        return before, []
    return _closed(before, found, verb="expire", by="system", now=now)


def _without_late(before: Request, *, now: datetime) -> Request:
    """The request, whose proposal is closed where its time has passed, whatever the timers have done."""
    found = before.open_proposal
    if found is None or found.expires_at > now:
        return before
    return replace(before, proposal=replace(found, state=MOVES[found.state, "expire"]))


def _refuse_same(before: Request, target: Target) -> None:
    """Refuses `same_time`."""
    if (target.slot.visit.start, target.slot.location_id) == (before.starts_at, before.location_id):
        raise Refused("same_time", "The visit is at that time already.", field="starts_at")


def _accepted(
    before: Request, found: Proposal, *, by: Side, rules: Policy, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    target = Target(
        slot=Slot(Span(found.starts_at, found.ends_at), found.location_id, found.time_zone),
        held=found.held,
        lead=timedelta(0),
    )
    taken = replace(before, proposal=replace(found, state="accepted"))
    after, events = _moved(taken, target, by=by, fee=found.fee, timing=timing, now=now)
    if before.status == "pending":
        after = request.confirmed(replace(after, status="confirmed"), rules, now=now)
        events.append(announce(RequestConfirmed, after, by=by, now=now))
    return after, events


def _moved(
    before: Request, target: Target, *, by: Side, fee: Money | None, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    visit = target.slot.visit
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
    moved = announce(
        RequestRescheduled,
        after,
        by=by,
        now=now,
        old_starts_at=before.starts_at,
        old_ends_at=before.ends_at,
        fee=fee,
    )
    return after, [moved]


def _proposed(
    before: Request, target: Target, *, by: Side, fee: Money | None, now: datetime
) -> tuple[Request, list[Event]]:
    made = dict(before.proposal.made) if before.proposal else {}
    made[by] = made.get(by, 0) + 1
    if made[by] > MOST_PROPOSALS:
        detail = "Enough other times were proposed for this visit: please call instead."
        raise too_many("proposals", MOST_PROPOSALS, detail)
    visit = target.slot.visit
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
        made=made,
    )
    after = replace(before, version=before.version + 1, proposal=proposal)
    told = announce(
        ProposalMade,
        after,
        by=by,
        now=now,
        proposal_id=proposal.id,
        proposed_at=proposal.starts_at,
        expires_at=proposal.expires_at,
    )
    return after, [told]


def _closed(
    before: Request, found: Proposal, *, verb: str, by: request.Actor, now: datetime
) -> tuple[Request, list[Event]]:
    state = MOVES[found.state, verb]
    after = replace(before, version=before.version + 1, proposal=replace(found, state=state))
    return after, [announce(ProposalClosed, after, by=by, now=now, proposal_id=found.id, state=state)]
